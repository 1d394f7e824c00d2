"""Where everything of a chart goes, in points, from the measured widths of its texts."""

from collections.abc import Callable
from dataclasses import dataclass

from .canvas import Point
from .key import Item, key_width, rows_height, rows_of, stack_height, wrapped
from .scales import Scale, categories, finite, linear_scale, log_scale
from .spec import Spec
from .style import SIZE, text_width

TICK, SMALL, EDGE, OFFSET = 3.0, SIZE - 0.5, 2.0, 5.0


@dataclass(frozen=True)
class Layout:
    """The plot rectangle, its two scales, and the key with its place."""

    left: float
    bottom: float
    width: float
    height: float
    paper: tuple[float, float]
    places: Scale
    values: Scale
    flip: bool
    items: list[Item]
    rows: list[list[Item]]

    def at(self, place: float, value: float) -> Point:
        """Paper coordinates of a place on the x axis and a value."""
        along, up = self.places.place(place), self.values.place(value)
        if self.flip:
            return self.left + up * self.width, self.bottom + (1 - along) * self.height
        return self.left + along * self.width, self.bottom + up * self.height


def arrange(spec: Spec, make_items: Callable[[Scale], list[Item]], inches: float) -> Layout:
    """Lay a chart out for a paper width in inches.

    Names that do not fit side by side go down the left edge, with values to the right.
    Labels stand beside the curves where the paper is wide enough, else above.
    """
    paper = inches * 72
    places, values = _place_scale(spec, paper), _value_scale(spec, 6)
    flip = spec.names is not None and _crowded(places, paper * 0.55)
    items = make_items(values)
    side = not flip and inches >= 4
    items = wrapped(items, paper * 0.24 if side else paper - 24)
    rows = [] if side else rows_of(items, paper - 2 * EDGE)
    down = places if flip else values
    left = EDGE + max((text_width(*_sized(t)) for t in down.labels), default=0) + TICK + 3 + OFFSET
    right = key_width(items) + 12 if side and items else EDGE + _overhang(values if flip else places)
    width = max(paper - left - right, 60.0)
    height = len(places.ticks) * 13.0 + 6 if flip else min(max(width * 0.64, 100.0), 235.0)
    if side:
        height = max(height, stack_height(items) - 6)
    bottom = OFFSET + TICK + 10 + (12 if (spec.y_label if flip else spec.x_label) else 0) + EDGE
    head = rows_height(rows) + (17 if not flip or spec.where else 6)
    return Layout(left, bottom, width, height, (paper, bottom + height + head), places, values, flip, items, rows)


def _sized(tick: tuple[str, bool]) -> tuple[str, float, bool]:
    return tick[0], SMALL, tick[1]


def _overhang(scale: Scale) -> float:
    if not scale.labels:
        return 4.0
    return max(text_width(*_sized(scale.labels[-1])) / 2 - 4, 4.0)


def _crowded(places: Scale, room: float) -> bool:
    return sum(text_width(*_sized(t)) + 10 for t in places.labels) > room


def _place_scale(spec: Spec, paper: float) -> Scale:
    if spec.names is not None:
        return categories(spec.names)
    measured = finite(spec.places)
    every = measured + [v for line in spec.lines for v in finite(line.x)]
    room = max(int(paper / 40), 3)
    if spec.x_log and min(every, default=1.0) > 0:
        return log_scale(every, measured if len(set(measured)) <= 12 else (), max(room, 12))
    return linear_scale(every, measured, room)


def _value_scale(spec: Spec, room: int) -> Scale:
    return log_scale(_shown(spec), room=room) if spec.y_log else linear_scale(_on_scale(spec), room=room)


def _shown(spec: Spec) -> list[float]:
    """Values of a log axis: an interval end far below everything else is cut, not followed."""
    body = [v for c in spec.curves for v in finite(c.center) + [p for g in c.points for p in g]]
    body += [v for line in spec.lines for v in finite(line.y)]
    floor = min((v for v in body if v > 0), default=0.0) * 1e-2
    return body + [v for v in spec.values() if v > floor]


def _on_scale(spec: Spec) -> list[float]:
    """Values of a linear axis: a bound thirty times further than the data stays off it."""
    data = [v for curve in spec.curves for v in curve.values()]
    if not data:
        return spec.values()
    reach = 30 * max(max(data) - min(data), max(abs(v) for v in data) * 0.05)
    return [v for v in spec.values() if min(data) - reach <= v <= max(data) + reach]


def visible(scale: Scale, value: float) -> bool:
    """Whether a value lies on the axis (a far bound may not)."""
    return scale.log or scale.low <= value <= scale.high
