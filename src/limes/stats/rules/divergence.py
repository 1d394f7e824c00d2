"""Decision rule of a divergence: the quantity grows at least like a power of the size."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from limes._errors import InputError
from limes.stats.curve import check_sizes, check_values, prepare, range_too_small
from limes.stats.decision import INCONCLUSIVE, REFUTED, SUPPORTED, Decision, inconclusive
from limes.stats.intervals import Sample, sign_p_value

from .rate import slope_samples, union

MIN_PREFIX = 3


def divergence(
    values: np.ndarray,
    sizes: np.ndarray,
    *,
    margin: float,
    level: float,
    corrections: Sequence[float] = (0.5, 1.0),
    log_power: float = 0.0,
    resolution: float | np.ndarray | None = None,
    largest: float | None = None,
) -> Decision:
    r"""Judge the claim "values grow at least like $p^{\text{margin}}$".

    *Supported* if the lower limit of the log-log slope exceeds `margin` for every b in
    `corrections`, *refuted* if every upper limit is below it. Overflow (+inf) is evidence
    here only, and only after observed growth: with at least 5 sizes over a factor 64 where
    no seed overflows these sizes decide; else every seed must have grown at each of its
    finite sizes (three at least, faster than `margin` in all) before it overflowed for good,
    and a sign test over seeds decides ($2^{-S} \le$ level). With overflow the claim is never
    refuted.

    Raises:
        InputError: margin not finite or negative, or those of `rate`.
    """
    if not 0 <= margin < np.inf:
        raise InputError(f"margin must be finite and at least 0; got {margin}; it is a log-log slope.")
    sizes = check_sizes(sizes, log_power)
    values = check_values(values, sizes)
    finite = ~np.isposinf(values).any(axis=0)
    if range_too_small(sizes[finite]) is not None and not finite.all():
        return _sign_test(values, sizes, margin, level)
    kept = None if resolution is None else np.broadcast_to(np.asarray(resolution, float), values.shape)[:, finite]
    curve = prepare(values[:, finite], sizes[finite], log_power=log_power, resolution=kept, largest=largest)
    if isinstance(curve, Decision):
        return curve
    samples = slope_samples(curve, corrections, log_power)
    if isinstance(samples, Decision):
        return samples
    decision = _judge(samples, margin, level)
    return decision if finite.all() else _after_overflow(decision, int((~finite).sum()))


def _judge(samples: list[Sample], margin: float, level: float) -> Decision:
    estimate, interval = union(samples, level)
    p_value = max(sample.p_below(margin) for sample in samples)
    if interval[0] > margin:
        return Decision(SUPPORTED, estimate, interval, "", p_value)
    if p_value <= level:
        return Decision(REFUTED, estimate, interval, f"it grows slower than size^{margin:g}.", p_value)
    where = f"slope in [{interval[0]:.3g}, {interval[1]:.3g}], on both sides of the margin {margin:g}"
    reason = f"{where}; more seeds or a larger range would settle it."
    return Decision(INCONCLUSIVE, estimate, interval, reason, p_value)


def _after_overflow(decision: Decision, sizes: int) -> Decision:
    if decision.verdict == SUPPORTED:
        return replace(decision, reason=f"judged on the sizes without overflow; {sizes} larger ones overflow.")
    reason = (
        f"{sizes} sizes overflow and the others show no growth beyond the margin; judge log values or smaller sizes."
    )
    return replace(decision, verdict=INCONCLUSIVE, reason=reason, p_value=1.0)


def _sign_test(values: np.ndarray, sizes: np.ndarray, margin: float, level: float) -> Decision:
    grew = sum(_grew_then_overflowed(row, sizes, margin) for row in values)
    p_value = sign_p_value(grew, len(values))
    if grew == len(values) and p_value <= level:
        return Decision(SUPPORTED, reason=f"all {grew} seeds grow at every finite size and then overflow.")
    return inconclusive(
        f"{grew} of {len(values)} seeds show growth before overflow; all must, and at least "
        f"{int(np.ceil(-np.log2(level)))} of them; more sizes below the overflow would settle it."
    )


def _grew_then_overflowed(row: np.ndarray, sizes: np.ndarray, margin: float) -> bool:
    finite = np.isfinite(row)
    stop = len(row) if finite.all() else int(np.argmin(finite))
    head = row[:stop]
    if stop < MIN_PREFIX or finite[stop:].any() or not (head > 0).all() or not (np.diff(head) > 0).all():
        return False
    if stop < len(row) and not np.isposinf(row[stop]):
        return False
    return bool(np.log(head[-1] / head[0]) > margin * np.log(sizes[stop - 1] / sizes[0]))
