import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import special
from wide import pair_mean

from limes.limits.width import closed_forms as forms

CASES = {
    "identity": (forms.identity_mean, lambda x: x),
    "erf": (forms.erf_mean, special.erf),
    "gelu": (forms.gelu_mean, lambda x: x * special.ndtr(x)),
    "gaussian": (forms.gaussian_mean, lambda x: np.exp(-(x**2))),
    "sin": (forms.sin_mean, np.sin),
    "cos": (forms.cos_mean, np.cos),
    "exp": (forms.exp_mean, np.exp),
    "cubic": (
        lambda q1, q2, k: forms.polynomial_mean(q1, q2, k, (1.0, -2.0, 0.5, 3.0)),
        lambda x: 1 - 2 * x + x**2 / 2 + 3 * x**3,
    ),
}
PLACES = [(1.3, 0.4, 0.5), (1.3, 0.4, -0.7), (2.0, 2.0, 2.0), (2.0, 2.0, -2.0), (0.7, 3.0, 0.0)]


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("place", PLACES)
def test_formulas_are_the_integrals(name, place):
    form, sigma = CASES[name]
    assert float(form(*map(jnp.asarray, place))) == pytest.approx(pair_mean(sigma, sigma, *place), rel=1e-11, abs=1e-12)


@pytest.mark.parametrize("name", CASES)
def test_the_derivative_in_the_covariance_is_the_integral_of_the_derivatives(name):
    """Price's theorem, also where two inputs are equal."""
    form, sigma = CASES[name]
    slope = lambda x: (sigma(x + 1e-5) - sigma(x - 1e-5)) / 2e-5
    for place in PLACES[:3]:
        found = jax.grad(form, argnums=2)(*map(jnp.asarray, place))
        assert float(found) == pytest.approx(pair_mean(slope, slope, *place), rel=1e-7)


@pytest.mark.parametrize("name", CASES)
def test_variances_obey_the_heat_equation(name):
    r"""The derivative in q of the mean at k = q = q' is E (sigma^2)'' / 2, whatever the formula."""
    form, sigma = CASES[name]
    total = lambda q: form(q, q, q)
    h = 1e-4
    second = lambda x: (sigma(x + h) ** 2 - 2 * sigma(x) ** 2 + sigma(x - h) ** 2) / h**2
    expected = pair_mean(second, np.ones_like, 0.9, 1.0, 0.0) / 2
    assert float(jax.grad(total)(jnp.asarray(0.9))) == pytest.approx(expected, rel=1e-6)


def test_large_variances_stay_finite():
    large = jnp.asarray(1e9)
    for name in ("erf", "gelu", "gaussian", "sin", "cos"):
        form, _ = CASES[name]
        assert bool(jnp.isfinite(form(large, large, large))), name
        assert bool(jnp.isfinite(jax.grad(form, argnums=2)(large, large, large))), name


def test_hermite_polynomials_are_orthogonal():
    """Coefficients of He_3 give k^3 3! at variance 1, and nothing with other degrees."""
    one, k = jnp.asarray(1.0), jnp.asarray(0.6)
    assert float(forms.polynomial_mean(one, one, k, (0.0, -3.0, 0.0, 1.0))) == pytest.approx(6 * 0.6**3, rel=1e-13)


def test_monomials_are_double_factorials():
    q = jnp.asarray(1.7)
    for degree, factor in ((1, 1), (2, 3), (3, 15), (4, 105)):
        coefficients = (0.0,) * degree + (1.0,)
        assert float(forms.polynomial_mean(q, q, q, coefficients)) == pytest.approx(factor * 1.7**degree, rel=1e-13)
