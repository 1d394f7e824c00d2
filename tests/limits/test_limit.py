import equinox as eqx
import jax
import jax.numpy as jnp
import pytest

from limes._errors import InputError
from limes.limits import InfiniteWidth, limit
from limes.limits.width import rule
from limes.models.activations import relu
from limes.models.layers import Dense, Sequential
from limes.models.linear import Linear
from limes.models.perceptron import MLP, TwoLayer

KEY = jax.random.key(0)
NETS = {
    "two layers": TwoLayer(3, width=4, scaling="ntk", key=KEY),
    "perceptron": MLP(3, 2, width=4, depth=2, scaling="ntk", key=KEY),
    "chain": Sequential(
        Dense(3, 4, scaling="ntk", key=KEY), relu, Dense(4, None, scaling="ntk", key=jax.random.key(1))
    ),
}


@pytest.mark.parametrize("name", NETS)
@pytest.mark.parametrize("axis", [None, "width"])
def test_networks_in_ntk_scaling_have_kernels(name, axis):
    found = limit(NETS[name], axis)
    assert isinstance(found, InfiniteWidth)
    assert found.ntk(jnp.eye(3)).shape == (3, 3)


@pytest.mark.parametrize("name", NETS)
def test_they_have_no_other_axis(name):
    with pytest.raises(InputError, match="axis must be 'width'"):
        limit(NETS[name], "depth")


def test_the_limit_does_not_depend_on_the_size_or_the_draw():
    one = limit(NETS["perceptron"]).ntk(jnp.eye(3))
    other = limit(MLP(3, width=(7, 9), depth=2, scaling="ntk", key=jax.random.key(5))).ntk(jnp.eye(3))
    assert bool(jnp.all(one == other))


@pytest.mark.parametrize("model", [TwoLayer(3, width=4, key=KEY), MLP(3, width=4, depth=1, key=KEY)])
def test_standard_scaling_is_refused_with_the_reason(model):
    with pytest.raises(InputError, match="tangent kernel grows with the width") as found:
        limit(model)
    assert 'scaling="ntk"' in str(found.value)


@pytest.mark.parametrize("model", [Linear(3), jnp.tanh, 3.0])
def test_an_unknown_model_is_named(model):
    with pytest.raises(InputError, match=f"no limit is known for {type(model).__name__}"):
        limit(model)


def test_a_persons_class_takes_part_by_a_rule_or_by_a_limit():
    class Mine(eqx.Module):
        net: MLP

        def __call__(self, x):
            return self.net(x)

    mine = Mine(NETS["perceptron"])
    with pytest.raises(InputError):
        limit(mine)
    rule.register(Mine, lambda model, state: rule(model.net, state))
    assert bool(jnp.all(limit(mine).ntk(jnp.eye(3)) == limit(mine.net).ntk(jnp.eye(3))))
    limit.register(Mine, lambda model, axis=None: (model, axis))
    assert limit(mine, "depth") == (mine, "depth")
