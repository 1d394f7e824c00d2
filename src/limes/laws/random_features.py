r"""Exact second moments of the error of random Fourier features, at finite size.

The setting: $K_D(x, x') = \frac{1}{D} \sum_{k < D} \cos\langle\omega_k, x - x'\rangle$ with independent $\omega_k \sim N(0, I)$, the inner
product of $2D$ cosine and sine features, and its mean $K(x, x') = \exp(-|x - x'|^2 / 2)$.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from limes._errors import InputError


def pair_mean_square(num_features: ArrayLike, distance: ArrayLike) -> NDArray[np.float64]:
    r"""Return $E (K_D - K)^2 = (1 - e^{-|d|^2})^2 / (2D)$ at distance $|d|$, for $D$ frequencies.

    With $g \sim N(0, |d|^2)$: $E\cos g = e^{-|d|^2/2}$ and $E\cos^2 g = (1 + e^{-2|d|^2})/2$, so one cosine has variance
    $(1 - e^{-|d|^2})^2/2$. Cosines with a random phase, $\sqrt{2}\cos(\langle\omega, x\rangle + b)$, have a larger one.

    Raises `InputError` when the number of frequencies is below 1. Source: `sutherland:2015`, Section 2.
    """
    D = _count(num_features)
    return np.expm1(-np.square(np.asarray(distance, dtype=np.float64))) ** 2 / (2.0 * D)


def mean_square(num_features: ArrayLike, in_size: ArrayLike) -> NDArray[np.float64]:
    r"""Return $E (K_D - K)^2$ for two independent points $x, x' \sim N(0, I_d)$.

    As $x - x' \sim N(0, 2I)$ and $E e^{-t|x - x'|^2} = (1 + 4t)^{-d/2}$,
    $$E (K_D - K)^2 = \frac{1 - 2 \cdot 5^{-d/2} + 9^{-d/2}}{2D}.$$

    Raises `InputError` when a size is below 1. Source: the mean over a Gaussian pair of `sutherland:2015`, Section 2.
    """
    D, d = _count(num_features), _count(in_size)
    return (1.0 - 2.0 * 5.0 ** (-d / 2.0) + 9.0 ** (-d / 2.0)) / (2.0 * D)


def _count(value: ArrayLike) -> NDArray[np.float64]:
    count = np.asarray(value, dtype=np.float64)
    if np.any(count < 1):
        raise InputError(f"random features law: sizes must be at least 1, got {value!r}; correct them")
    return count
