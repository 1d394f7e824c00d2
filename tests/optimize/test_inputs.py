import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from limes._errors import InputError
from limes._types import Data
from limes.optimize.descent import descend
from limes.optimize.inputs import check_params, count, is_transformation
from limes.risk.empirical import EmpiricalRisk
from limes.risk.losses import least_squares

DATA = Data(jnp.ones((5, 2)), jnp.ones(5))
RISK = EmpiricalRisk(lambda theta, x: x @ theta, least_squares, DATA)


def call(**changes):
    named = {"key": jax.random.key(0)} | changes
    risk, params = named.pop("risk", RISK), named.pop("params", jnp.zeros(2))
    optimizer, steps = named.pop("optimizer", optax.sgd(0.1)), named.pop("steps", 3)
    return descend(risk, params, optimizer, steps, **named)


class Bad:
    def init(self, params):
        return params

    def __call__(self, memory, params, key):
        return memory, [1]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"optimizer": 0.1}, "optimizer must be an Optax transformation, got float; pass for example optax.sgd"),
        ({"optimizer": optax.sgd}, "optimizer must be an Optax transformation, got function"),
        ({"params": {}}, "params must hold at least one array, got none"),
        ({"params": {"w": jnp.zeros(2, int)}}, r"params\['w'\] must be an array of real .* got int64"),
        ({"params": {"w": jnp.zeros(2, complex)}}, "got complex128"),
        ({"params": {"w": "text"}}, "got str"),
        ({"steps": -1}, "steps must be an integer from 0 on, got -1"),
        ({"steps": 2.0}, "steps must be an integer from 0 on, got 2.0"),
        ({"steps": True}, "steps must be an integer from 0 on, got True"),
        ({"every": 0}, "every must be an integer from 1 on, got 0"),
        ({"batch": 0}, "batch must be an integer from 1 on, got 0"),
        ({"key": 0}, r"key must be one random key, got int; pass jax.random.key\(seed\)"),
        ({"key": jnp.zeros(2, jnp.uint32)}, r"got an array of uint32 with shape \(2,\)"),
        ({"key": jax.random.split(jax.random.key(0))}, "key must be one random key"),
        ({"risk": 3.0}, "risk must be an EmpiricalRisk or a function of the parameters, got float"),
        ({"risk": jnp.sum, "batch": 2}, "batch and random need a risk with samples"),
        ({"risk": jnp.sum, "random": True}, "batch and random need a risk with samples"),
        ({"record": 3}, "record must be a function of the parameters or a recorder"),
        ({"record": jnp.sum}, "must return a dictionary of named arrays"),
        ({"record": Bad()}, "must return a dictionary of named arrays, got list"),
        ({"record": lambda theta: {"risk": theta}}, "must not use the name 'risk'"),
    ],
)
def test_refusals_are_one_sentence(changes, message):
    with pytest.raises(InputError, match=message) as caught:
        call(**changes)
    assert "\n" not in str(caught.value)


def test_what_is_accepted():
    assert count("f", "steps", np.int64(3), 0) == 3
    check_params("f", {"w": np.zeros(2), "b": 0.5, "none": None})
    assert is_transformation(optax.adam(0.1))
    assert not is_transformation(lambda replica: optax.adam(0.1))
    assert call(steps=np.int64(2), batch=7).carry.taken == 2
    assert call(record=lambda theta: {"batch_risk": jnp.sum(theta)}).values["batch_risk"].shape == (2,)
