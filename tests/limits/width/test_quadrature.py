import jax
import jax.numpy as jnp
import numpy as np
import pytest
from wide import pair_mean

from limes.limits.width.quadrature import (
    LEVELS,
    is_smooth,
    quadrature_error,
    quadrature_mean,
    quadrature_variance,
    tables,
)
from limes.models.activations import Smooth, gelu

PLACES = [(1.3, 0.4, 0.5), (1.0, 1.0, 1.0), (1.0, 1.0, -1.0), (0.3, 0.7, 0.0)]
SLOPES = {
    jnp.tanh: lambda x: 1 / np.cosh(x) ** 2,
    jax.nn.sigmoid: lambda x: np.exp(-np.abs(x)) / (1 + np.exp(-np.abs(x))) ** 2,
}


@pytest.mark.parametrize("sigma", SLOPES)
def test_integrals_and_their_derivative(sigma):
    mean = jax.jit(lambda *place: jax.value_and_grad(lambda k: quadrature_mean(sigma, *place[:2], k))(place[2]))
    value = lambda x: np.asarray(sigma(jnp.asarray(x)))
    for place in PLACES:
        found, slope = mean(*map(jnp.asarray, place))
        assert float(found) == pytest.approx(pair_mean(value, value, *place), abs=1e-10)
        assert float(slope) == pytest.approx(pair_mean(SLOPES[sigma], SLOPES[sigma], *place), abs=1e-9)


def test_the_reported_error_is_the_error():
    """For tanh it grows with the variance; closed forms of other functions show that it is honest."""
    q = jnp.asarray([0.3, 3.0, 30.0])
    errors = [float(quadrature_error(jnp.tanh, v[None], v[None])) for v in q]
    assert errors[0] < 1e-10 < errors[2] < 1e-2
    for variance in (4.0, 40.0):
        q = jnp.asarray([variance])
        exact = 2 / np.pi * np.arcsin(2 * variance / (1 + 2 * variance))
        seen = abs(float(quadrature_mean(jax.lax.erf, q, q, q)[0]) - exact) / exact
        assert seen <= float(quadrature_error(jax.lax.erf, q, q)) + 1e-13


def test_few_nodes_where_few_are_enough():
    """A cubic is integrated exactly by the smallest rule."""
    q = jnp.asarray([2.0])
    cube = lambda x: x**3
    assert float(quadrature_error(cube, q, q)) < 1e-12
    assert float(quadrature_mean(cube, q, q, q)[0]) == pytest.approx(15 * 8, rel=1e-12)
    assert float(quadrature_variance(cube, q)[0]) == pytest.approx(15 * 8, rel=1e-12)


def test_tables_are_orthonormal():
    nodes, roots, values = tables()
    for level, num in enumerate(LEVELS):
        h = values[level, : num // 2, :num]
        assert np.allclose(h @ h.T, np.eye(num // 2), atol=1e-11)
        assert np.sum(roots[level] ** 2 * nodes[level] ** 4) == pytest.approx(3.0, rel=1e-12)
        assert not roots[level, num:].any()


@pytest.mark.parametrize(
    "sigma",
    [
        jnp.tanh,
        jax.nn.silu,
        jax.nn.softplus,
        jax.nn.gelu,
        gelu,
        jax.nn.mish,
        lambda x: x * jnp.sin(x) + x**2,
        jax.jit(jnp.tanh),
    ],
)
def test_programs_of_analytic_operations_are_smooth(sigma):
    assert is_smooth(sigma)


@pytest.mark.parametrize(
    "sigma",
    [
        lambda x: jax.nn.relu(x),
        lambda x: jnp.tanh(jnp.abs(x)),
        jax.nn.elu,
        jax.nn.hard_tanh,
        jax.nn.soft_sign,
        lambda x: jnp.sqrt(x**2),
        lambda x: 1.0 / (1.0 + x**2),
        lambda x: jnp.where(x > 0.1, x, jnp.sin(x)),
        jnp.floor,
        lambda x: x.astype(int).astype(x.dtype),
        jax.nn.softmax,
        lambda x: jnp.nonexistent(x),
    ],
)
def test_everything_else_is_not_known_to_be(sigma):
    assert not is_smooth(sigma)


def test_a_promise_counts_until_it_is_measured():
    assert is_smooth(Smooth(lambda x: 1.0 / (1.0 + x**2)))
    q = jnp.asarray([1.0])
    assert float(quadrature_error(Smooth(lambda x: 1.0 / (2.0 + jnp.cos(x))), q, q)) < 1e-10
    assert float(quadrature_error(Smooth(jnp.abs), q, q)) > 1e-3
