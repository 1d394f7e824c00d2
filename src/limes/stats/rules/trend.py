"""Decision rule of a trend: values tend to rise (or fall) along the sizes."""

import numpy as np

from limes._errors import InputError
from limes.stats.curve import check_values
from limes.stats.decision import INCONCLUSIVE, REFUTED, SUPPORTED, Decision, inconclusive
from limes.stats.intervals import median_interval, median_rank, sign_p_value


def kendall(values: np.ndarray, resolution: float | np.ndarray = 0.0) -> tuple[np.ndarray, np.ndarray]:
    r"""Return the lowest and highest Kendall tau of each row over what is missing or not resolved.

    tau = (concordant - discordant pairs) / all pairs, ties counting 0. A pair with a missing
    value, or closer than the sum of its resolutions, counts -1 in the first result and +1 in
    the second. Source: kendall:1938.
    """
    first, second = np.triu_indices(values.shape[1], k=1)
    finite = np.isfinite(values)
    known = finite[:, first] & finite[:, second]
    safe = np.where(finite, values, 0.0)
    error = np.broadcast_to(np.asarray(resolution, float), values.shape)
    slack = error[:, first] + error[:, second]
    known &= (slack == 0) | (np.abs(safe[:, second] - safe[:, first]) > slack)
    signs = np.where(known, np.sign(safe[:, second] - safe[:, first]), 0.0).sum(axis=1)
    open_pairs = (~known).sum(axis=1)
    return (signs - open_pairs) / len(first), (signs + open_pairs) / len(first)


def trend(
    values: np.ndarray,
    sizes: np.ndarray,
    *,
    increasing: bool,
    level: float,
    resolution: float | np.ndarray = 0.0,
) -> Decision:
    r"""Judge the claim "the median over seeds of Kendall's tau is positive" (or negative).

    Each seed gives one tau over its sizes; the order-statistic interval of their median is
    distribution-free. *Supported* if it lies on the claimed side of zero, *refuted* if on the
    other, or at zero: a flat curve does not rise. A pair of sizes with a missing value counts at its worst. One row is deterministic:
    its tau is exact and its sign decides. What surprises: a curve that rises and then falls
    less still has positive tau; the estimate says how strict the order is.

    Raises:
        InputError: bad shapes or sizes.
    """
    sizes = np.asarray(sizes, float)
    if sizes.ndim != 1 or not (np.isfinite(sizes).all() and (np.diff(sizes) > 0).all()):
        raise InputError(f"sizes must be finite and increasing; got {sizes.tolist()}; sort the grid.")
    values = check_values(values, sizes)
    if len(sizes) < 2:
        return inconclusive("a trend needs at least two sizes; add one.")
    low, high = kendall(values, resolution)
    sign = 1.0 if increasing else -1.0
    worst, best = (low, high) if increasing else (-high, -low)
    if len(values) == 1:
        p_value, interval = (0.0 if best[0] <= 0 else 1.0), (float(low[0]), float(high[0]))
        supported = worst[0] > 0
    else:
        p_value = sign_p_value(int((best <= 0).sum()), len(values))
        interval = (median_interval(low, level)[0], median_interval(high, level)[1])
        supported = sign_p_value(int((worst > 0).sum()), len(values)) <= level
    estimate = float(np.median(low + high) / 2)
    shown = interval if np.isfinite(interval).all() else None
    if supported:
        return Decision(SUPPORTED, estimate, shown, "", p_value)
    if p_value <= level:
        return Decision(REFUTED, estimate, shown, "the values do not tend that way.", p_value)
    return Decision(INCONCLUSIVE, estimate, shown, _why_open(values, sign * estimate, level), p_value)


def _why_open(values: np.ndarray, toward: float, level: float) -> str:
    missing = int((~np.isfinite(values)).sum())
    if median_rank(len(values), level) == 0 and len(values) > 1:
        needed = int(np.ceil(-np.log2(level)))
        return f"{len(values)} seeds are too few for an interval of a median; {needed} would settle it."
    lost = f" ({missing} missing values count at their worst)" if missing else ""
    side = "the claimed" if toward > 0 else "the other"
    return f"the median tau leans to {side} side but its interval contains 0{lost}; more seeds would settle it."
