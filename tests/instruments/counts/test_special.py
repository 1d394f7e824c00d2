import jax.numpy as jnp
import jax.scipy.special
import numpy as np
import pytest
from jax import lax
from row_cases import Case, check, check_rows

from limes.instruments.counts import special

X = np.random.default_rng(0).uniform(0.2, 0.9, 5)
A = X + 1.5
CASES = [
    *(Case(name, getattr(lax, name), (X,)) for name in ("erf", "erfc", "erf_inv", "lgamma", "digamma")),
    *(Case(name, getattr(lax, name), (X,)) for name in ("bessel_i0e", "bessel_i1e")),
    Case("polygamma", lax.polygamma, (np.ones(5), A)),
    Case("zeta", lax.zeta, (A, X)),
    Case("igamma", lax.igamma, (A, X)),
    Case("igammac", lax.igammac, (A, X)),
    Case("igamma_grad_a", lax.igamma_grad_a, (A, X)),
    Case("regularized_incomplete_beta", lax.betainc, (A, A[::-1].copy(), X)),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_counts_what_the_loop_does(case):
    check(case)


def test_every_row_has_a_case():
    check_rows(special.RULES, CASES)


def test_a_slope_in_the_parameter_of_the_gamma_function():
    """The loop takes this value from JAX, so it is compared with a difference quotient here."""
    slope = (jax.scipy.special.gammainc(A + 1e-5, X) - jax.scipy.special.gammainc(A - 1e-5, X)) / 2e-5
    np.testing.assert_allclose(lax.igamma_grad_a(jnp.asarray(A), jnp.asarray(X)), slope, rtol=1e-6)
