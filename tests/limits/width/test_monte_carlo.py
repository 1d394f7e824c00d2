import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from limes._errors import InputError
from limes.limits.width import monte_carlo
from limes.limits.width.kernels import infinite_width
from limes.models.perceptron import MLP, TwoLayer

X = jax.random.normal(jax.random.key(0), (3, 4))
KEY = jax.random.key(1)


def build(key, width=32):
    return TwoLayer(4, width=width, scaling="ntk", weight_std=1.2, bias_std=0.3, key=key)


@pytest.mark.parametrize("which", ["ntk", "nngp"])
def test_intervals_cover_the_mean_as_often_as_they_say(which):
    """With one hidden layer the mean over networks is the limit: 90 % of 60 intervals for each of 6 entries."""
    exact = np.asarray(getattr(infinite_width(build(KEY)), which)(X))
    keys = jax.random.split(KEY, 60)
    inside = []
    for key in keys:
        _, low, high = monte_carlo(build, X, key=key, num=40, which=which, confidence=0.9)
        inside.append(np.asarray((low <= exact) & (exact <= high))[np.triu_indices(3)])
    assert 0.82 < np.mean(inside) < 0.97


def test_more_networks_narrow_the_interval():
    few, many = (monte_carlo(build, X, key=KEY, num=num) for num in (16, 256))
    ratio = float(jnp.mean(few.high - few.low) / jnp.mean(many.high - many.low))
    assert 2.5 < ratio < 6.5
    assert bool(jnp.all((many.low <= many.value) & (many.value <= many.high)))


def test_outputs_are_averaged():
    wide = lambda key: MLP(4, 50, width=16, depth=1, scaling="ntk", key=key)
    for which in ("ntk", "nngp"):
        exact = getattr(infinite_width(wide(KEY)), which)(X[:2], X[2:])
        value, low, high = monte_carlo(wide, X[:2], X[2:], key=KEY, num=200, which=which, confidence=0.9999)
        assert value.shape == (2, 1)
        assert bool(jnp.all((low <= exact) & (exact <= high)))


def test_a_layer_without_a_rule_can_be_estimated():
    class Softmax(eqx.Module):
        net: MLP

        def __call__(self, x):
            return jax.nn.softmax(self.net(x))

    estimate = monte_carlo(lambda key: Softmax(MLP(4, 3, width=8, depth=1, scaling="ntk", key=key)), X, key=KEY, num=20)
    assert bool(jnp.all(jnp.diag(estimate.low) > 0))


@pytest.mark.parametrize("wrong", [{"num": 1}, {"which": "both"}, {"confidence": 1.0}])
def test_bad_input_is_refused(wrong):
    with pytest.raises(InputError, match="monte_carlo: "):
        monte_carlo(build, X, key=KEY, **wrong)
