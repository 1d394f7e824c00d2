"""Measured curves made ready for a fit: resolution cut, missing values, guards."""

from dataclasses import dataclass

import numpy as np

from limes._errors import InputError

from .decision import Decision, inconclusive
from .intervals import MAX_AFFECTED

MIN_SIZES = 5
MIN_RANGE = 64.0
STATISTICS = ("per_seed", "mean", "mean_square")


@dataclass(frozen=True)
class Curve:
    """Values of all seeds on the sizes that are judged; missing cells span [low, high].

    `resolution` is per size and zero where none was declared; `exact` says that the values
    carry no noise (one deterministic curve, or identical seeds), so that the half-width of
    a fit comes from the resolution.
    """

    sizes: tuple[float, ...]
    low: np.ndarray
    high: np.ndarray
    resolution: np.ndarray
    exact: bool
    statistic: str

    @property
    def complete(self) -> bool:
        """Whether no cell is missing."""
        return self.low is self.high


def check_sizes(sizes: np.ndarray, log_power: float = 0.0) -> np.ndarray:
    """Return the sizes as floats, or raise an error that names the first bad one.

    Raises:
        InputError: sizes not positive, finite and increasing, or not above e under a log factor.
    """
    sizes = np.asarray(sizes, float)
    good = sizes.ndim == 1 and bool(np.isfinite(sizes).all() and (sizes > 0).all() and (np.diff(sizes) > 0).all())
    if not good:
        raise InputError(f"sizes must be positive, finite and increasing; got {sizes.tolist()}; sort the grid.")
    if log_power and sizes[0] <= np.e:
        raise InputError(f"with log_power={log_power} all sizes must exceed e = 2.718; got {sizes[0]:g}; drop it.")
    return sizes


