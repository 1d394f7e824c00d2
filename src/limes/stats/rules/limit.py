"""Decision rule of a limit: the error vanishes at the claimed rate and leaves no floor."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from limes._errors import InputError
from limes.stats.curve import Curve, prepare
from limes.stats.decision import INCONCLUSIVE, REFUTED, SUPPORTED, Decision
from limes.stats.plateau import floor_limit, smallest_error, tail_slope

from .rate import judge_band, slope_samples


def limit(
    errors: np.ndarray,
    sizes: np.ndarray,
    *,
    slope: float,
    level: float,
    band: float = 0.1,
    corrections: Sequence[float] = (0.5, 1.0),
    log_power: float = 0.0,
    resolution: float | np.ndarray | None = None,
    largest: float | None = None,
    statistic: str = "per_seed",
) -> Decision:
    r"""Judge the claim "e(p) vanishes like $p^{m}$, m = slope < 0".

    *Supported* if the slope lies in the band (as in `rate`) and the upper limit of the floor
    F in $e\,p^{-m} = C + F p^{-m}$ is at most max(resolution, half the smallest mean error).
    *Refuted* if nothing vanishes any more: on the upper half of the grid the lower limit of
    the plain slope is above $-\delta$, $\delta = \min(\text{band}, |m|/2)$. A law that
    vanishes at another rate is *inconclusive*: it contradicts the rate, not the limit. What
    surprises: on a finite grid a decay slower than $p^{-\delta}$ cannot be told from none and
    counts as none; a floor of less than about nine tenths of the last value is inconclusive.

    Raises:
        InputError: slope not negative, or those of `rate`.
    """
    if not (slope < 0 and band > 0):
        raise InputError(f"a limit needs slope < 0 and band > 0; got {slope} and {band}; growth is a divergence.")
    curve = prepare(
        errors, sizes, band=band, statistic=statistic, log_power=log_power, resolution=resolution, largest=largest
    )
    if isinstance(curve, Decision):
        return curve
    samples = slope_samples(curve, corrections, log_power)
    if isinstance(samples, Decision):
        return samples
    decision = judge_band(samples, slope - band, slope + band, level, what="slope")
    floor = floor_limit(curve, slope, level, log_power)
    allowed = max(float(curve.resolution.max()), smallest_error(curve) / 2)
    return _verdict(decision, _p_constant(curve, min(band, -slope / 2), log_power), level, floor, allowed)


def _p_constant(curve: Curve, delta: float, log_power: float) -> float:
    tail = tail_slope(curve, log_power)
    return 1.0 if tail is None else tail.p_above(-delta)


def _verdict(decision: Decision, p_value: float, level: float, floor: float, allowed: float) -> Decision:
    if decision.verdict == SUPPORTED and floor <= allowed:
        return replace(decision, p_value=p_value)
    if p_value <= level:
        reason = "on the upper half of the grid the quantity no longer decays."
        return replace(decision, verdict=REFUTED, reason=reason, p_value=p_value)
    reason = decision.reason
    if decision.verdict == SUPPORTED:
        reason = f"a floor of up to {floor:.3g} fits the data, above {allowed:.3g}; larger sizes would settle it."
    elif decision.verdict == REFUTED:
        reason = f"it seems to vanish at another rate: {decision.reason} State that rate, or take larger sizes."
    return replace(decision, verdict=INCONCLUSIVE, reason=reason, p_value=p_value)
