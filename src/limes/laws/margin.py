r"""The hard-margin direction of separable data and the late-time laws of descent on the log of the risk.

$z_i = y_i x_i$; the margin of a unit vector $u$ is $\min_i \langle z_i, u\rangle$, the largest one is $\gamma$, and by duality
$\gamma = \min\{|Z^\top \alpha| : \alpha \ge 0, \sum_i \alpha_i = 1\}$.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import nnls

from limes._errors import InputError

_SMALLEST = 1e-9


@dataclass(frozen=True)
class HardMargin:
    """The unit vector of largest margin, that margin, and the dual weights (positive on support vectors)."""

    direction: NDArray[np.float64]
    margin: float
    weights: NDArray[np.float64]


def hard_margin(signed: ArrayLike) -> HardMargin:
    r"""Return the largest margin of the rows $z_i$, by non-negative least squares.

    $\min_{a \ge 0} |Z^\top a|^2 + (1 - \sum_i a_i)^2$ is attained at a multiple of the dual weights; $Z^\top\alpha = \gamma u$.

    Raises `InputError` when the data are not separable by a hyperplane through 0. Source: `boyd:2004`, Section 8.6.
    """
    Z = np.asarray(signed, dtype=np.float64)
    scale = float(np.max(np.linalg.norm(Z, axis=1)))
    stacked = np.vstack([Z.T / scale, np.ones(len(Z))])
    solution, _ = nnls(stacked, np.append(np.zeros(Z.shape[1]), 1.0), maxiter=50 * len(Z))
    alpha = solution / solution.sum()
    point = Z.T @ alpha
    margin = float(np.linalg.norm(point))
    if margin <= _SMALLEST * scale or np.min(Z @ point) <= 0:
        raise InputError("hard_margin: no hyperplane through 0 separates the data; relabel or move the points")
    return HardMargin(point / margin, margin, alpha)


def certificate(signed: ArrayLike, direction: ArrayLike) -> float:
    r"""Return a bound on the relative lack of margin of a vector $w$, without a solver.

    With $m = \min_i \langle z_i, w\rangle / |w|$ and any weights $\alpha$ on the simplex, $m \le \gamma \le |Z^\top\alpha|$; here
    $\alpha$ is the softmax of $-Zw$, and the bound is $|Z^\top\alpha| / m - 1$ (infinite if $w$ does not separate).
    """
    Z, w = np.asarray(signed, dtype=np.float64), np.asarray(direction, dtype=np.float64)
    output = Z @ w
    alpha = np.exp(-(output - output.min()))
    alpha /= alpha.sum()
    margin = float(output.min() / np.linalg.norm(w))
    return float(np.linalg.norm(Z.T @ alpha)) / margin - 1.0 if margin > 0 else float("inf")


def growth(step_size: ArrayLike, margin: ArrayLike) -> NDArray[np.float64]:
    r"""Return $\tau\gamma^2$, by which $s = -\log E$ grows per step of descent on $\log E$, once late.

    Then $\nabla \log E = -\gamma u$, as softmax weights have become the dual weights, and $|w| \to s/\gamma$.
    For plain descent on $E$ the same clock runs like $\log t$: $\dot s = \gamma^2 e^{-s}$. Source: `soudry:2018`, Theorem 3;
    `lyu:2020`, Section 4.
    """
    return np.asarray(step_size, dtype=np.float64) * np.asarray(margin, dtype=np.float64) ** 2
