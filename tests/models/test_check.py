import jax
import jax.numpy as jnp
import pytest

from limes._errors import InputError
from limes.models.check import check_apply
from limes.models.functional import functional
from limes.models.linear import Linear

X = jnp.ones(3)


def test_a_sound_model_gives_its_output_shape():
    output = check_apply(*functional(Linear(3, 2)), X)
    assert output.shape == (2,)


@pytest.mark.parametrize(("apply", "params", "sentence"), [
    (3, jnp.ones(3), "apply must be a function apply\\(params, x\\), got int"),
    (lambda p, x: x, {}, "params must hold at least one array, got none"),
    (lambda p, x: p["a"]["b"] * x[0], {"a": {"b": 2.0}}, r"params\['a'\]\['b'\] must be an array, got float"),
    (lambda p, x: x[0] * p[1].astype(float), (jnp.ones(2), jnp.arange(2)), r"params\[1\] must be of floating-point type, got int"),
    (lambda p, x: p["w"] @ x, {"w": jnp.array([1.0, jnp.nan, 1.0])}, r"params\['w'\] must be finite"),
    (lambda p, x: p @ x, jnp.ones((2, 4)), "must work for one example of shape \\(3,\\), but it raised TypeError.*check the sizes"),
    (lambda p, x: x.reshape(-1, 3)[:, None] @ p if x.ndim == 2 else jnp.linalg.inv(x), jnp.ones(3),
     "with a batch axis in front: wrap it so that it takes one example"),
    (lambda p, x: (p @ x, x), jnp.ones(3), "apply must return one array, got tuple"),
    (lambda p, x: jnp.argmax(p * x), jnp.ones(3), "must return real floating-point numbers, got int"),
    (lambda p, x: jnp.log(p @ x - 3.0), jnp.ones(3), "apply\\(params, x\\) must be finite"),
    (lambda p, x: jnp.sqrt(p["s"]) * x[0], {"s": jnp.asarray(0.0)}, r"the gradient in params\['s'\] must be finite"),
])  # fmt: skip
def test_one_sentence_says_what_is_wrong(apply, params, sentence):
    with pytest.raises(InputError, match=sentence) as caught:
        check_apply(apply, params, X)
    assert "\n" not in str(caught.value)


def test_nothing_is_computed_when_the_shapes_are_wrong():
    calls = []

    def apply(params, x):
        calls.append(isinstance(x, jax.core.Tracer))
        return params @ x

    with pytest.raises(InputError):
        check_apply(apply, jnp.ones(4), X)
    assert calls
    assert all(calls)
