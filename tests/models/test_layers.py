import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from limes._errors import InputError
from limes.models.functional import functional
from limes.models.layers import Dense, Dropout, LayerNorm, Sequential, Skip

KEY = jax.random.key(0)
X = jax.random.normal(jax.random.key(1), (6,))


def test_a_dense_layer_is_its_formula():
    for scaling, alpha, beta in (("standard", 1.0, 1.0), ("ntk", 1.5 / np.sqrt(6), 0.5)):
        layer = Dense(6, 4, scaling=scaling, weight_std=1.5, bias_std=0.5, key=KEY)
        assert np.allclose(layer(X), alpha * np.asarray(layer.weight) @ X + beta * np.asarray(layer.bias), rtol=1e-13)
    assert Dense(6, None, key=KEY)(X).shape == ()
    assert len(jax.tree.leaves(functional(layer)[1])) == 2


def test_draws_have_the_deviations_of_the_table():
    for scaling, weight, bias in (("standard", 1.5 / 20, 0.5), ("ntk", 1.0, 1.0)):
        layer = Dense(400, 400, scaling=scaling, weight_std=1.5, bias_std=0.5, key=KEY)
        assert float(layer.weight.std()) == pytest.approx(weight, rel=0.01)
        assert float(layer.bias.std()) == pytest.approx(bias, rel=0.2)


def test_layer_norm_standardizes_channels_at_every_position():
    x = 5.0 + 3.0 * jax.random.normal(KEY, (2, 4, 50))
    y = LayerNorm(1e-8)(x)
    assert np.allclose(y.mean(-1), 0.0, atol=1e-12)
    assert np.allclose((y**2).mean(-1), 1.0, rtol=1e-6)
    halved = LayerNorm(9.0)(x)
    assert float((halved**2).mean()) == pytest.approx(0.5, abs=0.05)


def test_dropout_keeps_the_mean_and_multiplies_squares():
    x = jnp.ones(100_000)
    y = Dropout(0.2)(x, key=KEY)
    assert set(np.unique(y).tolist()) == {0.0, 1.25}
    assert float(y.mean()) == pytest.approx(1.0, abs=0.01)
    assert float((y**2).mean()) == pytest.approx(1.25, abs=0.015)
    assert bool(jnp.all(Dropout(0.2)(x) == x))
    assert bool(jnp.all(eqx.nn.inference_mode(Dropout(0.2))(x, key=KEY) == x))


def test_layers_follow_one_another_and_draw_apart():
    net = Sequential(jnp.sin, Dense(6, 3, key=KEY), Sequential(jnp.cos))
    assert np.allclose(net(X), np.cos(net.layers[1](np.sin(X))), rtol=1e-13)
    twice = Sequential(Dropout(0.5), Sequential(Dropout(0.5)))
    y = twice(jnp.ones(4000), key=KEY)
    assert float((y > 0).mean()) == pytest.approx(0.25, abs=0.04), "two layers of one key must not share masks"
    assert bool(jnp.all(twice(jnp.ones(4)) == 1.0))


def test_a_skip_adds_the_input_or_a_shortcut():
    branch, shortcut = Dense(6, 6, key=KEY), Dense(6, 6, key=jax.random.key(2))
    assert np.allclose(Skip(branch)(X), X + branch(X))
    assert np.allclose(Skip(branch, shortcut)(X), shortcut(X) + branch(X))
    with pytest.raises(InputError, match=r"same shape, got \(3,\) and \(6,\)"):
        Skip(Dense(6, 3, key=KEY))(X)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Dense(0, 3, key=KEY),
        lambda: Dense(3, 0, key=KEY),
        lambda: Dense(3, 3, scaling="mean-field", key=KEY),
        lambda: LayerNorm(0.0),
        lambda: Dropout(1.0),
        lambda: Sequential(),
        lambda: Sequential(jnp.sin, 3.0),
    ],
)
def test_bad_input_is_refused_in_one_sentence(make):
    with pytest.raises(InputError):
        make()
