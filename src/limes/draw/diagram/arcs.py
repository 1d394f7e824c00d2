"""A program as what it is: one line per node in linear order, arcs from parents to children."""

from collections.abc import Sequence

from limes.draw.style import text_width

from .legend import legend_layer
from .measure import SIZES, line_width, shown, span_width
from .paint import letters, tint
from .route import HEAD
from .scene import Curve, Layer, Letters, Point, Rect, Scene, Shape
from .spec import Diagram, Edge, Node

ROW, DOT, REACH = 15.5, 2.1, 168.0


def arc_scene(diagram: Diagram) -> Scene:
    """One row per box from top to bottom; arcs on the left, tracks of groups on the right."""
    place = {node.name: k for k, node in enumerate(diagram.nodes)}
    spans = [place[edge.head] - place[edge.tail] for edge in diagram.edges]
    reach = {span: _reach(span) for span in set(spans)}
    left = max(reach.values(), default=0.0) + 6.0
    rows = [_row(node, left, k) for k, node in enumerate(diagram.nodes)]
    width = left + 12.0 + max((_width(node) for node in diagram.nodes), default=0.0)
    tracks, width = _tracks(diagram.nodes, width)
    arcs = [_arc(edge, place[edge.tail], place[edge.head], left, reach) for edge in diagram.edges]
    height = ROW * len(diagram.nodes)
    layers = [
        Layer("groups", (), layers=tuple(tracks)),
        Layer("lines", (), fade=0.6, layers=tuple(arcs)),
        Layer("nodes", (), layers=tuple(rows)),
    ]
    if diagram.legend:
        legend, wide, high = legend_layer(diagram.legend, height + 8.0, max(width, 210.0))
        return Scene(max(width, wide), height + 8.0 + high, [*layers, legend])
    return Scene(width, height, layers)


def _reach(span: int) -> float:
    """How far to the left an arc goes: with the square root of the rows it spans."""
    return min(11.0 * span**0.62, REACH)


def _middle(row: int) -> float:
    return ROW * (row + 0.5)


def _words(node: Node) -> list:
    return [span for line in node.lines for span in line]


def _width(node: Node) -> float:
    return line_width(tuple(_words(node)))


def _row(node: Node, left: float, row: int) -> Layer:
    y, x = _middle(row), left + 12.0
    shapes: list[Shape] = []
    if node.heat is not None:
        fill, depth = tint(node.heat)
        shapes.append(Rect(x - 4.0, y - ROW / 2 + 1.0, _width(node) + 8.0, ROW - 2.0, 3.0, fill, depth, "", 0.0))
    open_ = node.kind in ("input", "constant")
    dot = Rect(left - DOT, y - DOT, 2 * DOT, 2 * DOT, DOT, "" if open_ else "#010203", line=0.8)
    shapes.append(dot)
    for span in _words(node):
        shapes.append(letters(span, x, y + 0.33 * SIZES[span.role]))
        x += span_width(span) + 5.0
    return Layer("node", tuple(shapes), node.note, node.link, (("node", node.name),), 0.55 if node.faint else 1.0)


def _arc(edge: Edge, tail: int, head: int, left: float, reach: dict[int, float]) -> Layer:
    start, end = (left - DOT, _middle(tail) + DOT * 0.6), (left - DOT - 1.0, _middle(head) - DOT * 0.3)
    far = left - reach[head - tail] * 4 / 3
    tip: Point = (end[0] - HEAD * 0.95, end[1] - HEAD * 0.3)
    curve = Curve(start, (((far, start[1]), (far, tip[1]), tip),), dashed=edge.faint)
    wing = HEAD * 0.36
    corner: Point = (tip[0] + HEAD * 0.28, tip[1] + HEAD * 0.08)
    arrow = Curve(
        end,
        (((tip[0] + wing * 0.5, tip[1] - wing * 0.9),), (corner,), ((tip[0] - wing * 0.2, tip[1] + wing),)),
        filled=True,
    )
    data = (("from", edge.tail), ("to", edge.head))
    return Layer("line", (curve, arrow), edge.note, "", data)


def _tracks(nodes: Sequence[Node], width: float) -> tuple[list[Layer], float]:
    """A bracket beside each stretch of rows that belong to one group, outer groups farther out."""
    deepest = max((len(node.group) for node in nodes), default=0)
    found: list[Layer] = []
    right = width
    for depth in range(deepest - 1, -1, -1):
        wide = 0.0
        for path, first, last in _stretches(nodes, depth):
            x, title = width + 8.0, shown(path[-1], 28)
            top, bottom = _middle(first) - ROW * 0.36, _middle(last) + ROW * 0.36
            size = SIZES["small"]
            line = Curve((x - 3.0, top), (((x, top),), ((x, bottom),), ((x - 3.0, bottom),)), line=0.6)
            words = Letters(x + 4.0, (top + bottom) / 2 + 0.33 * size, title, size, text_width(title, size), faint=True)
            found.append(Layer("group", (line, words)))
            wide = max(wide, 12.0 + words.width)
        width = right = width + wide
    return found, right


def _stretches(nodes: Sequence[Node], depth: int) -> list[tuple[tuple[str, ...], int, int]]:
    found: list[tuple[tuple[str, ...], int, int]] = []
    for k, node in enumerate(nodes):
        path = node.group[: depth + 1]
        if len(path) <= depth:
            continue
        if found and found[-1][0] == path and found[-1][2] == k - 1:
            found[-1] = (path, found[-1][1], k)
        else:
            found.append((path, k, k))
    return found
