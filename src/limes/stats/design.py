"""Seeds that a design needs, and whether it can be settled at all, before the budget is spent."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from limes._errors import InputError

from .curve import prepare
from .decision import Decision
from .exponent import design_matrix, exponent_weights, log_factor, slope_sample
from .intervals import t_quantile
from .looks import LOOKS, look_level

LEVEL = look_level(len(LOOKS))
MOST_SEEDS = 1_000_000
HOPELESS = 0.05


@dataclass(frozen=True)
class Plan:
    """What a pilot says: noise, chance of support with the budget, seeds needed, advice.

    `noise` is the standard deviation of the judged number of one seed (slope or ratio) for
    the worst declared correction. `seeds` is None beyond a million. `hopeless` says that the
    budget supports a true claim with less than 5 % probability.
    """

    noise: float
    probability: float
    seeds: int | None
    budget: int
    hopeless: bool
    reason: str


def support_probability(spread: float, band: float, seeds: int, level: float = LEVEL) -> float:
    r"""Return the chance that a true claim at the band's center is supported at one look.

    $2\,\Phi(d / \mathrm{se} - t_{1-\text{level}, S-1}) - 1$ with $\mathrm{se} =$ spread$/\sqrt{S}$;
    `spread` is the standard deviation over seeds of the judged number.

    Raises:
        InputError: fewer than two seeds, or a band or spread that is not positive.
    """
    if seeds < 2 or not (band > 0 and spread >= 0):
        raise InputError(f"need seeds >= 2, band > 0 and spread >= 0; got {seeds}, {band} and {spread}.")
    if spread == 0:
        return 1.0
    excess = band * np.sqrt(seeds) / spread - t_quantile(level, seeds - 1)
    return max(0.0, float(2 * special.ndtr(excess) - 1))


def seeds_needed(spread: float, band: float, probability: float = 0.9, level: float = LEVEL) -> int | None:
    """Return the fewest seeds whose support probability reaches the target, None beyond 10^6.

    Errors: those of `support_probability`, and an InputError for a target outside (0, 1).
    """
    if not 0 < probability < 1:
        raise InputError(f"probability must lie between 0 and 1; got {probability}.")
    low, high = 1, 2
    while support_probability(spread, band, high, level) < probability:
        low, high = high, 2 * high
        if low >= MOST_SEEDS:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        good = support_probability(spread, band, middle, level) >= probability
        low, high = (low, middle) if good else (middle, high)
    return high


def slope_spread(sizes: Sequence[float] | np.ndarray, noise: float, corrections: Sequence[float] = (0.5, 1.0)) -> float:
    r"""Return the standard deviation of one seed's fitted slope, $\max_b \|w_b\|$ times noise.

    `noise` is the standard deviation of log e at one size, independent over sizes.
    """
    used = tuple(corrections) or (np.inf,)
    return noise * max(float(np.linalg.norm(exponent_weights(sizes, b))) for b in used)


def claim_probability(probability: float, pairs: int) -> float:
    """Return the least chance that all judged pairs are supported, 1 - m (1 - probability)."""
    return max(0.0, 1 - pairs * (1 - probability))


def plan_rate(
    pilot: np.ndarray,
    sizes: np.ndarray,
    *,
    band: float = 0.1,
    corrections: Sequence[float] = (0.5, 1.0),
    log_power: float = 0.0,
    statistic: str = "per_seed",
    resolution: float | np.ndarray | None = None,
    budget: int = LOOKS[-1],
    probability: float = 0.9,
    level: float = LEVEL,
) -> Plan | Decision:
    r"""Predict from a pilot (seeds, sizes) whether `budget` seeds support a true rate.

    The spread of a slope is the larger of two estimates: over the pilot's slopes, and from
    the residuals of each seed's fit times $\|w_b\|$. The pilot is look 1, not extra data.
    Returns the inconclusive decision of the guards where the curve cannot be judged.

    Raises:
        InputError: fewer than three seeds, or those of `rate`.
    """
    if len(pilot) < 3:
        raise InputError(f"a pilot needs at least 3 seeds; got {len(pilot)}; run 8.")
    curve = prepare(pilot, sizes, band=band, statistic=statistic, log_power=log_power, resolution=resolution)
    if isinstance(curve, Decision):
        return curve
    spread = 0.0
    logs = np.log(np.abs(curve.low)) - log_factor(curve.sizes, log_power)
    for b in tuple(corrections) or (np.inf,):
        sample = slope_sample(curve, float(b), log_power)
        if sample is not None:
            spread = max(spread, float(sample.errors.max()) * np.sqrt(sample.seeds))
        if statistic == "per_seed":
            spread = max(spread, _residual_noise(logs, curve.sizes, b) * slope_spread(curve.sizes, 1.0, (b,)))
    return _plan(spread, band, budget, probability, level, what="slope")


def plan_law(
    pilot: np.ndarray,
    predicted: float | np.ndarray,
    *,
    band: float = 0.05,
    statistic: str = "mean",
    budget: int = LOOKS[-1],
    probability: float = 0.9,
    level: float = LEVEL,
) -> Plan:
    r"""Predict from a pilot (seeds,) whether `budget` seeds support a true law.

    The spread is the standard deviation of the ratio (of its log for "mean_log"; times
    $\sqrt{\pi / 2}$ for "median").

    Raises:
        InputError: fewer than three finite seeds, or a prediction of 0.
    """
    target = np.broadcast_to(np.asarray(predicted, float), np.shape(pilot))
    if not (np.isfinite(target).all() and (target != 0).all()):
        raise InputError(f"predicted must be finite and not 0; got {predicted}.")
    ratios = np.asarray(pilot, float) / target
    good = ratios[np.isfinite(ratios) & ((ratios > 0) | (statistic != "mean_log"))]
    if len(good) < 3:
        raise InputError(f"a pilot needs at least 3 usable seeds; got {len(good)}; run 8.")
    spread = float(np.log(good).std(ddof=1) if statistic == "mean_log" else good.std(ddof=1))
    if statistic == "median":
        spread *= float(np.sqrt(np.pi / 2))
    return _plan(spread, band, budget, probability, level, what="ratio")


def _residual_noise(logs: np.ndarray, sizes: tuple[float, ...], correction: float) -> float:
    matrix = design_matrix(sizes, float(correction))
    residual = logs - logs @ np.linalg.pinv(matrix).T @ matrix.T
    centered = residual - residual.mean(axis=0)
    freedom = (len(logs) - 1) * (len(sizes) - matrix.shape[1])
    return float(np.sqrt(np.sum(centered**2) / freedom))


def _plan(spread: float, band: float, budget: int, probability: float, level: float, *, what: str) -> Plan:
    chance = support_probability(spread, band, budget, level)
    seeds = seeds_needed(spread, band, probability, level)
    number = "more than a million" if seeds is None else str(seeds)
    head = f"one seed's {what} has noise {spread:.3g}; a band of {band:g} needs {number} seeds for {probability:.0%}"
    hopeless = chance < HOPELESS
    if chance >= probability:
        reason = f"{head}; {budget} seeds give {chance:.1%}."
    else:
        inner = "" if seeds is None else f", average {-(-seeds // budget)} draws inside each unit"
        word = "hopeless" if hopeless else "weak"
        larger = " or enlarge the range" if what == "slope" else ""
        reason = f"{word}: {head}, but {budget} seeds give {chance:.1%}{inner}{larger}."
    return Plan(spread, chance, seeds, budget, hopeless, reason)
