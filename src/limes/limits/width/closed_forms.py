r"""Gaussian integrals $\Phi(q, q', k) = E \sigma(u) \sigma(v)$ of smooth functions in closed form.

$(u, v)$ is centered Gaussian with variances $q$, $q'$ and covariance $k$. Each is smooth in its arguments wherever $|k| \le \sqrt{q q'}$,
and derivatives are those of the formula. Source: `williams:1997`, Section 3 (erf, Gaussian), else by direct computation.
"""

from collections.abc import Sequence
from math import factorial

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

Pairs = Float[Array, "..."]


def identity_mean(q1: Pairs, q2: Pairs, k: Pairs) -> Pairs:
    r"""Return $E u v = k$."""
    del q1, q2
    return k


def erf_mean(q1: Pairs, q2: Pairs, k: Pairs) -> Pairs:
    r"""Return $\frac2\pi \arcsin \frac{2k}{\sqrt{(1 + 2q)(1 + 2q')}}$."""
    return 2.0 / jnp.pi * _arcsine(2.0 * k, 1.0 + 2.0 * (q1 + q2) + 4.0 * _gap(q1, q2, k))


def gelu_mean(q1: Pairs, q2: Pairs, k: Pairs) -> Pairs:
    r"""Return the mean of $\sigma(x) = x P(Z \le x)$, a formula in $D = (1 + q)(1 + q') - k^2$.

    $\frac{k}{4} + \frac{k}{2\pi} \arcsin\frac{k}{\sqrt{(1 + q)(1 + q')}} + \frac{q q' + k^2 (1/(1 + q) + 1/(1 + q') - 1)}{2\pi \sqrt{D}}$.
    """
    D = 1.0 + q1 + q2 + _gap(q1, q2, k)
    outer = q1 * q2 + k**2 * (1.0 / (1.0 + q1) + 1.0 / (1.0 + q2) - 1.0)
    return k / 4.0 + k / (2.0 * jnp.pi) * _arcsine(k, D) + outer / (2.0 * jnp.pi * jnp.sqrt(D))


def gaussian_mean(q1: Pairs, q2: Pairs, k: Pairs) -> Pairs:
    r"""Return the mean of $\sigma(x) = e^{-x^2}$, $\det(I + 2 \Sigma)^{-1/2}$."""
    return 1.0 / jnp.sqrt(1.0 + 2.0 * (q1 + q2) + 4.0 * _gap(q1, q2, k))


def sin_mean(q1: Pairs, q2: Pairs, k: Pairs) -> Pairs:
    r"""Return $e^{-(q + q')/2} \sinh k$."""
    half = (q1 + q2) / 2.0
    return (jnp.exp(k - half) - jnp.exp(-k - half)) / 2.0


def cos_mean(q1: Pairs, q2: Pairs, k: Pairs) -> Pairs:
    r"""Return $e^{-(q + q')/2} \cosh k$."""
    half = (q1 + q2) / 2.0
    return (jnp.exp(k - half) + jnp.exp(-k - half)) / 2.0


def exp_mean(q1: Pairs, q2: Pairs, k: Pairs) -> Pairs:
    r"""Return $e^{(q + q')/2 + k}$."""
    return jnp.exp((q1 + q2) / 2.0 + k)


def polynomial_mean(q1: Pairs, q2: Pairs, k: Pairs, coefficients: Sequence[float]) -> Pairs:
    r"""Return $\sum_j \frac{k^j}{j!} E \sigma^{(j)}(u) E \sigma^{(j)}(v)$ for $\sigma(x) = \sum_m c_m x^m$."""
    total = jnp.zeros_like(k)
    for j in range(len(coefficients)):
        total = total + k**j / factorial(j) * (
            _mean_of_derivative(q1, coefficients, j) * _mean_of_derivative(q2, coefficients, j)
        )
    return total


def _mean_of_derivative(q: Pairs, coefficients: Sequence[float], j: int) -> Pairs:
    r"""Return $E \sigma^{(j)}(u) = \sum_m c_m \frac{m!}{(m - j)!} (m - j - 1)!!\, q^{(m - j)/2}$, over even $m - j$."""
    total = jnp.zeros_like(q)
    for m in range(j, len(coefficients), 2):
        half = (m - j) // 2
        moment = factorial(2 * half) / (2**half * factorial(half))
        total = total + coefficients[m] * factorial(m) / factorial(m - j) * moment * q**half
    return total


def _gap(q1: Pairs, q2: Pairs, k: Pairs) -> Pairs:
    r"""Return $q q' - k^2$, not below 0 where rounding made it so, with its derivative in any case."""
    gap = q1 * q2 - k**2
    return gap - jax.lax.stop_gradient(jnp.minimum(gap, 0.0))


def _arcsine(x: Pairs, rest: Pairs) -> Pairs:
    r"""Return $\arcsin(x / \sqrt{x^2 + \text{rest}})$; `rest` is at least 1."""
    return jnp.arctan2(x, jnp.sqrt(rest))
