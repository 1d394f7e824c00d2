from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from limes.claims.optimization._blend import blend
from limes.claims.optimization.min_norm import TOLERANCE, measure

KEYS = jax.random.split(jax.random.key(2), 4)


@pytest.fixture(scope="module")
def call():
    def batch(keys, momentum, start, adaptive, memory):
        return jax.vmap(partial(measure, momentum=momentum, start=start, adaptive=adaptive, memory=memory))(keys)

    return jax.jit(batch)


@pytest.mark.parametrize(("momentum", "start"), [(0.0, 0.0), (0.5, 1.0), (0.9, 10.0)])
def test_the_nearest_interpolating_solution_is_found(call, momentum, start):
    out = call(KEYS, momentum, start, 0.0, 1.0)
    assert {name: value.shape for name, value in out.items()} == dict.fromkeys(
        ("gradient", "stochastic", "kernel", "residual"), (4,)
    )
    assert max(float(value.max()) for value in out.values()) < TOLERANCE


@pytest.mark.parametrize("memory", [1.0, 0.5, 0.0], ids=["Adam", "short memory", "signs"])
def test_other_geometries_interpolate_elsewhere(call, memory):
    out = call(KEYS, 0.0, 0.0, 1.0, memory)
    assert float(out["residual"].max()) < 1e-3
    assert min(float(out[name].min()) for name in ("gradient", "stochastic", "kernel")) > 0.1


@pytest.mark.parametrize("adaptive", [0.01, 0.1])
def test_a_little_of_it_is_seen(call, adaptive):
    out = call(KEYS, 0.0, 0.0, adaptive, 0.0)
    assert min(float(out[name].min()) for name in ("gradient", "stochastic", "kernel")) > 1e6 * TOLERANCE


def test_one_program_serves_all(call):
    assert call._cache_size() == 1


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_blend_ends_are_the_two_optimizers(share):
    plain, adaptive = optax.sgd(0.1, momentum=0.9), optax.adam(0.1)
    both, alone = blend(plain, adaptive, share), (plain, adaptive)[int(share)]
    params = {"a": jnp.array([1.0, -2.0]), "b": jnp.array([0.5])}
    ours, theirs = both.init(params), alone.init(params)
    with jax.numpy_dtype_promotion("standard"):
        for scale in (1.0, 0.3, -2.0):
            gradient = jax.tree.map(lambda leaf, scale=scale: scale * leaf, params)
            one, ours = both.update(gradient, ours, params)
            other, theirs = alone.update(gradient, theirs, params)
            assert all(np.allclose(one[name], other[name], rtol=1e-15, atol=0) for name in params)
