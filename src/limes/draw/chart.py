"""The standard figure of a claim, drawn from its Chart JSON.

What was measured is drawn as markers with interval bars over faint single seeds (a band
where there are many sizes), a fit solid, a prediction dashed, a bound dash-dotted in
another color; each is labeled beside its end. Zeros on a log axis stand on its lower edge
with a hollow triangle.
"""

from collections.abc import Mapping
from typing import Any

from .canvas import Canvas, Point
from .frame import draw_frame
from .key import Item, above, beside
from .layout import Layout, arrange, visible
from .picture import Picture, compose
from .scales import Scale, finite
from .spec import Curve, Line, Spec, read
from .style import BLUE, GREEN, INK, MARKERS, ORANGE, PURPLE, ROLES, SKY, VERMILION, width_of
from .tables import chart_table, chart_words

COLORS = (BLUE, GREEN, PURPLE, ORANGE, SKY, VERMILION)
MANY, SEEDS = 12, 40


def chart(spec: Mapping[str, Any], *, salt: str, width: float | str = "page") -> Picture:
    """Draw a Chart JSON as a `Picture`; the same spec and salt give the same bytes.

    `width` is a paper width (inches, `8.4cm`, or a name of `WIDTHS`). The words are the
    chart's own, or made from its numbers where it has none. Raises `InputError` when the
    chart lacks an axis.
    """
    record = read(spec)
    words = record.words or chart_words(record)
    return compose(lambda inches: draw(record, inches), words, chart_table(record), salt, width_of(width))


def draw(spec: Spec, inches: float) -> Any:
    """The matplotlib figure of a chart at a paper width."""
    layout = arrange(spec, lambda scale: _items(spec, scale), inches)
    canvas = Canvas(*layout.paper)
    draw_frame(canvas, layout, spec)
    for k, line in enumerate(spec.lines):
        _draw_line(canvas, layout, spec, line, _line_color(spec, k))
    for k, curve in enumerate(spec.curves):
        _draw_curve(canvas, layout, spec, curve, k)
    if layout.rows:
        above(canvas, layout.rows, 2.0, layout.paper[1] - 1)
    else:
        beside(canvas, layout.items, layout.left + layout.width + 10, layout.bottom, layout.height)
    return canvas.figure


def _items(spec: Spec, scale: Scale) -> list[Item]:
    curves = [_curve_item(spec, c, k, scale.place(c.last())) for k, c in enumerate(spec.curves)]
    lines = []
    for k, line in enumerate(spec.lines):
        ends = finite(line.y) or [0.0]
        shown = [y for y in ends if visible(scale, y)]
        end = (shown or ends)[-1]
        label = line.label if shown else f"{line.label} (off the scale)"
        _, dashes, width = ROLES.get(line.role, ROLES["reference"])
        dashes = "solid" if spec.names and len(set(line.y)) > 1 else dashes
        lines.append(Item(label, _line_color(spec, k), dashes=dashes, width=width, anchor=scale.place(end)))
    zeros = scale.log and any(v <= 0 for c in spec.curves for v in c.values()[: _count(c)])
    mark = [Item("zero or below", INK, "v", filled=False, anchor=0.0)] if zeros else []
    return curves + _distinct(lines) + mark


def _distinct(items: list[Item]) -> list[Item]:
    """Lines that look and read alike share one entry, at the first one's height."""
    return list({(item.label, item.color, item.dashes): item for item in reversed(items)}.values())[::-1]


def _curve_item(spec: Spec, curve: Curve, k: int, anchor: float) -> Item:
    color = COLORS[k % 6]
    if _smooth(spec):
        return Item(curve.label, color, dashes="solid", width=1.2, anchor=anchor)
    return Item(curve.label, color, MARKERS[k % 6], anchor=anchor, bar=bool(finite(curve.low)))


def _count(curve: Curve) -> int:
    return len(finite(curve.center)) + sum(map(len, curve.points))


def _smooth(spec: Spec) -> bool:
    return spec.names is None and len(spec.places) > MANY


