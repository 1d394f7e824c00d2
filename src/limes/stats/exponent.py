"""Exponents of power laws with corrections: one linear weight vector per grid and correction."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from limes._errors import InputError

from .curve import Curve
from .intervals import Sample, completions


@lru_cache(maxsize=512)
def design_matrix(sizes: tuple[float, ...], correction: float) -> np.ndarray:
    r"""Return the columns $1, x_i, e^{-b (x_i - x_1)}$ with $x_i = \log p_i$.

    `correction` is b; infinity leaves the last column out (pure power law).

    Raises:
        InputError: b is not positive, or the grid is too short for as many columns.
    """
    if not correction > 0:
        raise InputError(f"corrections must be positive exponents; got {correction}; slow ones may be 0.25.")
    x = np.log(np.asarray(sizes, float))
    columns = [np.ones_like(x), x]
    if np.isfinite(correction):
        columns.append(np.exp(-correction * (x - x[0])))
    matrix = np.stack(columns, axis=1)
    if np.linalg.matrix_rank(matrix) < matrix.shape[1]:
        raise InputError(f"a fit with correction {correction:g} needs more than the {len(x)} sizes given; add sizes.")
    return matrix


@lru_cache(maxsize=512)
def _weights(sizes: tuple[float, ...], correction: float) -> np.ndarray:
    weights = np.linalg.pinv(design_matrix(sizes, correction))[1]
    weights.setflags(write=False)
    return weights


def exponent_weights(sizes: Sequence[float] | np.ndarray, correction: float) -> np.ndarray:
    r"""Return w such that $\sum_i w_i \log e(p_i)$ is the fitted log-log slope m.

    Least squares on $\log e = c + m x + k\, (p / p_1)^{-b}$, linear in (c, m, k): the first
    order of $\log(1 + k p^{-b})$. The weights sum to zero, so a factor common to all sizes of
    a seed cancels exactly. Errors: those of `design_matrix`.
    """
    return _weights(tuple(float(p) for p in sizes), float(correction))


@lru_cache(maxsize=512)
def log_factor(sizes: tuple[float, ...], log_power: float) -> np.ndarray:
    r"""Return $q \log\log p_i$, the logarithm of a known factor $(\log p)^q$."""
    if not log_power:
        return np.zeros(len(sizes))
    return log_power * np.log(np.log(np.asarray(sizes)))


def jackknife(logs: np.ndarray, weights: np.ndarray, leave_one_out: np.ndarray) -> np.ndarray:
    r"""Return pseudo-values $v_s = S \theta - (S-1)\, \theta_{(-s)}$ of a slope of log means.

    `logs` holds the log of the mean over all seeds at each size, `leave_one_out` the same
    without seed s in row s. Source: tukey:1958.
    """
    seeds = len(leave_one_out)
    return seeds * (logs @ weights) - (seeds - 1) * (leave_one_out @ weights)


def log_means(values: np.ndarray, statistic: str) -> tuple[np.ndarray, np.ndarray] | None:
    r"""Return log of mean (or root mean square) over seeds, in full and without each seed.

    None where some mean is not positive and has no logarithm.
    """
    power = 2 if statistic == "mean_square" else 1
    powers = values**power
    total = powers.sum(axis=0)
    rest = (total - powers) / max(1, len(values) - 1) if len(values) > 1 else powers
    if not ((total > 0).all() and (rest > 0).all()):
        return None
    return np.log(total / len(values)) / power, np.log(rest) / power


def slope_sample(curve: Curve, correction: float, log_power: float = 0.0) -> Sample | None:
    """Return the fitted slopes over seeds as a sample, missing cells at their vertices.

    Slopes per seed, or jackknife pseudo-values for the statistics over seeds (None where
    a mean has no logarithm). A deterministic curve gets the half-width
    sum |w_i| r_i / e_i from its resolution r.
    """
    weights = _weights(curve.sizes, correction)
    shift = float(log_factor(curve.sizes, log_power) @ weights)
    if curve.exact:
        if (curve.low == 0).any() or (curve.statistic == "mean" and (curve.low < 0).any()):
            return None
        half = float((np.abs(weights) * curve.resolution / np.abs(curve.low)).sum(axis=1).max())
        low, high = _bounds(curve, weights, shift)
        return Sample(completions(low[:1], high[:1]), half)
    if curve.statistic != "per_seed":
        means = log_means(curve.low, curve.statistic)
        return None if means is None else Sample((jackknife(means[0], weights, means[1]) - shift)[None])
    if curve.complete:
        return Sample((np.log(curve.low) @ weights - shift)[None])
    return Sample(completions(*_bounds(curve, weights, shift)))


def _bounds(curve: Curve, weights: np.ndarray, shift: float) -> tuple[np.ndarray, np.ndarray]:
    low, high = np.log(np.abs(curve.low)), np.log(np.abs(curve.high))
    smallest = np.where(weights > 0, low, high) @ weights
    biggest = np.where(weights > 0, high, low) @ weights
    return smallest - shift, biggest - shift


def fitted_line(
    values: np.ndarray,
    sizes: np.ndarray,
    *,
    corrections: Sequence[float] = (0.5, 1.0),
    log_power: float = 0.0,
    statistic: str = "per_seed",
    num: int = 50,
) -> tuple[np.ndarray, np.ndarray]:
    """Return (x, y) of the fitted curve for a plot, averaged in log over the corrections.

    It passes through the center of the measured values: geometric mean over seeds, mean or
    root mean square. Sizes without any usable value are left out; with fewer than four of
    them both arrays are empty.
    """
    sizes, center = _centers(values, sizes, statistic)
    if len(sizes) < 4:
        return np.empty(0), np.empty(0)
    grid, logs = tuple(sizes.tolist()), np.log(center) - log_factor(tuple(sizes.tolist()), log_power)
    x = np.geomspace(sizes[0], sizes[-1], num)
    total = np.zeros(num)
    used = tuple(corrections) or (np.inf,)
    for b in used:
        coefficients = np.linalg.pinv(design_matrix(grid, b)) @ logs
        columns = [np.ones(num), np.log(x), (x / x[0]) ** -b][: len(coefficients)]
        total += np.stack(columns, axis=1) @ coefficients
    return x, np.exp(total / len(used) + log_factor(tuple(x.tolist()), log_power))


def _centers(values: np.ndarray, sizes: np.ndarray, statistic: str) -> tuple[np.ndarray, np.ndarray]:
    values, sizes = np.asarray(values, float), np.asarray(sizes, float)
    present = np.ma.masked_where(~np.isfinite(values) | (values <= 0), values)
    if statistic == "per_seed":
        center = np.ma.exp(np.ma.log(present).mean(axis=0))
    elif statistic == "mean":
        center = present.mean(axis=0)
    else:
        center = np.ma.sqrt((present**2).mean(axis=0))
    center = np.ma.filled(center, np.nan)
    good = np.isfinite(center)
    return sizes[good], center[good]
