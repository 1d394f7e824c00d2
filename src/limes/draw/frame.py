"""Axes of a chart: two thin lines set off from the data, ticks, labels."""

from collections.abc import Callable

from .canvas import Canvas
from .layout import EDGE, OFFSET, SMALL, TICK, Layout
from .scales import Scale
from .spec import Spec
from .style import SIZE, text_width


def draw_frame(canvas: Canvas, layout: Layout, spec: Spec) -> None:
    """Draw both axes with their labels and, above, the slice that is shown."""
    across = layout.values if layout.flip else layout.places
    down = layout.places if layout.flip else layout.values
    _draw_across(canvas, layout, across)
    _draw_down(canvas, layout, down)
    right, top = layout.left + layout.width, layout.bottom + layout.height
    below, beside = (spec.y_label, spec.x_label) if layout.flip else (spec.x_label, spec.y_label)
    canvas.text(layout.left + layout.width / 2, EDGE + 2, below, align="center")
    start = EDGE if layout.flip else max(EDGE, layout.left - OFFSET - text_width(beside) / 2)
    if not layout.flip:
        start = EDGE
        canvas.text(start, top + 6, beside)
    gap = right - start - (0 if layout.flip else text_width(beside))
    if text_width(spec.where, SIZE - 0.5) + 10 < gap:
        canvas.text(right, top + 6, spec.where, align="right", size=SIZE - 0.5)


def _draw_across(canvas: Canvas, layout: Layout, scale: Scale) -> None:
    y = layout.bottom - OFFSET
    canvas.line([(layout.left, y), (layout.left + layout.width, y)])
    x = _placer(scale, layout.left, layout.width)
    canvas.segments([((x(t), y), (x(t), y - TICK)) for t in scale.ticks])
    canvas.segments([((x(t), y), (x(t), y - TICK / 2)) for t in scale.minor], width=0.4)
    edge = -1e9
    for tick, (text, math) in reversed(list(zip(scale.ticks, scale.labels, strict=True))):
        half = text_width(text, SMALL, math) / 2
        if edge == -1e9 or x(tick) + half + 5 < edge:
            canvas.text(x(tick), y - TICK - 8, text, align="center", size=SMALL, math=math)
            edge = x(tick) - half


def _draw_down(canvas: Canvas, layout: Layout, scale: Scale) -> None:
    x = layout.left - OFFSET
    if layout.flip:
        y = _placer(scale, layout.bottom + layout.height, -layout.height)
    else:
        y = _placer(scale, layout.bottom, layout.height)
        canvas.line([(x, layout.bottom), (x, layout.bottom + layout.height)])
        canvas.segments([((x, y(t)), (x - TICK, y(t))) for t in scale.ticks])
        canvas.segments([((x, y(t)), (x - TICK / 2, y(t))) for t in scale.minor], width=0.4)
    for tick, (text, math) in zip(scale.ticks, scale.labels, strict=True):
        canvas.text(x - TICK - 3, y(tick) - 2.7, text, align="right", size=SMALL, math=math)


def _placer(scale: Scale, start: float, length: float) -> Callable[[float], float]:
    return lambda value: start + scale.place(value) * length
