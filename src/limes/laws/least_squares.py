r"""Exact risks of least squares on a Gaussian design, at finite size.

The setting: $n$ rows $x_i \sim N(0, I_p)$, $y = X\theta + s\,\xi$ with $\xi \sim N(0, I_n)$ independent of $X$,
$|\theta| = r$, and the least-norm solution $\hat\theta = X^+ y$.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from limes._errors import InputError

_BAND = 1
_VARIANCE_BAND = 3


def has_variance(num: ArrayLike, num_features: ArrayLike) -> NDArray[np.bool_]:
    r"""Tell whether the excess risk has a finite variance: $|n - p| > 3$.

    The smallest eigenvalue $w$ of the Wishart matrix has density of order $w^{(|n - p| - 1)/2}$
    at 0, so $E\,w^{-2}$ is finite if and only if $|n - p| > 3$. Source: `hastie:2022`, Section 3.
    """
    return np.abs(np.asarray(num) - np.asarray(num_features)) > _VARIANCE_BAND


def excess_risk(num: ArrayLike, num_features: ArrayLike, noise: ArrayLike, radius: ArrayLike) -> NDArray[np.float64]:
    r"""Return $E |\hat\theta - \theta|^2$, the expected excess test risk of the least-norm solution.

    $$s^2 \frac{p}{n - p - 1}\ (p < n - 1), \qquad s^2 \frac{n}{p - n - 1} + r^2 \Big(1 - \frac{n}{p}\Big)\ (p > n + 1).$$

    The first is $s^2 E\,\mathrm{tr}(X^\top X)^{-1}$, the mean of an inverse Wishart matrix; beyond $n$ the
    roles of rows and columns change, and $\theta$ keeps the part outside the random row space.
    The mean is infinite for $|n - p| \le 1$: the value there is `inf`.

    Raises `InputError` for sizes below 1 or a negative noise or radius. Source: `hastie:2022`, Section 3;
    `belkin:2020`, Theorem 1.
    """
    n, p, s, r = _sizes(num, num_features, noise, radius)
    gap = np.abs(n - p) - 1.0
    finite = gap > 0
    gap = np.where(finite, gap, 1.0)
    variance = s**2 * np.minimum(n, p) / gap
    bias = r**2 * np.maximum(1.0 - n / p, 0.0)
    return np.where(finite, variance + bias, np.inf)


def training_risk(num: ArrayLike, num_features: ArrayLike, noise: ArrayLike) -> NDArray[np.float64]:
    r"""Return $E \frac{1}{n} |X\hat\theta - y|^2 = s^2 \max(1 - p/n, 0)$.

    The residual is the noise projected on $n - p$ dimensions; from $p = n$ on the data are interpolated.

    Raises `InputError` for sizes below 1 or a negative noise. Source: `hastie:2009`, Section 7.4.
    """
    n, p, s, _ = _sizes(num, num_features, noise, 0.0)
    return s**2 * np.maximum(1.0 - p / n, 0.0)


def optimal_ridge(num_features: ArrayLike, noise: ArrayLike, radius: ArrayLike) -> NDArray[np.float64]:
    r"""Return $n\lambda = s^2 p / r^2$, what is added to $X^\top X$ by the best ridge penalty.

    It is the ratio of the variances of the noise, $s^2$, and of a coordinate of $\theta$, $r^2 / p$: for
    Gaussian $\theta$ the ridge solution is then the posterior mean. It does not depend on $n$.

    Raises `InputError` when the radius is not positive. Source: `nakkiran:2021`, Lemma 2.
    """
    _, p, s, r = _sizes(1, num_features, noise, radius)
    if np.any(r <= 0):
        raise InputError(
            f"optimal_ridge: radius must be positive, got {radius!r}; without signal no penalty is best but an infinite one"
        )
    return s**2 * p / r**2


def _sizes(*values: ArrayLike) -> tuple[NDArray[np.float64], ...]:
    n, p, s, r = (np.asarray(value, dtype=np.float64) for value in values)
    if np.any(n < 1) or np.any(p < 1):
        raise InputError(
            f"least squares law: sizes must be at least 1, got n = {values[0]!r}, p = {values[1]!r}; correct them"
        )
    if np.any(s < 0) or np.any(r < 0):
        raise InputError(
            f"least squares law: noise and radius must not be negative, got {values[2]!r}, {values[3]!r}; drop the sign"
        )
    return n, p, s, r
