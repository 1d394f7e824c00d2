"""The picture of a graph, the sentences with its numbers, and the table of what it shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from limes._errors import InputError
from limes.draw import Picture
from limes.draw import diagram as drawing
from limes.draw.diagram import Diagram
from limes.instruments.graph.cost import Cost
from limes.instruments.graph.graph import Graph

from .captions import Facts, edge, frame, node, title, variable
from .numbers import amount, described, multiple, percent, plural
from .view import View, view

Pair = tuple[str, str]
VIEWS = ("layers", "order")
COLUMNS = ["name", "box", "kind", "scope", "shape", "nodes", "operations", "share", "value", "adjoint"]


def draw(
    graph: Graph,
    *,
    level: int | None = None,
    expand: str | Iterable[str] = (),
    moves: bool = False,
    show: str = "layers",
    values: bool = True,
) -> Picture:
    """Draw a graph: in layers from inputs to outputs, or as a program with arcs (`show="order"`).

    A small graph of arrays carries values and adjoints (of arrays: their norms), and on every arrow what it
    contributes. A large one is collapsed by scope: `level` scopes are opened, and those that
    `expand` names. Raises `InputError` for an unknown view or scope.
    """
    if show not in VIEWS:
        raise InputError(f"show must be one of {', '.join(VIEWS)}, got {show!r}; choose one of them")
    seen = view(graph, level=level, expand=expand, moves=moves)
    cost = graph.cost()
    facts, reason = facts_of(graph, seen, cost, values)
    words = f"{sentences(seen, cost)} {reason}".strip()
    return drawing.draw(
        diagram(seen, facts, program=show == "order"), words, table(seen, facts), view=show, salt="graph"
    )


def facts_of(graph: Graph, seen: View, cost: Cost, values: bool = True) -> tuple[Facts, str]:
    """The numbers of a picture, and why there are no adjoints where there are none."""
    most = max((box.total for box in seen.boxes), default=0)
    plain = Facts(seen, cost.function, most)
    if not (values and graph.concrete and all(box.kind != "block" for box in seen.boxes)):
        return plain, ""
    known = {str(r): value for r, value in enumerate(graph.forward())}
    try:
        adjoints = {str(r): value for r, value in enumerate(graph.backward())}
        arrows = {(str(p), str(r)): value for (p, r), value in graph.edges().items()}
    except InputError as error:
        return Facts(seen, cost.function, most, known), f"No adjoints: {str(error).removeprefix('backward: ')}."
    return Facts(seen, cost.function, most, known, adjoints, _alone(seen, arrows)), ""


def _alone(seen: View, arrows: Mapping[Pair, Any]) -> dict[Pair, Any]:
    """Contributions of arrows that carry all of it: a move that several read gives one sum, which belongs to none of them."""
    pairs = [pair for link in seen.links for pair in link.pairs]
    return {pair: value for pair, value in arrows.items() if pairs.count(pair) == 1}


def diagram(seen: View, facts: Facts, *, program: bool = False) -> Diagram:
    """A view as a diagram."""
    nodes = [node(box, facts, program) for box in seen.boxes]
    edges = [edge(link, facts) for link in seen.links]
    frames = {path: frame(path, block, facts) for path, block in seen.opened.items()}
    return Diagram(nodes, edges, frames, legend(seen, facts))


def legend(seen: View, facts: Facts) -> list[tuple[str, str]]:
    """What the signs of a picture mean; only those that occur."""
    entries = []
    arrays = any(box.element is not None and box.element.node.shape for box in seen.boxes)
    if facts.values:
        entries.append(("value", "value, of an array its norm" if arrays else "value"))
    if facts.adjoints:
        entries.append(("adjoint", "adjoint; on an arrow, its contribution"))
    if not facts.values and facts.most:
        bars = " and full bar" if any(box.kind == "block" for box in seen.boxes) else ""
        entries.append(
            ("heat", f"full color{bars}: {plural(facts.most, 'operation')}, {percent(facts.most, facts.whole)} of K")
        )
    if any(not link.active for link in seen.links):
        entries.append(("faint", "no derivative passes"))
    return entries


def sentences(seen: View, cost: Cost) -> str:
    """The numbers in words: nodes, K, what the modes cost, where most is computed."""
    count = sum(element.kind == "operation" for element in seen.elements)
    parts = [
        f"{plural(count, 'operation node')}, K = {plural(cost.function, 'operation')}, "
        f"{plural(cost.inputs, 'input number')}, {plural(cost.outputs, 'output number')}.",
        modes(cost),
        _dearest(seen, cost),
        _flags(cost),
    ]
    return " ".join(part for part in parts if part)


def modes(cost: Cost) -> str:
    """What value and derivative cost by each mode."""
    if not cost.inputs or not cost.outputs or not cost.function:
        return ""
    what = "gradient" if cost.outputs == 1 else "Jacobian"
    ways = [
        ("reverse mode", cost.reverse),
        ("forward mode", cost.forward),
        ("finite differences", cost.finite_differences),
    ]
    said = [f"{amount(n)} by {name} ({multiple(n, cost.function)} \u00d7 K)" for name, n in ways if n is not None]
    none = "" if cost.forward is not None else "; forward mode is not available (custom_vjp)"
    return f"Value and {what}: {', '.join(said)}{none}."


def _dearest(seen: View, cost: Cost) -> str:
    boxes = sorted((box for box in seen.boxes if box.total), key=lambda box: -box.total)[:3]
    if len(seen.boxes) < 4 or not boxes or boxes[0].total <= 1:
        return ""
    return (
        f"Most is computed in {', '.join(f'{full_title(box)} ({percent(box.total, cost.function)})' for box in boxes)}."
    )


def full_title(box: Any) -> str:
    """The title of a box with the scopes around it."""
    return "/".join((*box.group, title(box)))


def _flags(cost: Cost) -> str:
    flags = [
        (cost.dynamic, "a while loop is counted as one pass"),
        (cost.branch, "a cond is counted by its dearest branch"),
        (cost.approximate, "some primitives are counted approximately"),
    ]
    said = "; ".join(text for flag, text in flags if flag)
    return f"{said[0].upper()}{said[1:]}." if said else ""


def table(seen: View, facts: Facts) -> dict[str, Any]:
    """One row per box: what it is, operations and their share, value and adjoint."""
    rows = []
    for box in seen.boxes:
        element = box.element
        shape = "" if element is None else str(list(element.node.shape))
        values = ["", ""]
        if element is not None and facts.numeric:
            values = [described(facts.values.get(element.key)), described(facts.adjoints.get(element.key))]
        count = sum(e.kind == "operation" for e in box.elements)
        share = box.total / facts.whole if facts.whole else 0.0
        name = "/".join((*box.group, title(box))) if element is None else variable(element)
        rows.append([name, title(box), box.kind, "/".join(box.group), shape, count, box.total, share, *values])
    return {"columns": list(COLUMNS), "rows": rows}
