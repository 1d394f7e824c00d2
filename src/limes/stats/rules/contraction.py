"""Decision rule of a contraction: the fitted factor per step lies in a band."""

from dataclasses import replace

import numpy as np

from limes._errors import InputError
from limes.stats.curve import check_values, resolution_by_size, typical
from limes.stats.decision import INCONCLUSIVE, SUPPORTED, Decision, inconclusive
from limes.stats.intervals import Sample

from .rate import judge_band

WINDOWS = (1 / 3, 1 / 2, 2 / 3)
MIN_STEPS = 12
CLEARANCE = 100.0


def contraction(
    gaps: np.ndarray,
    steps: np.ndarray,
    *,
    factor: float,
    level: float,
    band: float = 0.02,
    resolution: float | np.ndarray | None = None,
) -> Decision:
    r"""Judge the claim $f_k - f^* \approx C \rho^k$ with $\rho$ in factor +- band.

    `gaps` has shape (seeds, steps). Steps run to the last one before the gap falls to 100
    times the resolution (the floor). Per seed the slope of log gap is fitted on the three
    windows that drop the first 1/3, 1/2 and 2/3; all three t intervals must agree, inside
    the band or on one side of it. The three windows guard against transients, which no
    correction term cures. The band is narrowed to half of 1 - factor, so that standing
    still is never inside. Gaps that overflow or vanish end the windows for all seeds and
    block support if they are not finite. One seed is a deterministic run and needs
    `resolution`.

    Raises:
        InputError: factor outside (0, 1), bad shapes, or one seed without resolution.
    """
    if not (0 < factor < 1 and band > 0):
        raise InputError(f"contraction needs 0 < factor < 1 and band > 0; got {factor} and {band}.")
    steps = np.asarray(steps, float)
    if steps.ndim != 1 or not (np.diff(steps) > 0).all():
        raise InputError(f"steps must be increasing numbers; got {steps.tolist()}; sort them.")
    gaps = check_values(gaps, steps)
    if len(gaps) == 1 and resolution is None:
        raise InputError("one deterministic run needs resolution=; got None; give its rounding or solver error.")
    floor = np.zeros(len(steps)) if resolution is None else resolution_by_size(resolution, gaps.shape)
    if not np.isfinite(floor).all():
        return inconclusive("the measured resolution is not finite at some step; mend those runs.")
    stop = _last_clear(gaps, floor)
    if stop < MIN_STEPS:
        return inconclusive(
            f"only {stop} recorded steps lie above {CLEARANCE:g} times the floor; at least {MIN_STEPS} would settle it: "
            "record more often or start farther away."
        )
    exact = bool((gaps[:, :stop] == gaps[:1, :stop]).all())
    if exact and resolution is None:
        return inconclusive("all seeds give identical gaps; declare resolution= or random=False.")
    samples = [_window(gaps[:, :stop], steps[:stop], floor[:stop], share, exact) for share in WINDOWS]
    return _judge(samples, factor, min(band, (1 - factor) / 2), level, finite=bool(np.isfinite(gaps).all()))


def _last_clear(gaps: np.ndarray, floor: np.ndarray) -> int:
    """Count the leading steps at which all gaps are usable and typically above the floor."""
    usable = np.isfinite(gaps) & (gaps > 0)
    clear = usable.all(axis=0) & ~(typical(gaps, ~usable, "per_seed") <= CLEARANCE * floor)
    return len(clear) if clear.all() else int(np.argmin(clear))


def _window(gaps: np.ndarray, steps: np.ndarray, floor: np.ndarray, share: float, exact: bool) -> Sample:
    start = int(np.ceil(share * len(steps)))
    x, y = steps[start:], np.log(gaps[:, start:])
    weights = (x - x.mean()) / np.sum((x - x.mean()) ** 2)
    if exact:
        half = float(np.sum(np.abs(weights) * floor[start:] / gaps[0, start:]))
        return Sample((y[:1] @ weights)[None], half)
    return Sample((y @ weights)[None])


def _judge(samples: list[Sample], factor: float, band: float, level: float, *, finite: bool) -> Decision:
    low, high = max(factor - band, factor / 2), factor + band
    decision = judge_band(samples, float(np.log(low)), float(np.log(high)), level, what="factor", show=np.exp)
    if decision.verdict == SUPPORTED and not finite:
        return replace(decision, verdict=INCONCLUSIVE, reason="some recorded gaps are not finite; mend those runs.")
    return decision
