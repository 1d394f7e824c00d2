"""Decision rule of a bound on an expectation, at every size of a grid."""

import numpy as np

from limes._errors import InputError
from limes.stats.curve import MIN_SIZES
from limes.stats.decision import INCONCLUSIVE, REFUTED, SUPPORTED, Decision, inconclusive
from limes.stats.intervals import MAX_AFFECTED, Sample, completions

MIN_SEEDS = 32
CLEAR_SUPPORT = 0.8
CLEAR_REFUTATION = 1.05


def expectation_bound(
    values: np.ndarray,
    bounds: float | np.ndarray,
    *,
    level: float,
    resolution: float | np.ndarray | None = None,
    largest: float | None = None,
) -> Decision:
    r"""Judge the claim $E\,e(p) \le B(p)$ at each of at least 5 sizes, by the ratio e / B.

    *Supported* if at every size the upper limit (one-sided `level`) of the mean ratio is at
    most 1 and the mean at most 0.8; *refuted* if at some size the lower limit (`level` over
    the number of sizes) is above 1 and the mean above 1.05. Fewer than 32 seeds are
    inconclusive: its looks are 32 and 64, each at half of alpha. What surprises: a bound
    that is nearly attained is not decided by sampling; test the identity behind it as a law. The estimate is the largest mean ratio. A missing value takes [resolution or 0,
    largest] at its worst.

    Raises:
        InputError: bounds not positive, or bad shapes.
    """
    values = np.asarray(values, float)
    if values.ndim != 2:
        raise InputError(f"values must have shape (seeds, sizes); got {values.shape}; stack one row per seed.")
    bounds = np.broadcast_to(np.asarray(bounds, float), values.shape)
    if (bounds <= 0).any():
        raise InputError(f"bounds must be positive; got {float(np.nanmin(bounds)):g}; judge the quantity with bound.")
    seeds, num = values.shape
    if num < MIN_SIZES:
        return inconclusive(f"{num} sizes are too few for an expectation bound; at least {MIN_SIZES} would settle it.")
    if seeds < MIN_SEEDS:
        return inconclusive(
            f"{seeds} seeds are too few for an expectation bound; looks at {MIN_SEEDS} and more decide."
        )
    if not np.isfinite(bounds).all():
        return inconclusive(f"{int((~np.isfinite(bounds)).sum())} bounds are not finite; mend those runs.")
    samples = _samples(values, bounds, resolution, largest)
    return samples if isinstance(samples, Decision) else _judge(samples, level)


def _samples(
    values: np.ndarray, bounds: np.ndarray, resolution: float | np.ndarray | None, largest: float | None
) -> list[Sample] | Decision:
    missing = ~np.isfinite(values)
    affected = int(missing.any(axis=1).sum())
    if affected and (largest is None or not np.isfinite(largest) or affected > MAX_AFFECTED):
        return inconclusive(
            f"{int(missing.sum())} of {values.size} units are not finite; mend them, or declare largest= "
            f"(at most {MAX_AFFECTED} seeds affected)."
        )
    floor = np.broadcast_to(0.0 if resolution is None else np.asarray(resolution, float), values.shape)
    ratios = values / bounds
    low = np.where(missing, floor / bounds, ratios)
    high = np.where(missing, (0.0 if largest is None else largest) / bounds, ratios)
    samples = []
    for i in range(values.shape[1]):
        half = None
        if (low[:, i] == low[0, i]).all() and not missing[:, i].any():
            if resolution is None:
                return inconclusive("all seeds give the same value at some size; declare resolution= (0 if exact).")
            half = float((floor[:, i] / bounds[:, i]).max())
        samples.append(Sample(completions(low[:, i], high[:, i]), half))
    return samples


def _judge(samples: list[Sample], level: float) -> Decision:
    uppers = [sample.interval(level)[1] for sample in samples]
    lowers = [sample.interval(level / len(samples))[0] for sample in samples]
    means = [float(sample.means.max()) for sample in samples]
    p_values = [sample.p_above(1.0) if sample.means.min() > CLEAR_REFUTATION else 1.0 for sample in samples]
    p_value = min(1.0, len(samples) * min(p_values))
    worst = int(np.argmax(means))
    estimate, interval = samples[worst].estimate, (lowers[worst], uppers[worst])
    if max(uppers) <= 1 and max(means) <= CLEAR_SUPPORT:
        return Decision(SUPPORTED, estimate, interval, "", p_value)
    if p_value <= level:
        place = int(np.argmin(p_values))
        return Decision(REFUTED, estimate, interval, f"the mean exceeds the bound at size number {place}.", p_value)
    reason = (
        f"the largest mean ratio is {means[worst]:.3g} with upper limit {max(uppers):.3g}; below {CLEAR_SUPPORT:g} more "
        "seeds would settle it, near 1 only a law for the identity behind the bound."
    )
    return Decision(INCONCLUSIVE, estimate, interval, reason, p_value)
