"""The listings against automatic differentiation, and small mistakes in them."""

from functools import partial

import jax
import numpy as np
import pytest

from limes.claims.optimization.forward_backward_network import DEPTHS, DRAWS, TOLERANCE, measure, shapes

KEYS = jax.random.split(jax.random.key(8), 4)


@pytest.fixture(scope="module")
def call():
    def batch(keys, gain, transposed, unbent):
        return jax.vmap(partial(measure, activation="tanh", gain=gain, transposed=transposed, unbent=unbent))(keys)

    return jax.jit(batch)


@pytest.mark.parametrize("gain", [0.5, 1.0, 2.0])
def test_by_hand_is_automatic(call, gain):
    out = call(KEYS, gain, 0.0, 0.0)
    assert out["defect"].shape == (4, len(DEPTHS))
    assert float(out["defect"].max()) < TOLERANCE
    assert np.allclose(out["hand"], out["automatic"], rtol=1e-11)
    assert float(out["automatic"].min()) > 0


def test_a_kinked_activation_has_the_same_derivative():
    out = jax.jit(partial(measure, activation="relu", gain=1.0))(KEYS[0])
    assert float(out["defect"].max()) < TOLERANCE


@pytest.mark.parametrize("size", [1e-6, 1.0])
def test_mistakes_are_seen(call, size):
    turned, unbent = call(KEYS, 1.0, size, 0.0)["defect"], call(KEYS, 1.0, 0.0, size)["defect"]
    assert float(turned[:, -1].min()) > 0.1 * size
    assert float(turned[:, 0].max()) < TOLERANCE  # one layer has no square weight
    assert float(unbent.min()) > 0.1 * size


def test_one_program_serves_all(call):
    assert call._cache_size() == 1


def test_draws_suffice():
    assert max(sum(a * b for a, b in shapes(depth)) for depth in DEPTHS) <= DRAWS
    assert any(h == d - 1 for h, d in shapes(DEPTHS[-1])[2:])  # a square weight, its bias apart
