"""The key of a chart: direct labels beside the curves, or a row above a narrow chart."""

import textwrap
from dataclasses import dataclass, replace

from .canvas import Canvas
from .style import SIZE, text_width

HANDLE, GAP, LEADING = 15.0, 4.0, 9.6


@dataclass(frozen=True)
class Item:
    """One entry: how it looks, what it is called, the height it belongs to (0 to 1)."""

    label: str
    color: str
    marker: str = ""
    dashes: str = ""
    width: float = 1.1
    filled: bool = True
    bar: bool = False
    anchor: float = 0.5
    rows: tuple[str, ...] = ()


def wrapped(items: list[Item], points: float) -> list[Item]:
    """Break labels to a width in points; at most four rows, the last one shortened."""
    letters = max(int(points / (SIZE * 0.46)), 8)
    return [replace(item, rows=tuple(_rows(item.label, letters, points))) for item in items]


def _rows(label: str, letters: int, points: float) -> list[str]:
    label = label.replace("-", "\u2212") if any(c.isdigit() for c in label) and " -" in label else label
    rows = textwrap.wrap(" ".join(label.split()), letters, max_lines=4, placeholder=" \u2026") or [""]
    while letters > 6 and max(text_width(row) for row in rows) > points:
        letters -= 1
        rows = textwrap.wrap(label, letters, max_lines=4, placeholder=" \u2026")
    return rows


def key_width(items: list[Item]) -> float:
    """Room that wrapped items need beside the chart."""
    return HANDLE + GAP + max((text_width(row) for item in items for row in item.rows), default=0.0)


def stack_height(items: list[Item]) -> float:
    """Room that wrapped items need one above the other."""
    return sum(_height(item) for item in items)


def _height(item: Item) -> float:
    return LEADING * len(item.rows) + 4.0


def beside(canvas: Canvas, items: list[Item], left: float, bottom: float, height: float) -> None:
    """Draw items right of the chart, each as near to its anchor as the others allow."""
    order = sorted(items, key=lambda item: -item.anchor)
    tops = [bottom + item.anchor * height + _height(item) / 2 for item in order]
    ceiling = bottom + height + 4
    for k, item in enumerate(order):
        tops[k] = min(tops[k], ceiling)
        ceiling = tops[k] - _height(item)
    floor = bottom - 6
    for k in range(len(order) - 1, -1, -1):
        tops[k] = max(tops[k], floor + _height(order[k]))
        floor = tops[k]
    for top, item in zip(tops, order, strict=True):
        _draw(canvas, item, left, top)


def above(canvas: Canvas, rows: list[list[Item]], left: float, top: float) -> None:
    """Draw rows of items downwards from `top`."""
    for row in rows:
        x = left
        for item in row:
            _draw(canvas, item, x, top)
            x += _span(item)
        top -= max(_height(item) for item in row)


def rows_of(items: list[Item], width: float) -> list[list[Item]]:
    """Distribute items over rows no wider than `width`."""
    rows: list[list[Item]] = []
    for item in items:
        if rows and sum(map(_span, rows[-1])) + _span(item) <= width + 12:
            rows[-1].append(item)
        else:
            rows.append([item])
    return rows


def rows_height(rows: list[list[Item]]) -> float:
    """Room that rows need above the chart."""
    return sum(max(_height(item) for item in row) for row in rows)


def _span(item: Item) -> float:
    return key_width([item]) + 12.0


def _draw(canvas: Canvas, item: Item, left: float, top: float) -> None:
    middle = top - 2.0 - LEADING / 2
    ends = [(left, middle), (left + HANDLE - 1, middle)]
    if item.dashes:
        canvas.line(ends, item.color, item.width, item.dashes)
    if item.marker:
        center = (left + HANDLE / 2, middle)
        if item.bar:
            canvas.segments([((center[0], middle - 4.2), (center[0], middle + 4.2))], item.color, 0.8)
        canvas.marks([center], item.marker, item.color, filled=item.filled)
    for k, row in enumerate(item.rows):
        canvas.text(left + HANDLE + GAP, middle - 2.7 - k * LEADING, row)
