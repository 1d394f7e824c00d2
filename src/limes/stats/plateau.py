"""Floors under a decaying curve: how large they may be, and whether anything still decays."""

from dataclasses import replace

import numpy as np

from .curve import Curve
from .exponent import log_factor, slope_sample
from .intervals import Sample, completions


def floor_sample(curve: Curve, slope: float, log_power: float = 0.0) -> Sample:
    r"""Return over seeds the floor F of $e_s(p)\, p^{a} = C + F p^{a}$ with $a = -$slope fixed.

    Least squares per seed; with a log factor both sides carry $(\log p)^{-q}$. For the
    statistic "mean_square" it is the floor of E e^2, with exponent 2a.
    """
    power = 2.0 if curve.statistic == "mean_square" else 1.0
    sizes = np.asarray(curve.sizes)
    scale = np.exp(power * (-slope * np.log(sizes) - log_factor(curve.sizes, log_power)))
    weights = np.linalg.pinv(np.stack([np.ones_like(scale), scale], axis=1))[1] * scale
    low, high = curve.low, curve.high
    if curve.exact:
        low, high = np.maximum(np.abs(low[:1]) - curve.resolution, 0.0), np.abs(high[:1]) + curve.resolution
    low, high = low**power, high**power
    smallest = np.where(weights > 0, low, high) @ weights
    biggest = np.where(weights > 0, high, low) @ weights
    if curve.exact:
        return Sample((smallest + biggest)[None] / 2, float((biggest - smallest).max() / 2))
    return Sample(completions(smallest, biggest))


def floor_limit(curve: Curve, slope: float, level: float, log_power: float = 0.0) -> float:
    """Return the upper limit of the floor on the scale of the errors."""
    upper = max(0.0, floor_sample(curve, slope, log_power).interval(level)[1])
    return float(np.sqrt(upper)) if curve.statistic == "mean_square" else upper


def smallest_error(curve: Curve) -> float:
    """Return the smallest over sizes of the mean error (root mean square for "mean_square")."""
    if curve.statistic == "mean_square":
        return float(np.sqrt((curve.low**2).mean(axis=0)).min())
    return float(np.abs(curve.low).mean(axis=0).min())


def tail_slope(curve: Curve, log_power: float = 0.0) -> Sample | None:
    r"""Return the plain slope over the upper half of the grid, sizes $p \ge \sqrt{p_1 p_G}$.

    No correction is fitted: a transient $k p^{-b}$ with k > 0 only makes it steeper, so that
    a slope near zero here says that the decay is over.
    """
    sizes = np.asarray(curve.sizes)
    start = min(int(np.argmax(sizes >= np.sqrt(sizes[0] * sizes[-1]) * (1 - 1e-9))), len(sizes) - 3)
    low = curve.low[:, start:]
    high = low if curve.complete else curve.high[:, start:]
    tail = replace(curve, sizes=curve.sizes[start:], low=low, high=high, resolution=curve.resolution[start:])
    return slope_sample(tail, np.inf, log_power)
