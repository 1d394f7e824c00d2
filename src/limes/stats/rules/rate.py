"""Decision rule of a rate: the log-log slope lies in a band around the claimed one."""

from collections.abc import Callable, Sequence

import numpy as np

from limes._errors import InputError
from limes.stats.curve import Curve, prepare
from limes.stats.decision import INCONCLUSIVE, REFUTED, SUPPORTED, Decision, inconclusive
from limes.stats.exponent import slope_sample
from limes.stats.intervals import Sample, t_quantile

Show = Callable[[float], float]


def rate(
    errors: np.ndarray,
    sizes: np.ndarray,
    *,
    slope: float,
    level: float,
    band: float = 0.1,
    corrections: Sequence[float] = (0.5, 1.0),
    log_power: float = 0.0,
    statistic: str = "per_seed",
    resolution: float | np.ndarray | None = None,
    largest: float | None = None,
) -> Decision:
    r"""Judge the claim $e_s(p) = C p^{m} (\log p)^q (1 + k p^{-b})$ with $m$ in slope +- band.

    `errors` has shape (seeds, sizes); corrections fade as sizes grow, so give 1/h for a step
    size h. For each b in `corrections` the slopes of all seeds
    give a t interval; *supported* if every interval lies inside the band, *refuted* if all
    lie above it or all below it (intersection-union, berger:1982), so it is valid as soon as
    one declared b is right. One seed means a deterministic curve: the half-width is
    sum |w_i| r_i / e_i from `resolution`, and there is no t interval. The statistics "mean"
    and "mean_square" judge the slope of log E e and of log sqrt(E e^2) by jackknife
    pseudo-values (tukey:1958). An empty `corrections` fits the pure power law, which mistakes
    curvature for a wrong exponent.

    Raises:
        InputError: bad shapes or sizes, band not positive, or one seed without resolution.
    """
    if not band > 0:
        raise InputError(f"band must be positive; got {band}; half the gap to the nearest rival slope is usual.")
    curve = prepare(
        errors, sizes, band=band, statistic=statistic, log_power=log_power, resolution=resolution, largest=largest
    )
    if isinstance(curve, Decision):
        return curve
    samples = slope_samples(curve, corrections, log_power)
    if isinstance(samples, Decision):
        return samples
    return judge_band(samples, slope - band, slope + band, level, what="slope")


def slope_samples(curve: Curve, corrections: Sequence[float], log_power: float) -> list[Sample] | Decision:
    """Return one sample of slopes per declared correction, or why there is none."""
    samples = []
    for b in tuple(corrections) or (np.inf,):
        sample = slope_sample(curve, float(b), log_power)
        if sample is None:
            return inconclusive("a mean over seeds is not positive, so it has no logarithm; judge its square instead.")
        samples.append(sample)
    return samples


def union(samples: Sequence[Sample], level: float) -> tuple[float, tuple[float, float]]:
    """Return the mean estimate and the union of the intervals of several fits."""
    ends = [sample.interval(level) for sample in samples]
    estimate = sum(sample.estimate for sample in samples) / len(samples)
    return estimate, (min(low for low, _ in ends), max(high for _, high in ends))


def judge_band(
    samples: Sequence[Sample], low: float, high: float, level: float, *, what: str, show: Show = float
) -> Decision:
    r"""Judge by band: supported if all intervals are inside, refuted if all are on one side.

    The p-value of the refutation is the smaller over sides of the largest over fits; of one
    fit it is $P(T > (|m - c| - d)/\mathrm{se}) + P(T > (|m - c| + d)/\mathrm{se})$ with c
    and d center and half-width of the band, the test of an interval (hodges:1954). The second
    term matters only where the noise exceeds the band; without it the level there is nearly
    doubled. `show` (float or exp) maps the judged scale to the printed one.
    """
    inner, ends = union(samples, level)
    estimate, interval = float(show(inner)), (float(show(ends[0])), float(show(ends[1])))
    above = max(sample.p_above(high) + sample.p_above(low) for sample in samples)
    below = max(sample.p_below(low) + sample.p_below(high) for sample in samples)
    p_value = min(above, below, 1.0)
    if low < ends[0] and ends[1] < high:
        return Decision(SUPPORTED, estimate, interval, "", p_value)
    band = f"the band [{show(low):.4g}, {show(high):.4g}]"
    if p_value <= level:
        side = "above" if above < below else "below"
        return Decision(REFUTED, estimate, interval, f"the {what} lies {side} {band}.", p_value)
    head = f"{what} in [{interval[0]:.4g}, {interval[1]:.4g}], which leaves {band}"
    return Decision(INCONCLUSIVE, estimate, interval, f"{head}; {_remedy(samples, low, high, level, what)}", p_value)


def _remedy(samples: Sequence[Sample], low: float, high: float, level: float, what: str) -> str:
    larger = " or a larger range" if what == "slope" else ""
    if samples[0].half is not None:
        return f"a smaller resolution{larger} would settle it."
    seeds = seeds_to_settle(samples, low, high, level)
    if seeds is None:
        return "the fits disagree about the side, so only a longer range or run would settle it."
    return f"about {seeds} seeds at this noise{larger} would settle it."


def seeds_to_settle(samples: Sequence[Sample], low: float, high: float, level: float) -> int | None:
    r"""Return the seeds at which the present estimates would leave the interval off both edges.

    $S \approx (t s / g)^2$ with g the distance of the estimate to the nearest edge; None
    where the fits lie on different sides of an edge, which no number of seeds mends.
    """
    places = {(sample.estimate > high) - (sample.estimate < low) for sample in samples}
    if len(places) > 1:
        return None
    needed = samples[0].seeds + 1.0
    for sample in samples:
        gap = max(min(abs(sample.estimate - low), abs(high - sample.estimate)), 1e-9)
        spread = float(sample.errors.max()) * np.sqrt(sample.seeds)
        needed = max(needed, (t_quantile(level, max(8, sample.seeds - 1)) * spread / gap) ** 2)
    return int(min(np.ceil(needed), 10**6))
