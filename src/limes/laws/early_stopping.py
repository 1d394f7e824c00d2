r"""Exact Bayes risks of linear estimators of least squares: gradient flow, gradient descent, ridge.

The setting: $y = X\theta + s\,\xi$ with $\xi \sim N(0, I_n)$, $\theta \sim N(0, \frac{r^2}{d} I_d)$, and $X^\top X / n$ has eigenvalues $\sigma_k$.
From $\theta = 0$ each method multiplies the least-squares solution by a factor $g_k$ in the direction $k$.
The risk is $\frac1n |X\theta - y|^2$, without 1/2: flow at time $t$ belongs to ridge with $\lambda = 1/(2t)$.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from limes._errors import InputError

RATIO = 1.6862  # of the risks at t and 1/(2t), over all spectra: `ali:2019`, Theorem 1
BEST = 1.0786  # of the best risks, over all spectra: the least, over c, of `against_best`


def flow(spectrum: ArrayLike, time: ArrayLike) -> NDArray[np.float64]:
    r"""Return $g_k = 1 - e^{-2 t \sigma_k}$, the factors of gradient flow at time $t$. Source: `ali:2019`, Lemma 1."""
    return -np.expm1(-2.0 * np.asarray(time) * _positive(spectrum))


def descent(spectrum: ArrayLike, step_size: ArrayLike, steps: ArrayLike) -> NDArray[np.float64]:
    r"""Return $g_k = 1 - (1 - 2\tau\sigma_k)^l$, the factors of gradient descent after $l$ steps of size $\tau$."""
    return 1.0 - (1.0 - 2.0 * np.asarray(step_size) * _positive(spectrum)) ** np.asarray(steps)


def ridge(spectrum: ArrayLike, strength: ArrayLike) -> NDArray[np.float64]:
    r"""Return $g_k = \sigma_k / (\sigma_k + \lambda)$, the factors of ridge with penalty $\lambda |\theta|^2$."""
    s = _positive(spectrum)
    return s / (s + np.asarray(strength))


def bayes_risk(
    spectrum: ArrayLike, factors: ArrayLike, num: ArrayLike, noise: ArrayLike, radius: ArrayLike
) -> NDArray[np.float64]:
    r"""Return $E|\hat\theta - \theta|^2 = \sum_k \frac{r^2}{d} (1 - g_k)^2 + \frac{s^2}{n} \frac{g_k^2}{\sigma_k}$, summed over the last axis.

    The mean runs over signal and noise, given $X$. Raises `InputError` for eigenvalues that are not
    positive. Source: `ali:2019`, Lemma 5.
    """
    sigma, g = _positive(spectrum), np.asarray(factors, dtype=np.float64)
    bias = np.asarray(radius) ** 2 / sigma.shape[-1] * (1.0 - g) ** 2
    return np.sum(bias + np.asarray(noise) ** 2 / np.asarray(num) * g**2 / sigma, axis=-1)


def optimal_ridge(in_size: ArrayLike, num: ArrayLike, noise: ArrayLike, radius: ArrayLike) -> NDArray[np.float64]:
    r"""Return $\lambda = s^2 d / (n r^2)$: ridge is then the posterior mean, so no estimator has a smaller Bayes risk."""
    return np.square(noise) * np.asarray(in_size) / (np.asarray(num) * np.square(radius))


def against_best(constant: float) -> float:
    r"""Return the largest ratio of the Bayes risks of flow at $t = c / (2\lambda)$ and of the optimal ridge, over all spectra.

    With $z = \sigma / \lambda$, the risk of ridge in a direction is $1/(1 + z)$ of the prior's, that of flow $e^{-2cz} + (1 - e^{-cz})^2 / z$.
    As $\lambda$ is one number for all directions, the largest quotient bounds the ratio of the sums: 1.0786 at
    $c = 0.457$, so flow at its best time never loses more to ridge at its best penalty (`ali:2019` prove 1.22).
    """
    z = np.logspace(-6.0, 6.0, 6001)
    flowing = np.exp(-2.0 * constant * z) + np.expm1(-constant * z) ** 2 / z
    return float(np.max((1.0 + z) * flowing))


def _positive(spectrum: ArrayLike) -> NDArray[np.float64]:
    sigma = np.asarray(spectrum, dtype=np.float64)
    if np.any(sigma <= 0):
        raise InputError(
            f"early stopping law: eigenvalues must be positive, got {float(sigma.min()):g}; leave the directions without data out"
        )
    return sigma
