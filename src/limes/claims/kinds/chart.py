"""The standard figure of a kind, as plain data: measured series with intervals, and lines."""

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from limes.stats import Decision
from limes.stats.intervals import t_interval

from .numbers import named
from .slices import Slice

if TYPE_CHECKING:
    from .prediction import Prediction

_POINTS = 2000  # single seeds are drawn up to so many; beyond that the interval says it better
_SERIES = 5  # more curves than that in one frame cannot be told apart
Judged = list[tuple[Slice, Decision]]


class Mark(NamedTuple):
    """A line of the figure; `role` is fit, predicted, bound or reference; `y` one value per size (or at each `x`), or one per cell."""

    role: str
    label: str
    y: Any
    x: Any = None


class _Curve(NamedTuple):
    where: dict[str, Any]
    axis: str
    places: list[Any]
    values: np.ndarray  # (seeds, places)
    marks: list[Mark]
    words: str


def chart(name: str, prediction: "Prediction", judged: Judged) -> list[dict[str, Any]]:
    """Lay the slices of one prediction out as figures of at most five series over common places."""
    groups: dict[str, list[_Curve]] = {}
    for curve in _curves(prediction, judged):
        groups.setdefault(repr(curve.places), []).append(curve)
    frames = [group[i : i + _SERIES] for group in groups.values() for i in range(0, len(group), _SERIES)]
    return [_frame(name, prediction, frame) for frame in frames]


def _frame(name: str, prediction: "Prediction", curves: list[_Curve]) -> dict[str, Any]:
    places = curves[0].places
    values = np.concatenate([curve.values.ravel() for curve in curves])
    log = prediction.logarithmic and not (values < 0).any() and bool((values > 0).any())
    words = "; ".join(curve.words for curve in curves)
    return {
        "name": name,
        "kind": prediction.kind,
        "where": {},
        "x": {"label": curves[0].axis, "values": plain(places), "log": _wide(places)},
        "y": {"label": prediction.q, "log": log},
        "series": [_series(curve, log) for curve in curves],
        "lines": _distinct([_line(curve, mark) for curve in curves for mark in curve.marks]),
        "words": (words if curves[0].where else words[:1].upper() + words[1:]) + ".",
    }


def _curves(prediction: "Prediction", judged: Judged) -> list[_Curve]:
    """Make one curve per slice along `over`, or gather single cells along their longest axis."""
    if judged and judged[0][0].over is not None:
        return [
            _Curve(
                p.where,
                str(p.over),
                p.sizes.tolist(),
                p.measured(prediction.q),
                prediction.marks(p),
                said(prediction, [(p, d)]),
            )
            for p, d in judged
        ]
    axis = _longest([part.where for part, _ in judged])
    groups: dict[str, Judged] = {}
    for part, decision in judged:
        groups.setdefault(repr(_without(part.where, axis)), []).append((part, decision))
    return [_gathered(prediction, axis, group) for group in groups.values()]


def _gathered(prediction: "Prediction", axis: str, group: Judged) -> _Curve:
    values = np.stack([part.measured(prediction.q) for part, _ in group], axis=1)
    places = [part.where.get(axis, prediction.q) for part, _ in group]
    marks = [prediction.marks(part) for part, _ in group]
    joined = [Mark(first.role, first.label, [row[i].y for row in marks]) for i, first in enumerate(marks[0])]
    return _Curve(_without(group[0][0].where, axis), axis, places, values, joined, said(prediction, group))


def said(prediction: "Prediction", group: Judged) -> str:
    """Say what one curve shows; many cells are summed up by their extremes."""
    if len(group) == 1:
        part, decision = group[0]
        prefix = f"{named(part.where)}: " if part.where else ""
        return prefix + prediction.words(part, decision)
    estimates = [decision.estimate for _, decision in group if decision.estimate is not None]
    span = f"{prediction.scale} from {min(estimates):.3g} to {max(estimates):.3g}" if estimates else "no finite value"
    passed = sum(decision.verdict == "supported" for _, decision in group)
    return f"{len(group)} cells, {span}, {passed} of {len(group)} as predicted"


def _series(curve: _Curve, log: bool) -> dict[str, Any]:
    """Make one series: the mean (of logs on a log axis) with a 95 % t interval, and the seeds."""
    values = np.asarray(curve.values, dtype=float)
    center, low, high = zip(*(_center(column, log) for column in values.T), strict=True)
    seeds = len(values)
    return {
        "label": named(curve.where) or ("measured" if seeds == 1 else f"measured, {seeds} seeds"),
        "center": plain(center),
        "low": plain(low),
        "high": plain(high),
        "points": plain(values.T) if seeds > 1 and values.size <= _POINTS else None,
    }


def _center(column: np.ndarray, log: bool) -> tuple[float, float, float]:
    finite = column[np.isfinite(column)]
    if not finite.size:
        return math.nan, math.nan, math.nan
    finite = finite[finite > 0] if log and (finite > 0).any() else finite
    log = log and bool((finite > 0).all())
    if finite.size == 1:
        return float(finite[0]), math.nan, math.nan
    scaled = np.log(finite) if log else finite
    middle, (low, high) = float(scaled.mean()), t_interval(scaled, 0.025)
    if not log:
        return middle, low, high
    with np.errstate(over="ignore"):
        return float(np.exp(middle)), float(np.exp(low)), float(np.exp(high))


def _line(curve: _Curve, mark: Mark) -> dict[str, Any]:
    return {
        "role": mark.role,
        "label": mark.label,
        "x": plain(curve.places if mark.x is None else mark.x),
        "y": plain(np.asarray(mark.y, dtype=float)),
    }


def _distinct(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [entry for i, entry in enumerate(lines) if entry not in lines[:i]]


def _longest(places: list[dict[str, Any]]) -> str:
    counts = {axis: len({repr(place[axis]) for place in places}) for axis in (places[0] if places else {})}
    return max(counts, key=lambda axis: counts[axis]) if counts else "measured"


def _without(where: dict[str, Any], axis: str) -> dict[str, Any]:
    return {name: value for name, value in where.items() if name != axis}


def _wide(values: list[Any]) -> bool:
    """Use a logarithmic axis for positive sizes that span more than a decade."""
    if len(values) < 3 or not all(isinstance(v, (int, float)) and v > 0 for v in values):
        return False
    return max(values) / min(values) >= 20


def plain(values: Any) -> list[Any]:
    """Turn numbers into JSON numbers, with None for what is not finite."""
    if isinstance(values, np.ndarray):
        values = values.tolist()
    return [
        plain(v) if isinstance(v, list) else None if isinstance(v, float) and not math.isfinite(v) else v
        for v in values
    ]
