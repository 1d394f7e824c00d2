"""Where values enter a drawing: which inputs and constants are boxes, which are only named by those who read them."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from .blocks import Path
from .boxes import Box, Link
from .elements import Element
from .moves import Moves, Source

ALL, FEW, ARGUMENTS = 24, 3, 12


def with_entries(
    found: Sequence[Element], folded: Moves, boxes: Sequence[Box], ends: set[str], whole: bool = True
) -> tuple[list[Box], list[Link]]:
    """Boxes and arrows, what enters included: drawn just outside of what reads it, or named inside of it.

    In a drawing of the `whole` graph inputs that nobody reads are there too; in one of a part what comes from outside
    of it is an input.
    """
    owner = {element.key: box.key for box in boxes for element in box.elements}
    links = _links(found, folded, owner)
    tails = {link.tail for link in links}
    shown = set(owner.values())
    entries = [e for e in found if (e.key in tails and e.key not in shown) or (whole and e.kind == "input")]
    readers = {entry.key: [link for link in links if link.tail == entry.key] for entry in entries}
    drawn = {entry.key for entry in _drawn(entries, boxes, readers)}
    named = _named(entries, drawn, readers, boxes)
    kept = [link for link in links if link.tail in drawn or link.tail not in readers]
    placed = list(named)
    for entry in reversed([entry for entry in entries if entry.key in drawn]):
        group = _group(entry, readers[entry.key], named)
        kind = entry.kind if entry.kind in ("input", "constant") else "outside"
        box = Box(entry.key, kind, group, (entry,), 0, output=entry.key in ends)
        at = next((k for k, other in enumerate(placed) if other.group[: len(group)] == group), 0)
        placed.insert(at, box)
    return placed, kept


def _links(found: Sequence[Element], folded: Moves, owner: Mapping[str, str]) -> list[Link]:
    """One arrow for every two boxes of which one reads the other; what enters is its own box."""
    links: dict[tuple[str, str], Link] = {}
    for child in found:
        head = owner.get(child.key)
        reads = (
            []
            if head is None
            else [(parent, s) for parent in child.parents for s in folded.sources(parent.key, child.key)]
        )
        for parent, source in reads:
            tail = owner.get(source.key, source.key)
            if head is not None and tail != head:
                old = links.get((tail, head), Link(tail, head, (), (), False))
                links[tail, head] = _more(old, source, parent.by, folded, child)
    return list(links.values())


def _more(old: Link, source: Source, by: Sequence[str], folded: Moves, child: Element) -> Link:
    active = folded.by_key[source.key].node.active and child.node.active and folded.by_key[source.first].node.active
    ways = tuple(dict.fromkeys((*old.by, *source.by, *by)))
    return Link(old.tail, old.head, (*old.pairs, (source.key, source.first)), ways, old.active or active)


def _drawn(entries: Sequence[Element], boxes: Sequence[Box], readers: Mapping[str, Sequence[Link]]) -> list[Element]:
    """All of them in a small drawing; else those that come alone, not in a tree of many parameters."""
    flat = all(box.kind != "block" for box in boxes)
    outside = [entry for entry in entries if entry.kind in ("operation", "carry")]
    inputs = [entry for entry in entries if entry.kind == "input"]
    constants = [entry for entry in entries if entry.kind == "constant" and readers[entry.key]]
    if flat and len(inputs) + len(constants) <= ALL:
        return list(entries)
    leaves: dict[str, list[Element]] = {}
    for entry in inputs:
        leaves.setdefault(argument(entry), []).append(entry)
    alone = [entry for tree in leaves.values() if len(tree) <= FEW for entry in tree if _is_alone(entry, readers)]
    if len(alone) > ARGUMENTS:
        alone = [entry for entry in alone if len(readers[entry.key]) != 1] or alone[-1:]
    return [*outside, *alone]


def _is_alone(entry: Element, readers: Mapping[str, Sequence[Link]]) -> bool:
    """Whether an input is an argument by itself, or a leaf that only a few read."""
    return argument(entry) == entry.node.name or len(readers[entry.key]) <= FEW


def argument(entry: Element) -> str:
    """The argument that an input is a leaf of."""
    return re.split(r"[\[.]", entry.node.name, maxsplit=1)[0]


def _named(
    entries: Sequence[Element], drawn: set[str], readers: Mapping[str, Sequence[Link]], boxes: Sequence[Box]
) -> list[Box]:
    """Boxes that name the entries they read which are not drawn."""
    read: dict[str, list[Element]] = {}
    for entry in entries:
        for link in readers[entry.key] if entry.key not in drawn else ():
            read.setdefault(link.head, []).append(entry)
    return [_reading(box, read.get(box.key, [])) for box in boxes]


def _reading(box: Box, read: Sequence[Element]) -> Box:
    given = [entry for entry in read if entry.kind == "input" and entry.node.dtype.kind not in "iub"]
    numbers = sum(math.prod(entry.node.shape) for entry in given)
    return replace(box, read=tuple(entry.node.name for entry in read), parameters=numbers)


def _group(entry: Element, readers: Sequence[Link], boxes: Sequence[Box]) -> Path:
    """The innermost opened block around all who read a leaf of a tree; arguments that come alone stay outside."""
    alone = entry.kind == "input" and argument(entry) == entry.node.name
    if not readers or alone or entry.kind in ("operation", "carry"):
        return ()
    groups = {box.key: box.group for box in boxes}
    paths = [groups[link.head] for link in readers]
    common = paths[0]
    for path in paths[1:]:
        same = 0
        while same < min(len(common), len(path)) and common[same] == path[same]:
            same += 1
        common = common[:same]
    return common
