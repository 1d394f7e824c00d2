"""Boxes, frames, arrows and letters of a diagram as shapes."""

import math
from collections.abc import Sequence

from limes.draw.style import BLUE, INK, ORANGE, VERMILION, text_width

from .measure import BAR, LEADING, PAD_Y, SIZES, line_height, line_width, shown, span_width
from .nest import Cluster
from .route import Placed, arrow
from .scene import Curve, Layer, Letters, Rect, Shape
from .sheet import Run
from .spec import Edge, Node, Span

COLORS = {"value": BLUE, "adjoint": VERMILION}
LEAST_HEAT, MOST_HEAT = 0.05, 0.62


def tint(heat: float | None) -> tuple[str, float]:
    """Fill and its opacity: warm where much is computed, a breath of ink where nothing is said."""
    if heat is None:
        return INK, 0.035
    return ORANGE, round(LEAST_HEAT + (MOST_HEAT - LEAST_HEAT) * min(max(heat, 0.0), 1.0), 3)


def node_layer(node: Node, place: Placed) -> Layer:
    """One box with its label."""
    shapes: list[Shape] = []
    fill, depth = tint(node.heat)
    radius = place.height / 2 if node.kind in ("input", "constant") else 4.0
    line = 1.5 if node.kind == "output" else 0.7
    dashed = node.kind == "constant" or node.faint
    if node.stack:
        shapes += [_shadow(place, radius, shift) for shift in (4.0, 2.0)]
    shapes.append(Rect(place.x, place.y, place.width, place.height, radius, fill, depth, INK, line, dashed))
    shapes += _label(node, place)
    if node.share is not None:
        shapes += _bar(node.share, place)
    return Layer("node", tuple(shapes), node.note, node.link, (("node", node.name),), 0.55 if node.faint else 1.0)


def _shadow(place: Placed, radius: float, shift: float) -> Curve:
    """What is seen of an equal box behind, `shift` to the right and above: from corner to corner."""
    r = min(radius, place.height / 2)
    x, y, right = place.x + shift, place.y - shift, place.x + shift + place.width
    bottom, k, q = y + place.height, 0.27 * r, math.sqrt(max(r * r - shift * shift / 2, 0.0) / 2)
    start = (place.x + r + shift / 2 - q, place.y + r - shift / 2 - q)
    end = (right - shift - r + shift / 2 + q, bottom + shift - r - shift / 2 + q)
    return Curve(
        start,
        (
            ((start[0] + k * 0.7, start[1] - k * 0.7), (x + r - k, y), (x + r, y)),
            ((right - r, y),),
            ((right - 0.45 * r, y), (right, y + 0.45 * r), (right, y + r)),
            ((right, bottom - r),),
            ((right, bottom - r + k), (end[0] + k * 0.7, end[1] - k * 0.7), end),
        ),
        line=0.5,
    )


def _label(node: Node, place: Placed) -> list[Shape]:
    shapes: list[Shape] = []
    height = sum(line_height(line) for line in node.lines) + (BAR + 2.0 if node.share is not None else 0.0)
    y = place.y + (place.height - height) / 2
    for line in node.lines:
        y += line_height(line)
        x = place.x + (place.width - line_width(line)) / 2
        size = max(SIZES[span.role] for span in line) if line else 0.0
        for span in line:
            shapes.append(letters(span, x, y - size * (LEADING - 1) - 0.06 * size))
            x += span_width(span) + 5.0
    return shapes


def letters(span: Span, x: float, y: float) -> Letters:
    """A span on its baseline."""
    color = COLORS.get(span.role, INK)
    return Letters(x, y, shown(span.text), SIZES[span.role], span_width(span), "left", color, span.role == "small")


def _bar(share: float, place: Placed) -> list[Shape]:
    left, width = place.x + 7.0, place.width - 14.0
    y = place.y + place.height - PAD_Y - BAR
    full = Rect(left, y, width, BAR, BAR / 2, INK, 0.1, "", 0.0)
    part = max(min(share, 1.0) * width, 0.0)
    return [full, Rect(left, y, part, BAR, min(BAR, part) / 2, VERMILION, 1.0, "", 0.0)] if part > 0.2 else [full]


def frame_layer(cluster: Cluster, place: Placed) -> Layer:
    """One group: a faint area, its title."""
    frame, left = cluster.frame, place.x + cluster.title
    fill, depth = (INK, 0.03) if frame.heat is None else (ORANGE, 0.03 + 0.1 * frame.heat)
    shapes: list[Shape] = []
    if frame.stack:
        shapes += [_shadow(place, 7.0, shift) for shift in (5.0, 2.5)]
    shapes.append(Rect(place.x, place.y, place.width, place.height, 7.0, fill, round(depth, 3), INK, 0.4))
    y = place.y + 4.0
    for text, size, faint in ((frame.title, SIZES["title"], False), (frame.remark, SIZES["small"], True)):
        if text:
            y += size * LEADING
            width = text_width(shown(text), size)
            shapes.append(Letters(left, y - 0.2 * size, shown(text), size, width, faint=faint, bold=not faint))
    return Layer("group", tuple(shapes), frame.note)


def line_layers(edges: Sequence[Edge], lines: dict[tuple[str, str], list[Run]]) -> list[Layer]:
    """All arrows, then what is written on them."""
    drawn, written = [], []
    for edge in edges:
        runs = lines[edge.tail, edge.head]
        data = (("from", edge.tail), ("to", edge.head))
        drawn.append(Layer("line", arrow(runs, edge.faint), edge.note, "", data))
        if edge.label:
            written.append(Layer("label", (_on_line(edge, edges, lines),), edge.note, "", data))
    return [Layer("lines", (), fade=0.6, layers=tuple(drawn)), Layer("labels", (), layers=tuple(written))]


def _on_line(edge: Edge, edges: Sequence[Edge], lines: dict[tuple[str, str], list[Run]]) -> Letters:
    """The label of an arrow beside its head: to the left of the leftmost arrow, else to the right."""
    end = lines[edge.tail, edge.head][-1]
    others = [lines[e.tail, e.head][-1].x for e in edges if e.head == edge.head and e.tail != edge.tail]
    size = SIZES["adjoint"]
    left = bool(others) and end.x < min(others)
    x = end.x + (-4.0 if left else 4.0)
    text = shown(edge.label)
    return Letters(x, end.bottom - 4.5, text, size, text_width(text, size), "right" if left else "left", VERMILION)
