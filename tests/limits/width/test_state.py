import jax
import jax.numpy as jnp
import numpy as np
import pytest

from limes.limits.width.state import diagonal, start

KEYS = jax.random.split(jax.random.key(0), 2)
SHAPES = {0: (5,), 1: (4, 3), 2: (3, 4, 2)}


def images(dims):
    return [jax.random.normal(key, (n, *SHAPES[dims])) for key, n in zip(KEYS, (2, 3), strict=True)]


def parts(state):
    return [np.asarray(part) for part in (state.K, state.Theta, state.q1, state.q2)]


@pytest.mark.parametrize("dims", SHAPES)
@pytest.mark.parametrize("full", [True, False])
def test_inputs_have_the_mean_of_products(dims, full):
    x, y = images(dims)
    state = start(x, y, same=None, full=full, tangent=True)
    spatial = SHAPES[dims][:-1]
    assert state.full == (full and dims > 0)
    assert state.K.shape == (2, 3, *spatial, *(spatial if state.full else ()))
    s, t = (0,) * dims, (1,) * dims
    second = t if state.full else s
    place = (1, 2, *s, *(second if state.full else ()))
    assert float(state.K[place]) == pytest.approx(float(jnp.mean(x[(1, *s)] * y[(2, *second)])), rel=1e-12)
    own = (1, *s, *(second if state.full else ()))
    assert float(state.q1[own]) == pytest.approx(float(jnp.mean(x[(1, *s)] * x[(1, *second)])), rel=1e-12)
    assert not state.Theta.any()


@pytest.mark.parametrize("dims", [1, 2])
def test_forgetting_pairs_is_starting_without_them(dims):
    x, y = images(dims)
    full, lean = (start(x, y, same=None, full=full, tangent=True) for full in (True, False))
    for one, other in zip(parts(full.diagonal()), parts(lean), strict=True):
        assert np.allclose(one, other, rtol=1e-13)


@pytest.mark.parametrize("dims", [1, 2])
def test_maps_of_pairs_contain_maps_of_equal_positions(dims):
    """An asymmetric map would show if first and second positions were exchanged."""
    x, y = images(dims)
    phi = lambda q1, q2, k: q1**2 * q2 * k**2
    full, lean = (start(x, y, same=None, full=full, tangent=True).weighted(2.0, 0.1).map(phi) for full in (True, False))
    for one, other in zip(parts(full.diagonal()), parts(lean), strict=True):
        assert np.allclose(one, other, rtol=1e-12)
    q, p = (
        2.0 * float(jnp.mean(z**2)) + 0.1
        for z in (x[(0, 0) if dims == 1 else (0, 0, 0)], y[(1, 1) if dims == 1 else (1, 1, 1)])
    )
    first, second = (0,) * dims, (1,) * dims
    k = 2.0 * float(jnp.mean(x[(0, *first)] * y[(1, *second)])) + 0.1
    assert float(full.K[(0, 1, *first, *second)]) == pytest.approx(q**2 * p * k**2, rel=1e-12)


def test_the_tangent_kernel_is_the_derivative_along_itself_and_the_source():
    x, y = images(0)
    state = start(x, y, same=None, full=False, tangent=True)
    one = state.weighted(3.0, 0.5)
    assert np.array_equal(one.Theta, one.K)
    two = one.map(lambda q1, q2, k: k**3 + q1 * q2)
    assert np.allclose(two.Theta, 3 * one.K**2 * one.Theta, rtol=1e-13)
    three = two.weighted(2.0, 0.0)
    assert np.allclose(three.Theta, 2 * two.Theta + three.K, rtol=1e-13)
    assert not one.map(lambda q1, q2, k: k**3, frozen=True).Theta.any()
    assert one.origins != three.origins


def test_a_kernel_without_tangent_stays_without():
    x, y = images(0)
    state = start(x, y, same=None, full=False, tangent=False).weighted(1.0, 0.0).map(lambda q1, q2, k: k)
    assert state.Theta is None


def test_one_forward_pass_has_the_variance_on_its_place():
    x, _ = images(0)
    state = start(x, x, same=jnp.eye(2, dtype=bool), full=False, tangent=False)
    assert np.array_equal(np.diag(state.K), state.q1)


def test_diagonal_of_two_positions():
    a = jnp.arange(2 * 3 * 4 * 3 * 4.0).reshape(2, 3, 4, 3, 4)
    found = diagonal(a, 2)
    assert found.shape == (2, 3, 4)
    assert float(found[1, 2, 3]) == float(a[1, 2, 3, 2, 3])
