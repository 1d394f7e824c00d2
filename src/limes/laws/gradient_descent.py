r"""Exact laws of gradient descent on a quadratic, $e_{l+1} = (I - \tau H) e_l$.

$H$ has eigenvalues $\lambda_i$ between $\mu > 0$ and $L$; $e = \theta - \theta^*$. In terms of $H$ the laws do not depend
on a factor 1/2 in the loss; in terms of $X^\top X$ they would.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from limes._errors import InputError


def factor(step_size: ArrayLike, smallest: ArrayLike, largest: ArrayLike) -> NDArray[np.float64]:
    r"""Return $\max(|1 - \tau\mu|, |1 - \tau L|)$, the factor per step of the slowest direction.

    It is below 1 if and only if $0 < \tau < 2/L$, and least at `optimal_step`.

    Raises `InputError` unless $0 < \mu \le L$. Source: `polyak:1987`, Section 1.4.
    """
    mu, L = _ends(smallest, largest)
    tau = np.asarray(step_size, dtype=np.float64)
    return np.maximum(np.abs(1.0 - tau * mu), np.abs(1.0 - tau * L))


def optimal_step(smallest: ArrayLike, largest: ArrayLike) -> NDArray[np.float64]:
    r"""Return $2 / (\mu + L)$, where both ends of the spectrum shrink equally fast.

    Raises `InputError` unless $0 < \mu \le L$. Source: `polyak:1987`, Section 1.4.
    """
    mu, L = _ends(smallest, largest)
    return 2.0 / (mu + L)


def optimal_factor(condition: ArrayLike) -> NDArray[np.float64]:
    r"""Return $(\kappa - 1) / (\kappa + 1)$, the factor per step at the optimal step, for $\kappa = L/\mu$.

    Raises `InputError` for a condition number below 1. Source: `polyak:1987`, Section 1.4.
    """
    kappa = np.asarray(condition, dtype=np.float64)
    if np.any(kappa < 1):
        raise InputError(f"optimal_factor: a condition number is at least 1, got {condition!r}; give L / mu")
    return (kappa - 1.0) / (kappa + 1.0)


def components(steps: ArrayLike, step_size: ArrayLike, eigenvalues: ArrayLike, start: ArrayLike) -> NDArray[np.float64]:
    r"""Return $\langle e_l, v_i\rangle = (1 - \tau\lambda_i)^l \langle e_0, v_i\rangle$ for every step $l$ (rows) and eigenvector (columns).

    Source: `polyak:1987`, Section 1.4.
    """
    l = np.asarray(steps, dtype=np.float64)
    base = 1.0 - np.asarray(step_size, dtype=np.float64) * np.asarray(eigenvalues, dtype=np.float64)
    return base[None, :] ** l.reshape(-1, 1) * np.asarray(start, dtype=np.float64)[None, :]


def _ends(smallest: ArrayLike, largest: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    mu, L = np.asarray(smallest, dtype=np.float64), np.asarray(largest, dtype=np.float64)
    if np.any(mu <= 0) or np.any(mu > L):
        raise InputError(
            f"gradient descent law: the spectrum must satisfy 0 < smallest <= largest, got {smallest!r}, {largest!r}; correct it"
        )
    return mu, L
