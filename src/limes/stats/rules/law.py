"""Decision rule of a law: a Monte-Carlo value equals the predicted one."""

from dataclasses import replace

import numpy as np

from limes._errors import InputError
from limes.stats.decision import INCONCLUSIVE, REFUTED, SUPPORTED, Decision, inconclusive
from limes.stats.intervals import MAX_AFFECTED, Sample, completions, median_interval, sign_p_value, skew_p_value

from .rate import judge_band

LARGEST_SHARE = 0.2
STATISTICS = ("mean", "median", "mean_log")


def law(
    values: np.ndarray,
    predicted: float | np.ndarray,
    *,
    level: float,
    band: float = 0.05,
    statistic: str = "mean",
    resolution: float | np.ndarray | None = None,
    largest: float | None = None,
) -> Decision:
    r"""Judge the claim "values equal the prediction" by their ratio, within 1 +- band.

    The t interval of the mean ratio ("mean"), the order-statistic interval of its median
    ("median"), or exp of the t interval of its log ("mean_log") must lie inside
    (1 - band, 1 + band) to support, outside to refute (for the mean also after Johnson's
    correction for skewness, johnson:1978). A mean carried by one unit, whose squared ratio
    is more than a fifth of the sum of squares, is refused: its t interval is far too
    optimistic. A missing unit (value or prediction not finite) takes its worst place between
    resolution (or 0, or -largest among negative values) and largest. One seed is
    deterministic: ratio +- resolution / |predicted|.

    Raises:
        InputError: a prediction of 0, a band outside (0, 1), bad shapes or statistic.
    """
    values = np.asarray(values, float)
    if values.ndim != 1 or len(values) < 1 or statistic not in STATISTICS or not 0 < band < 1:
        raise InputError(
            f"law needs values of shape (seeds,), 0 < band < 1 and a statistic of {', '.join(STATISTICS)}; "
            f"got shape {values.shape}, band {band} and {statistic!r}."
        )
    target = np.broadcast_to(np.asarray(predicted, float), values.shape)
    if (target == 0).any():
        raise InputError("predicted must not be 0, since the ratio is judged; judge a defect with identity instead.")
    span = _ratios(values, target, resolution, largest, statistic)
    if isinstance(span, Decision):
        return span
    low, high = span
    if len(values) == 1 or (resolution is not None and _identical(low, high)):
        return _exact(low, high, target, resolution, band, level)
    if _identical(low, high):
        return inconclusive(
            f"all {len(values)} seeds give the same ratio {low[0]:.6g}, so there is no noise to measure; "
            "declare resolution= (0 if the values are exact)."
        )
    if statistic == "median":
        return _median(low, high, band, level)
    return _mean(low, high, band, level, log=statistic == "mean_log")


def _identical(low: np.ndarray, high: np.ndarray) -> bool:
    return bool((low == low[0]).all() and (high == low[0]).all())


def _ratios(
    values: np.ndarray, target: np.ndarray, resolution: float | np.ndarray | None, largest: float | None, statistic: str
) -> tuple[np.ndarray, np.ndarray] | Decision:
    """Return the lowest and highest ratio of each unit; they differ where it is missing."""
    ratios = values / target
    missing = ~np.isfinite(ratios) | ((ratios <= 0) if statistic == "mean_log" else False)
    if not missing.any():
        return ratios, ratios
    if statistic == "median":
        return np.where(missing, -np.inf, ratios), np.where(missing, np.inf, ratios)
    num = int(missing.sum())
    what = f"{num} of {len(values)} units have no usable value"
    if largest is None or not np.isfinite(largest) or not np.isfinite(target).all() or num > MAX_AFFECTED:
        return inconclusive(f"{what}; mend them, declare largest= (at most {MAX_AFFECTED} units) or use the median.")
    bottom = 0.0 if resolution is None else float(np.max(resolution))
    if statistic == "mean_log" and not 0 < bottom <= largest:
        return inconclusive(f"{what}; the worst case of a log needs 0 < resolution <= largest; declare one.")
    if statistic == "mean" and (values[~missing] < 0).any():
        bottom = -largest
    ends = np.stack([bottom / target, largest / target])
    return np.where(missing, ends.min(axis=0), ratios), np.where(missing, ends.max(axis=0), ratios)


def _exact(
    low: np.ndarray,
    high: np.ndarray,
    target: np.ndarray,
    resolution: float | np.ndarray | None,
    band: float,
    level: float,
) -> Decision:
    if not (np.isfinite(low).all() and np.isfinite(high).all()):
        return inconclusive("the value is not finite; mend that run.")
    half = 0.0 if resolution is None else float(np.max(np.asarray(resolution) / np.abs(target)))
    sample = Sample(completions(low[:1], high[:1]), half)
    return judge_band([sample], 1 - band, 1 + band, level, what="ratio")


def _mean(low: np.ndarray, high: np.ndarray, band: float, level: float, *, log: bool) -> Decision:
    if log:
        sample = Sample(completions(np.log(low), np.log(high)))
        return judge_band([sample], float(np.log1p(-band)), float(np.log1p(band)), level, what="ratio", show=np.exp)
    shares = [(v / np.abs(v).max()) ** 2 for v in (low, high) if v.any()]
    share = max((float(squares.max() / squares.sum()) for squares in shares), default=0.0)
    if share > LARGEST_SHARE:
        return inconclusive(
            f"one of {len(low)} units carries {share:.0%} of the sum of squares (a fifth is allowed), so the mean is "
            "not judged; use statistic='median', average inside the unit, or run more seeds."
        )
    sample = Sample(completions(low, high))
    decision = judge_band([sample], 1 - band, 1 + band, level, what="ratio")
    edges = (1 - band, 1 + band)
    above = max(sum(skew_p_value(row, edge, above=True) for edge in edges) for row in sample.rows)
    below = max(sum(skew_p_value(row, edge, above=False) for edge in edges) for row in sample.rows)
    p_value = max(decision.p_value, min(above, below))
    if decision.verdict == REFUTED and p_value > level:
        reason = "the ratio leaves the band, but not after a correction for skewness; more seeds would settle it."
        return replace(decision, verdict=INCONCLUSIVE, reason=reason, p_value=p_value)
    return replace(decision, p_value=p_value)


def _median(low: np.ndarray, high: np.ndarray, band: float, level: float) -> Decision:
    num = len(low)
    interval = (median_interval(low, level)[0], median_interval(high, level)[1])
    estimate = float(np.median(np.where(np.isfinite(low), low, np.inf)))
    shown = interval if np.isfinite(interval).all() else None
    number = estimate if np.isfinite(estimate) else None
    edges = (1 - band, 1 + band)
    above = sum(sign_p_value(int((low > edge).sum()), num) for edge in edges)
    below = sum(sign_p_value(int((high < edge).sum()), num) for edge in edges)
    p_value = min(above, below, 1.0)
    if 1 - band < interval[0] and interval[1] < 1 + band:
        return Decision(SUPPORTED, number, shown, "", p_value)
    if p_value <= level:
        side = "above" if above < below else "below"
        reason = f"the median ratio lies {side} the band [{1 - band:.4g}, {1 + band:.4g}]."
        return Decision(REFUTED, number, shown, reason, p_value)
    reason = f"the interval of the median ratio leaves the band [{1 - band:.4g}, {1 + band:.4g}]; more seeds would settle it."
    return Decision(INCONCLUSIVE, number, shown, reason, p_value)
