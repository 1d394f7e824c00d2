from functools import partial

import jax
import numpy as np
import pytest

from limes.claims.risk import convexity
from limes.claims.risk.convexity import claim, measure

KEYS = jax.random.split(jax.random.key(3), 8)


def program(module=measure):
    def batch(keys, d, width, bend, frozen):
        return jax.vmap(partial(module, d=d, width=width, bend=bend, frozen=frozen))(keys)

    return jax.jit(batch)


@pytest.fixture(scope="module")
def call():
    return program()


def verdicts(output):
    """Which predictions hold in all eight units."""
    value = {name: np.asarray(column) for name, column in output.items()}
    return {
        "least squares": np.all(value["least_squares"] >= -1e-12),
        "parabola": np.all(value["parabola"] <= 1e-12),
        "logistic": np.all(value["logistic"] >= -1e-12),
        "curvature": np.all(value["curvature"] <= 1 + 1e-8),
        "perceptron": np.any(value["perceptron"] <= -0.05),
    }


@pytest.mark.parametrize(("d", "width"), [(2, 2), (8, 30), (32, 100)])
def test_linear_risks_are_convex_and_the_perceptrons_is_not(call, d, width):
    output = call(KEYS, d, width, 0.0, 0.0)
    assert all(verdicts(output).values())
    assert set(verdicts(output)) == set(claim.predictions)
    assert call._cache_size() == 1


def test_the_bound_on_the_logistic_gap_is_nearly_attained(call):
    assert float(call(KEYS, 8, 2, 0.0, 0.0)["curvature"].min()) > 0.98


@pytest.mark.parametrize("d", [2, 8])
def test_a_neuron_in_place_of_the_linear_model_violates_all(call, d):
    found = verdicts(call(KEYS, d, 2, 1.0, 0.0))
    assert not any(found[name] for name in ("least squares", "parabola", "logistic", "curvature"))


@pytest.mark.parametrize("width", [2, 30])
def test_no_witness_where_the_first_layer_is_not_trained(call, width):
    output = call(KEYS, 8, width, 0.0, 1.0)
    assert float(output["perceptron"].min()) >= 0
    assert not verdicts(output)["perceptron"]


@pytest.mark.parametrize(
    ("name", "wrong", "lost"),
    [
        ("least_squares", lambda output, target: 0.5 * (output - target) ** 2, "parabola"),
        ("least_squares", lambda output, target: (output + target) ** 2 - 4 * output**2, "least squares"),
        ("logistic", lambda output, target: jax.nn.softplus(-2 * target * output), "curvature"),
        ("logistic", lambda output, target: -jax.nn.softplus(target * output), "logistic"),
    ],
    ids=["factor one half", "wrong curvature", "margin doubled", "sign swapped"],
)
def test_false_losses_are_seen(monkeypatch, name, wrong, lost):
    monkeypatch.setattr(convexity, name, wrong)
    assert not verdicts(program(lambda key, **rest: measure(key, **rest))(KEYS, 8, 2, 0.0, 0.0))[lost]
