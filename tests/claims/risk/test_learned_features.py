from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from limes.claims.risk import learned_features as module
from limes.claims.risk.learned_features import claim, measure

KEYS = jax.random.split(jax.random.key(6), 3)


@pytest.fixture(scope="module")
def call():
    def batch(keys, d, p, spread, frozen):
        return jax.vmap(partial(measure, d=d, p=p, spread=spread, frozen=frozen))(keys)

    compiled = jax.jit(batch)
    return lambda *args: {name: np.asarray(value) for name, value in compiled(KEYS, *args).items()}


def test_gram_is_the_mean_over_gaussian_inputs():
    key_x, key_w, key_v = jax.random.split(jax.random.key(0), 3)
    w, v = jax.random.normal(key_w, (3, 5)), jax.random.normal(key_v, (4, 5))
    x = np.asarray(jax.random.normal(key_x, (400_000, 5)))
    products = np.maximum(x @ np.asarray(w).T, 0)[:, :, None] * np.maximum(x @ np.asarray(v).T, 0)[:, None, :]
    deviation = np.abs(products.mean(0) - np.asarray(module._gram(w, v)))
    assert np.all(deviation <= 5.5 * products.std(0) / np.sqrt(len(x)))
    assert np.allclose(np.diag(module._gram(w, w)), np.sum(np.asarray(w) ** 2, 1) / 2, rtol=1e-12)
    assert np.allclose(module._gram(w, -w).diagonal(), 0.0, atol=1e-7)


@pytest.mark.parametrize(("d", "p"), [(20, 20), (40, 50)])
def test_learned_features_beat_fixed_ones_and_point_in_the_direction(call, d, p):
    output = call(d, p, 0.0, 0.0)
    assert np.all(output["share"] <= 0.01)
    assert np.all((output["fixed"] > 0.1) & (output["fixed"] < 1.3))
    assert np.all(output["learned"] > -1e-9)
    assert np.all(output["aligned"] > 2 * output["random"])


def test_fixed_features_pay_for_the_dimension_and_gain_from_their_number(call):
    errors = [call(d, p, 0.0, 0.0)["fixed"].mean() for d, p in ((10, 50), (20, 50), (40, 50), (40, 20))]
    assert np.all(np.diff(errors) > 0)


@pytest.mark.parametrize("change", [(1.0, 0.0), (0.0, 1.0)], ids=["many directions", "features not trained"])
def test_the_advantage_is_lost_without_its_assumptions(call, change):
    assert np.all(call(20, 20, *change)["share"] > 0.03)


def test_with_features_not_trained_the_error_is_that_of_the_best_readout(call):
    output = call(20, 20, 0.0, 1.0)
    assert np.all((output["share"] >= 1 - 1e-9) & (output["share"] < 1.1))
    assert np.allclose(output["fixed"], output["learned"], rtol=0.1)


def test_masked_network_has_the_standard_scaling():
    inputs = (jnp.arange(module.LARGEST) < 10).astype(float)
    neurons = (jnp.arange(module.WIDEST) < 20).astype(float)
    nets = jax.vmap(lambda key: module._start(key, inputs, neurons))(jax.random.split(jax.random.key(1), 400))
    for leaf, variance in ((nets.a, 1 / 20), (nets.w[..., :10], 1 / 10)):
        ratio = np.asarray(leaf).var() / variance
        assert abs(ratio - 1) < 5.5 * np.sqrt(2 / leaf.size)
    assert float(jnp.abs(nets.w[..., 10:]).max()) == 0.0


def test_controls_change_arguments_of_the_measurement():
    assert {name for control in claim.controls for name in control.change} == {"spread", "frozen"}
