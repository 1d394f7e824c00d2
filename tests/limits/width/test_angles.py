import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
from wide import pair_mean

from limes.limits.width import angles

RELU = lambda x: np.maximum(x, 0)
FORMS = {
    "relu": (angles.relu_mean, RELU),
    "squared relu": (angles.squared_relu_mean, lambda x: RELU(x) ** 2),
    "step": (angles.step_mean, lambda x: (x > 0).astype(float)),
    "sign": (angles.sign_mean, np.sign),
    "leaky": (lambda q1, q2, k: angles.leaky_mean(q1, q2, k, 1.0, 0.3), lambda x: np.where(x > 0, x, 0.3 * x)),
}
PLACES = [(1.3, 0.4, 0.5), (1.3, 0.4, -0.7), (2.0, 2.0, 1.6), (0.7, 3.0, 0.0)]
X = jnp.array([0.8, -0.3, 0.5])
Y = jnp.array([0.2, 0.9, -0.4])
PAIRS = {
    "equal": X,
    "multiple": 2.0 * X,
    "antipodal": -X,
    "near": X + 1e-6 * Y,
    "near antipodal": -X + 1e-6 * Y,
    "zero": 0.0 * X,
    "orthogonal": jnp.array([0.3, 0.8, 0.0]),
    "generic": Y,
}


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("place", PLACES)
def test_formulas_are_the_integrals(name, place):
    form, sigma = FORMS[name]
    assert float(form(*map(jnp.asarray, place))) == pytest.approx(pair_mean(sigma, sigma, *place), rel=1e-11, abs=1e-12)


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("place", [PLACES[0], PLACES[1], PLACES[3]])
def test_derivatives_are_those_of_the_values(name, place):
    form, _ = FORMS[name]
    arguments = tuple(map(jnp.asarray, place))
    gradient = jax.grad(lambda q: form(*q))(arguments)
    for index, slope in enumerate(gradient):
        step = 1e-6 * jnp.eye(3)[index]
        moved = [form(*(a + sign * s for a, s in zip(arguments, step, strict=True))) for sign in (1.0, -1.0)]
        assert float(slope) == pytest.approx(float(moved[0] - moved[1]) / 2e-6, rel=1e-7, abs=1e-9)


@pytest.mark.parametrize("name", FORMS)
def test_second_derivatives_are_those_of_the_first(name):
    form, _ = FORMS[name]
    arguments = jnp.array(PLACES[0])
    hessian = jax.jit(jax.hessian(lambda q: form(*q)))(arguments)
    gradient = jax.jit(jax.grad(lambda q: form(*q)))
    for index in range(3):
        step = 1e-6 * jnp.eye(3)[index]
        column = (gradient(arguments + step) - gradient(arguments - step)) / 2e-6
        assert np.allclose(hessian[:, index], column, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("name", FORMS)
def test_values_and_two_derivatives_are_finite_on_every_pair(name):
    form, _ = FORMS[name]

    def value(pair):
        x, y = pair
        return form(x @ x, y @ y, x @ y)

    every = jax.jit(lambda pair: (value(pair), jax.grad(value)(pair), jax.hessian(value)(pair)))
    for label, y in PAIRS.items():
        found = every((X, y))
        assert all(bool(jnp.isfinite(leaf).all()) for leaf in jax.tree.leaves(found)), label


@pytest.mark.parametrize("scale", [1.0, 1e-3, 2.5, 1e4])
def test_collinear_pairs_are_exact(scale):
    q1 = jnp.asarray(0.7123)
    q2, k = q1 * scale**2, q1 * scale
    assert float(angles.angle(q1, q2, k)) == 0.0
    assert float(angles.angle(q1, q2, -k)) == pytest.approx(np.pi, abs=1e-15)
    assert float(jax.grad(angles.relu_mean, argnums=2)(q1, q2, k)) == 0.5
    assert float(jax.grad(angles.relu_mean, argnums=2)(q1, q2, -k)) == pytest.approx(0.0, abs=1e-15)
    assert float(angles.relu_mean(q1, q2, k)) == pytest.approx(float(k) / 2, rel=1e-15)
    assert float(angles.relu_mean(q1, q2, -k)) == pytest.approx(0.0, abs=1e-16 * max(scale, 1.0))


@pytest.mark.parametrize("t", [1e-1, 1e-3, 1e-5, 1e-6])
def test_small_angles_lose_no_more_than_rounding(t):
    """An angle of 1e-6 has five digits fewer than the numbers that it comes from, not ten."""
    x, y = np.array([1.0, 0.0]), np.array([np.cos(t), np.sin(t)])
    q2, k = float(y @ y), float(x @ y)
    exact = mpmath.acos(mpmath.mpf(k) / mpmath.sqrt(mpmath.mpf(q2)))
    found = angles.angle(jnp.asarray(1.0), jnp.asarray(q2), jnp.asarray(k))
    assert float(abs(found - float(exact))) < 1e-15 / t


def test_at_zero_variance_nothing_is_divided_by_it():
    zero, one = jnp.zeros(()), jnp.ones(())
    assert float(angles.angle(zero, one, zero)) == pytest.approx(np.pi / 2)
    assert float(angles.relu_mean(zero, one, zero)) == 0.0
    assert float(angles.quotient(one, zero)) == 0.0
    assert float(jax.grad(angles.root)(zero)) == 0.0
