"""The Chart JSON read into plain records: curves and lines over numbers or names.

Foreign numbers are checked here: null, NaN, infinity, text and lists of unequal length
never reach the drawing; what is missing is skipped.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from limes._errors import InputError

from .escape import printable
from .scales import finite, number

Values = list[float | None]


@dataclass(frozen=True)
class Curve:
    """What was measured: centers, intervals and the single seeds at each place."""

    label: str
    center: Values
    low: Values
    high: Values
    points: list[list[float]]

    def values(self) -> list[float]:
        """Every finite number of the curve, interval ends included."""
        seeds = [v for group in self.points for v in group]
        return finite(self.center) + seeds + finite(self.low) + finite(self.high)

    def last(self) -> float:
        """Last finite center or seed value: where a direct label belongs."""
        return (finite(self.center) or [v for group in self.points for v in group] or [0.0])[-1]


@dataclass(frozen=True)
class Line:
    """What theory or a fit says: a polyline with its role."""

    role: str
    label: str
    x: Values
    y: Values


@dataclass(frozen=True)
class Spec:
    """A whole chart: labels, places on the x axis, curves and lines."""

    x_label: str
    y_label: str
    x_log: bool
    y_log: bool
    places: Values
    names: list[str] | None
    curves: list[Curve]
    lines: list[Line]
    where: str
    words: str

    def values(self) -> list[float]:
        """Every number that the y axis has to show."""
        measured = [v for curve in self.curves for v in curve.values()]
        return measured + [v for line in self.lines for v in finite(line.y)]


def read(chart: Mapping[str, Any]) -> Spec:
    """Read a Chart JSON; raises `InputError` when x, y or the series are missing."""
    for name in ("x", "y"):
        if not isinstance(chart.get(name), Mapping):
            raise InputError(
                f"A chart needs {name!r} with a label, but {chart.get(name)!r} came; see the chart of any claim."
            )
    x, y = chart["x"], chart["y"]
    raw = list(x.get("values") or [])
    names = _names(raw, chart.get("lines") or []) if any(isinstance(v, str) for v in raw) else None
    places = _places(raw, names)
    return Spec(
        x_label=_title(x.get("label")),
        y_label=_title(y.get("label")),
        x_log=bool(x.get("log")) and names is None,
        y_log=bool(y.get("log")),
        places=places,
        names=names,
        curves=[_curve(s, len(raw)) for s in chart.get("series") or []],
        lines=[_line(entry, names) for entry in chart.get("lines") or []],
        where=where(chart.get("where") or {}),
        words=printable(chart.get("words") or ""),
    )


def where(coordinates: object) -> str:
    """A slice in words: `d = 3, tau = 0.5`; empty for anything but a mapping."""
    if not isinstance(coordinates, Mapping):
        return ""
    return ", ".join(f"{printable(name)} = {short(value)}" for name, value in coordinates.items())


def short(value: object, digits: int = 4) -> str:
    """A number in few digits, typeset minus included; other things as text."""
    x = number(value)
    if x is None:
        return "" if value is None else printable(value)
    if x == round(x) and abs(x) < 1e7:
        return f"{x:.0f}".replace("-", "\u2212")
    return f"{x:.{digits}g}".replace("-", "\u2212")


def _title(text: object) -> str:
    return printable(text or "").replace("_", " ")


def _names(raw: Sequence[Any], lines: Sequence[Mapping[str, Any]]) -> list[str]:
    every = [*raw, *(v for line in lines for v in line.get("x") or [] if isinstance(v, str))]
    return list(dict.fromkeys(printable(v) for v in every))


def _places(raw: Sequence[Any], names: list[str] | None) -> Values:
    if names is None:
        return [number(v) for v in raw]
    at = {name: float(k) for k, name in enumerate(names)}
    return [at.get(printable(v)) for v in raw]


def _padded(values: object, length: int) -> Values:
    given = [number(v) for v in values] if isinstance(values, list | tuple) else []
    return (given + [None] * length)[:length]


def _curve(series: Mapping[str, Any], length: int) -> Curve:
    groups = series.get("points")
    groups = list(groups) if isinstance(groups, list | tuple) else []
    points = [finite(g) if isinstance(g, list | tuple) else [] for g in groups]
    return Curve(
        label=printable(series.get("label") or "measured"),
        center=_padded(series.get("center"), length),
        low=_padded(series.get("low"), length),
        high=_padded(series.get("high"), length),
        points=(points + [[] for _ in range(length)])[:length],
    )


def _line(entry: Mapping[str, Any], names: list[str] | None) -> Line:
    x, y = list(entry.get("x") or []), list(entry.get("y") or [])
    size = min(len(x), len(y))
    role = str(entry.get("role") or "reference")
    return Line(role, printable(entry.get("label") or role), _places(x, names)[:size], [number(v) for v in y[:size]])