def _line_color(spec: Spec, k: int) -> str:
    role = spec.lines[k].role
    fits = [i for i, line in enumerate(spec.lines) if line.role == "fit"]
    if role == "fit" and len(fits) == len(spec.curves):
        return COLORS[fits.index(k) % 6]
    return ROLES.get(role, ROLES["reference"])[0]


def _draw_line(canvas: Canvas, layout: Layout, spec: Spec, line: Line, color: str) -> None:
    _, dashes, width = ROLES.get(line.role, ROLES["reference"])
    pairs = [(x, y) for x, y in zip(line.x, line.y, strict=True) if x is not None and y is not None]
    level = len({y for _, y in pairs}) == 1
    pairs = [(x, y) for x, y in pairs if visible(layout.values, y)]
    if spec.names and level and pairs:
        pairs = [(layout.places.low, pairs[0][1]), (layout.places.high, pairs[0][1])]
    points = [layout.at(x, y) for x, y in pairs]
    if spec.names and not level:
        canvas.segments([(layout.at(x - 0.36, y), layout.at(x + 0.36, y)) for x, y in pairs], color, width + 0.3)
    elif len(points) == 1:
        canvas.segments([((x - 9, y), (x + 9, y)) for x, y in points], color, width)
    else:
        canvas.line(points, color, width, dashes)


def _draw_curve(canvas: Canvas, layout: Layout, spec: Spec, curve: Curve, k: int) -> None:
    color, marker = COLORS[k % 6], MARKERS[k % 6]
    shift = _dodge(layout, spec, k)
    seeds = [_moved(layout.at(x, v), shift) for x, v in _seeds(spec, curve) if not _zero(layout, v)]
    canvas.dots(seeds, color)
    places = [(x, v) for x, v in zip(spec.places, curve.center, strict=True) if x is not None and v is not None]
    centers = [_moved(layout.at(x, v), shift) for x, v in places if not _zero(layout, v)]
    _draw_interval(canvas, layout, spec, curve, color, shift)
    if _smooth(spec):
        canvas.line(centers, color, 1.2)
    else:
        fits = any(line.role == "fit" for line in spec.lines)
        if spec.names is None and (len(spec.curves) > 1 or not fits):
            canvas.line(centers, color, 0.6, alpha=0.6)
        canvas.marks(centers, marker, color)
    zeros = [_moved(layout.at(x, v), shift) for x, v in [*places, *_seeds(spec, curve)] if _zero(layout, v)]
    canvas.marks(list(dict.fromkeys(zeros)), "v", color, 5.0, filled=False)


def _draw_interval(canvas: Canvas, layout: Layout, spec: Spec, curve: Curve, color: str, shift: Point) -> None:
    ends = [
        (_moved(layout.at(x, a), shift), _moved(layout.at(x, b), shift))
        for x, a, b in zip(spec.places, curve.low, curve.high, strict=True)
        if x is not None and a is not None and b is not None
    ]
    if _smooth(spec):
        canvas.band([a for a, _ in ends], [b for _, b in ends], color)
    else:
        canvas.segments(ends, color, 1.0)


def _seeds(spec: Spec, curve: Curve) -> list[tuple[float, float]]:
    """Single seeds, thinned evenly to forty at one place: more would only be a stain."""
    kept = []
    for x, group in zip(spec.places, curve.points, strict=True):
        step = max(1, -(-len(group) // SEEDS))
        kept += [(x, v) for v in sorted(group)[::step]] if x is not None else []
    return kept


def _zero(layout: Layout, value: float) -> bool:
    return layout.values.log and value <= 0


def _dodge(layout: Layout, spec: Spec, k: int) -> Point:
    if spec.names is None or len(spec.curves) < 2:
        return 0.0, 0.0
    offset = (k - (len(spec.curves) - 1) / 2) * 4.5
    return (0.0, -offset) if layout.flip else (offset, 0.0)


def _moved(point: Point, shift: Point) -> Point:
    return point[0] + shift[0], point[1] + shift[1]
