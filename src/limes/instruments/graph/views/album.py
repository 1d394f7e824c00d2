"""All drawings of one graph, for a page that can be opened level by level."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from limes.draw import Picture
from limes.draw import diagram as drawing
from limes.instruments.graph.graph import Graph

from .blocks import Block
from .captions import Facts
from .numbers import percent, plural
from .picture import diagram, facts_of, sentences, table
from .view import View, inside, is_single, view

SHEETS, BOXES, PARTS = 4, 260, 24


@dataclass(frozen=True)
class Part:
    """What a collapsed block holds: the place in the page, the block's name, its size in words, its drawing."""

    anchor: str
    title: str
    words: str
    picture: Picture


@dataclass(frozen=True)
class Album:
    """Drawings of the whole, by name, and those of the insides of blocks; equal blocks are drawn once."""

    sheets: tuple[tuple[str, Picture], ...]
    parts: tuple[Part, ...]


def album(graph: Graph, *, level: int | None = None, expand: str | Iterable[str] = (), moves: bool = False) -> Album:
    """Draw a graph as it is shown by default, level by level, as a program with arcs, and every collapsed block by itself."""
    first = view(graph, level=level, expand=expand, moves=moves)
    cost = graph.cost()
    words = sentences(first, cost)
    facts, reason = facts_of(graph, first, cost)
    whole = Facts(first, facts.whole, facts.most)
    views = _levels(graph, first, moves) if level is None else {}
    found = _insides([first, *views.values()])
    place = {element.key: k for k, element in enumerate(first.elements)}
    found = dict(sorted(found.items(), key=lambda item: (place[next(item[1].elements()).key], len(item[1].path))))
    anchors = {shape: f"part-{k + 1}" for k, shape in enumerate(found)}
    facts = replace(facts, anchors=anchors)
    sheets = [(_name(first), _drawn(first, facts, f"{words} {reason}".strip(), "layers"))]
    for number, seen in views.items():
        sheets.append((f"level {number}", _drawn(seen, _facts(whole, seen, anchors), words, "layers")))
    if len(first.boxes) <= 2 * BOXES:
        sheets.append(("in order", _drawn(first, facts, words, "order")))
    parts = [_part(first, block, whole, anchors) for block in found.values()]
    return Album(tuple(sheets), tuple(parts))


def _name(seen: View) -> str:
    return "overview" if any(box.kind == "block" for box in seen.boxes) else "all operations"


def _drawn(seen: View, facts: Facts, words: str, show: str) -> Picture:
    return drawing.draw(
        diagram(seen, facts, program=show == "order"), words, table(seen, facts), view=show, salt="graph"
    )


def _facts(whole: Facts, seen: View, anchors: dict[int, str]) -> Facts:
    return Facts(seen, whole.whole, max((box.total for box in seen.boxes), default=0), anchors=anchors)


def _levels(graph: Graph, first: View, moves: bool) -> dict[int, View]:
    """Other levels worth a drawing: those that differ from each other and are not too large."""
    found: dict[int, View] = {}
    sizes = {len(first.boxes)}
    for level in range(first.depth + 1):
        seen = view(graph, level=level, moves=moves)
        if len(seen.boxes) in sizes or len(seen.boxes) > BOXES or len(found) == SHEETS:
            continue
        sizes.add(len(seen.boxes))
        found[level] = seen
    return found


def _insides(views: Iterable[View]) -> dict[int, Block]:
    """The collapsed blocks of some drawings and, again and again, those inside of them; one of each shape."""
    found: dict[int, Block] = {}
    waiting = [box.block for seen in views for box in seen.boxes if box.kind == "block" and box.block is not None]
    while waiting and len(found) < PARTS:
        block = waiting.pop(0)
        if block.shape not in found and not is_single(block):
            found[block.shape] = block
            waiting += [inner for inner in block.members if isinstance(inner, Block)]
    return found


def _part(first: View, block: Block, whole: Facts, anchors: dict[int, str]) -> Part:
    seen = inside(first, block)
    total = sum(element.total for element in block.elements())
    count = sum(element.kind == "operation" for element in block.elements())
    words = f"{plural(count, 'operation node')}, {plural(total, 'operation')}, {percent(total, whole.whole)} of K"
    if block.count > 1:
        words += f"; one of {block.count} equal blocks"
    name = "/".join(block.path)
    picture = _drawn(seen, _facts(whole, seen, anchors), f"{name}: {words}.", "layers")
    return Part(anchors[block.shape], name, f"{words}.", picture)