def check_values(values: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Return the values as a float array of shape (seeds, sizes), or raise an InputError."""
    values = np.asarray(values, float)
    if values.ndim != 2 or values.shape[1] != len(sizes) or len(values) < 1:
        raise InputError(f"values must have shape (seeds, {len(sizes)}); got {values.shape}; stack one row per seed.")
    return values


def check_statistic(statistic: str, seeds: int, unresolved: bool) -> str:
    """Return the statistic to use: one deterministic curve is judged as it is, with its resolution.

    Raises:
        InputError: an unknown statistic, or one seed without resolution.
    """
    if statistic not in STATISTICS:
        raise InputError(f"statistic must be one of {', '.join(STATISTICS)}; got {statistic!r}.")
    if seeds > 1:
        return statistic
    if unresolved:
        raise InputError("one deterministic curve needs resolution=; got None; give 0 only for exact counts.")
    return "per_seed"


def range_too_small(sizes: np.ndarray) -> Decision | None:
    """Return an inconclusive decision if fewer than 5 sizes or a range below 64 remain."""
    ratio = sizes[-1] / sizes[0] if len(sizes) else 1.0
    if len(sizes) >= MIN_SIZES and ratio >= MIN_RANGE * (1 - 1e-9):
        return None
    return inconclusive(
        f"range too small: {len(sizes)} usable sizes over a factor {ratio:g}; "
        f"at least {MIN_SIZES} sizes over a factor {MIN_RANGE:g} would settle it."
    )


def missing_cells(values: np.ndarray, statistic: str) -> np.ndarray:
    """Mark the cells without a usable value: not finite, or without logarithm."""
    missing = ~np.isfinite(values)
    return missing | (values <= 0) if statistic == "per_seed" else missing


def typical(values: np.ndarray, missing: np.ndarray, statistic: str) -> np.ndarray:
    """Return the center of each size: median, mean or root mean square of the finite values."""
    present = np.ma.masked_array(values, missing)
    if statistic == "per_seed":
        center = np.ma.median(present, axis=0)
    elif statistic == "mean":
        center = present.mean(axis=0)
    else:
        center = np.ma.sqrt((present**2).mean(axis=0))
    return np.ma.filled(center, np.nan)


def resolution_by_size(resolution: float | np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Return one resolution per size, the median over seeds of a measured one (NaN if none is finite).

    Raises:
        InputError: it does not broadcast to (seeds, sizes), or is negative.
    """
    try:
        full = np.broadcast_to(np.asarray(resolution, float), shape)
    except ValueError as error:
        raise InputError(f"resolution must broadcast to {shape}; got shape {np.shape(resolution)}.") from error
    by_size = np.ma.filled(np.ma.median(np.ma.masked_invalid(full), axis=0), np.nan)
    if (by_size < 0).any():
        raise InputError(f"resolution must be at least 0 at every size; got {by_size.tolist()}; measure it again.")
    return by_size


def prepare(
    values: np.ndarray,
    sizes: np.ndarray,
    *,
    band: float = 0.1,
    statistic: str = "per_seed",
    log_power: float = 0.0,
    resolution: float | np.ndarray | None = None,
    largest: float | None = None,
) -> Curve | Decision:
    r"""Apply the guards of a slope rule; return the curve to fit, or why there is none.

    Sizes with resolution above $0.1\,\mathrm{median}_s\, e_s(p)$ (0.03 where the band is at
    most 0.05) are dropped for all seeds at once: a cut per seed would select. A missing cell
    spans [resolution, largest].

    Raises:
        InputError: wrong shapes or sizes, an unknown statistic, or one seed without resolution.
    """
    sizes = check_sizes(sizes, log_power)
    values = check_values(values, sizes)
    statistic = check_statistic(statistic, len(values), resolution is None)
    missing = missing_cells(values, statistic)
    floor = np.zeros(len(sizes)) if resolution is None else resolution_by_size(resolution, values.shape)
    if not np.isfinite(floor).all():
        return inconclusive("the measured resolution is not finite at some size; mend those runs.")
    if resolution is not None:
        share = 0.03 if band <= 0.05 else 0.1
        keep = ~(floor > share * typical(values, missing, statistic))
        sizes, values, missing, floor = sizes[keep], values[:, keep], missing[:, keep], floor[keep]
    guard = range_too_small(sizes)
    if guard is not None:
        return guard
    span = span_missing(values, missing, floor, largest, statistic)
    if isinstance(span, Decision):
        return span
    exact = len(values) == 1 or bool((values == values[:1]).all())
    if exact and resolution is None:
        return inconclusive(
            f"all {len(values)} seeds give identical values, so there is no noise to measure; "
            "declare resolution= (0 for exact counts) or random=False."
        )
    return Curve(tuple(sizes.tolist()), *span, floor, exact, statistic)


def span_missing(
    values: np.ndarray, missing: np.ndarray, floor: np.ndarray, largest: float | None, statistic: str
) -> tuple[np.ndarray, np.ndarray] | Decision:
    """Let missing cells span [resolution, largest], or say why their worst case is unknown."""
    if not missing.any():
        return values, values
    cells, seeds = int(missing.sum()), int(missing.any(axis=1).sum())
    what = f"{cells} of {missing.size} cells in {seeds} of {len(missing)} seeds have no usable value"
    if statistic != "per_seed":
        return inconclusive(f"{what}, and a statistic over seeds has no worst case; mend those runs.")
    if seeds > MAX_AFFECTED:
        return inconclusive(f"{what}, more than the {MAX_AFFECTED} seeds whose worst case is checked; mend those runs.")
    if largest is None or not np.isfinite(largest):
        return inconclusive(f"{what}, and no largest= is declared; declare the largest admissible value or mend them.")
    bottom = np.broadcast_to(floor, values.shape)[missing]
    if not (bottom > 0).all() or largest < bottom.max():
        return inconclusive(f"{what}; their worst case needs 0 < resolution <= largest; declare a positive resolution.")
    low, high = values.copy(), values.copy()
    low[missing], high[missing] = bottom, largest
    return low, high
