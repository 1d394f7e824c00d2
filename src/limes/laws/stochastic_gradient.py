r"""Exact second moments of stochastic gradient descent on a quadratic, one uniform sample a step.

The setting: $E = \frac{1}{n}\sum_i E_i$ with $\nabla E_i(\theta) = H_i e - \xi_i$, $e = \theta - \theta^*$, and $\sum_i \xi_i = 0$ since $\theta^*$ is
optimal. A step is $e' = (I - \tau_l H_i) e + \tau_l \xi_i$ with $i$ drawn **with replacement**; steps count from 1.
$H$ is the mean of $H_i$, $S$ that of $\xi_i \xi_i^\top$.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from limes._errors import InputError

Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class Moments:
    r"""Moments of a quadratic risk: $H$, $S$, the maps $M \mapsto$ mean $H_i M H_i$ and $m \mapsto$ mean $H_i m \xi_i^\top$, and $R^2$.

    $R^2 = \lambda_{\max}(H^{-1/2}\, \mathrm{mean}(H_i^2)\, H^{-1/2})$: for $\tau \le 1/R^2$, $E (I - \tau H_i)^2 \preceq I - \tau H$.
    """

    mean: Matrix
    noise: Matrix
    quadratic: Matrix
    cross: Matrix
    smoothness: float


def moments(hessians: ArrayLike, residuals: ArrayLike) -> Moments:
    r"""Return the moments of a risk with sample Hessians $H_i$, shape (n, d, d), and noises $\xi_i$, shape (n, d).

    `quadratic` and `cross` act on flattened matrices and on vectors.

    Raises `InputError` when the $\xi_i$ do not add up to 0 (then they were not taken at the minimizer).
    """
    H, xi = np.asarray(hessians, dtype=np.float64), np.asarray(residuals, dtype=np.float64)
    n, d = xi.shape
    if np.linalg.norm(xi.mean(axis=0)) > 1e-8 * (np.sqrt(np.mean(xi**2)) + 1e-300):
        raise InputError("stochastic gradient law: the noises must add up to 0; take them at the minimizer of the risk")
    mean = H.mean(axis=0)
    values, vectors = np.linalg.eigh(mean)
    root = vectors / np.sqrt(values)
    smoothness = float(np.linalg.eigvalsh(root.T @ np.mean(H @ H, axis=0) @ root)[-1])
    quadratic = np.einsum("nab,ncd->acbd", H, H).reshape(d * d, d * d) / n
    cross = np.einsum("nab,nc->acb", H, xi).reshape(d * d, d) / n
    return Moments(mean, xi.T @ xi / n, quadratic, cross, smoothness)


def least_squares(x: ArrayLike, y: ArrayLike) -> tuple[Moments, Matrix]:
    r"""Return the moments of $\frac{1}{n}\sum_i (\langle x_i, \theta\rangle - y_i)^2$, and its minimizer.

    There is no factor 1/2: $H_i = 2 x_i x_i^\top$ and $\xi_i = 2 (y_i - \langle x_i, \theta^*\rangle) x_i$.
    """
    X, target = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    theta = np.asarray(np.linalg.lstsq(X, target, rcond=None)[0], dtype=np.float64)
    residual = target - X @ theta
    return moments(2.0 * X[:, :, None] * X[:, None, :], 2.0 * residual[:, None] * X), theta


def mean_square(known: Moments, start: ArrayLike, step_sizes: ArrayLike, record: Sequence[int]) -> NDArray[np.float64]:
    r"""Return $E |e_l|^2$ at the steps of `record`, for the step sizes $\tau_1, \tau_2, \dots$ and the start $e_0$.

    With $m = E e$ and $M = E e e^\top$, exact at every step: $m' = (I - \tau_l H) m$ and
    $$M' = \mathrm{mean}\,(I - \tau_l H_i) M (I - \tau_l H_i) + \tau_l^2 S - \tau_l^2 (\mathrm{mean}\,H_i m \xi_i^\top + \text{transpose}).$$

    The last term is lost in the literature's bounds; it vanishes only with the mean error. Source: the moments of the
    recursion of `bach:2013`, Section 2.
    """
    e = np.asarray(start, dtype=np.float64)
    d, wanted = len(e), set(record)
    m, M = e.copy(), np.outer(e, e)
    found = {0: float(e @ e)}
    for l, tau in enumerate(np.asarray(step_sizes, dtype=np.float64)[: max(record)], start=1):
        cross = (known.cross @ m).reshape(d, d)
        product = known.mean @ M
        fourth = (known.quadratic @ M.ravel()).reshape(d, d)
        M = M - tau * (product + product.T) + tau**2 * (fourth + known.noise - cross - cross.T)
        m = m - tau * (known.mean @ m)
        if l in wanted:
            found[l] = float(np.trace(M))
    return np.array([found[l] for l in record])


def decreasing_constant(known: Moments, step_size: float) -> float:
    r"""Return $C = \tau^2 \sum_i \dfrac{u_i^\top S u_i}{2\tau\lambda_i - 1}$, the limit of $(l + l_0)\,E|e_l|^2$ for $\tau_l = \tau/(l + l_0)$.

    $(\lambda_i, u_i)$ are the eigenpairs of $H$, which need not commute with $S$: the off-diagonal part of the Lyapunov
    solution has no trace. Finite for $\tau\mu > 1/2$ alone; at 1/2 the decay is $\log(l)/l$, below it $l^{-2\tau\mu}$.

    Raises `InputError` for $\tau\mu \le 1/2$. Source: `chung:1954`, Theorem 1; `moulines:2011`, Theorem 1.
    """
    values, vectors = np.linalg.eigh(known.mean)
    if step_size * values[0] <= 0.5:
        raise InputError(
            f"decreasing_constant: step_size times the smallest eigenvalue must exceed 1/2, got {step_size * values[0]:.3g}; take a larger step"
        )
    spread = np.einsum("ai,ab,bi->i", vectors, known.noise, vectors)
    return float(step_size**2 * np.sum(spread / (2.0 * step_size * values - 1.0)))


def stationary(known: Moments, step_size: float) -> Matrix:
    r"""Return the covariance at which a constant step settles: $C = \mathrm{mean}\,(I - \tau H_i) C (I - \tau H_i) + \tau^2 S$.

    Exact for every stable step; for $\tau \to 0$ its trace is $\frac{\tau}{2} \mathrm{tr}(H^{-1} S)$, which is far too small for larger ones.

    Raises `InputError` for a step at which the second moment grows for ever. Source: `bach:2013`, Section 2.
    """
    d = len(known.mean)
    if spectral_radius(known, step_size) >= 1.0:
        raise InputError(f"stationary: the second moment is unstable at step_size {step_size:.3g}; take a smaller step")
    system = np.eye(d * d) - _transfer(known, step_size)
    covariance = np.linalg.solve(system, step_size**2 * known.noise.ravel())
    return np.asarray(covariance, dtype=np.float64).reshape(d, d)


def spectral_radius(known: Moments, step_size: float) -> float:
    r"""Return the spectral radius of $M \mapsto \mathrm{mean}\,(I - \tau H_i) M (I - \tau H_i)$: stable if and only if below 1.

    $\tau < 2/R^2$ suffices; $\tau < 2/L$, enough for the full gradient, is the wrong guard here.
    """
    return float(np.max(np.abs(np.linalg.eigvals(_transfer(known, step_size)))))


def _transfer(known: Moments, step_size: float) -> Matrix:
    one = np.eye(len(known.mean))
    linear = np.kron(known.mean, one) + np.kron(one, known.mean)
    return np.kron(one, one) - step_size * linear + step_size**2 * known.quadratic
