"""Boxes, arrows and frames of a view as what a diagram shows: labels, hover texts, tints."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from limes.draw.diagram import Edge, Frame, Node, Span

from .blocks import Block, Path
from .boxes import Box, Link
from .elements import Element
from .numbers import amount, brief, described, grouped, percent, plural
from .symbols import array_type, formula, symbol, times
from .view import View

Values = Mapping[str, Any]
KINDS = {"carry": "input", "outside": "input"}


@dataclass(frozen=True)
class Facts:
    """What is written beside the operations: `whole` is K, `most` the dearest box; values by key of element, where known.

    `anchors` are the places of a page that show what blocks of a shape hold.
    """

    view: View
    whole: int
    most: int
    values: Values = field(default_factory=dict)
    adjoints: Values = field(default_factory=dict)
    contributions: Mapping[tuple[str, str], Any] = field(default_factory=dict)
    anchors: Mapping[int, str] = field(default_factory=dict)

    @property
    def numeric(self) -> bool:
        """Whether values are shown."""
        return bool(self.values)


def node(box: Box, facts: Facts, program: bool = False) -> Node:
    """A box of the diagram; with `program`, its label is a line of the program."""
    kind = "output" if box.output and box.kind in ("operation", "block") else KINDS.get(box.kind, box.kind)
    element = box.element
    lines = (
        _program_line(box, facts)
        if program
        else _block_lines(box, facts)
        if element is None
        else _lines(box, element, facts)
    )
    heat = None if facts.numeric or not facts.most or not box.total else box.total / facts.most
    share = box.total / facts.most if box.kind == "block" and facts.most and not program else None
    faint = element is not None and box.kind == "operation" and not element.node.active
    link = facts.anchors.get(box.block.shape, "") if box.block is not None else ""
    return Node(box.key, lines, kind, box.group, heat, share, note(box, facts), link, box.merged > 1, faint)


def title(box: Box) -> str:
    """What a box is called: an input by its name, an operation by its symbol, a block by its scope."""
    element = box.element
    if box.kind == "carry":
        return "carry"
    if box.kind == "outside" and element is not None:
        return f"from {clean(element.scope[-1]) if element.scope else symbol(element.node)}"
    if box.kind in ("input", "constant") and element is not None:
        return element.node.name
    if box.block is not None:
        name = box.block.path[-1] if element is None else box.block.title
        return f"{clean(name)} and {box.merged - 1} more" if box.merged > 1 else clean(name)
    return symbol(element.node) if element is not None else box.key


def clean(name: str) -> str:
    """A scope as it is written: `_where` as `where`, the arrow of an einsum as an arrow."""
    return name.strip("_").replace("->", " \u2192 ") or name


def _lines(box: Box, element: Element, facts: Facts) -> tuple[tuple[Span, ...], ...]:
    head = title(box)
    plain = box.kind == "operation" and box.block is None
    lines: list[tuple[Span, ...]] = [(Span(head, "symbol" if plain and len(head) <= 5 else "name"),)]
    if element.node.shape and box.kind != "carry":
        lines.append((Span(times(element.node.shape), "small"),))
    if facts.numeric:
        spans = [
            Span(brief(facts.values.get(element.key)), "value"),
            Span(brief(facts.adjoints.get(element.key)), "adjoint"),
        ]
        lines.append(tuple(span for span in spans if span.text))
    elif facts.whole and box.total >= 0.01 * facts.whole:
        lines.append((Span(cost(box.total, facts), "small"),))
    return tuple(line for line in lines if line)


def _block_lines(box: Box, facts: Facts) -> tuple[tuple[Span, ...], ...]:
    lines = [(Span(title(box)),), (Span(cost(box.total, facts), "small"),)]
    if box.parameters:
        lines.append((Span(f"{amount(box.parameters)} parameters", "small"),))
    return tuple(lines)


def cost(total: int, facts: Facts) -> str:
    """`3.51 M, 8.2 %`: operations and their share of K."""
    return f"{amount(total)}, {percent(total, facts.whole)}" if total else "no operation"


def _program_line(box: Box, facts: Facts) -> tuple[tuple[Span, ...], ...]:
    element = box.element
    if element is None:
        return ((Span(title(box)), Span(cost(box.total, facts), "small")),)
    left = variable(element)
    if box.kind != "operation":
        spans = [Span(left)]
    else:
        spans = [Span(f"{left} = {formula(element, _parent_names(element, facts.view))}")]
    if element.node.shape:
        spans.append(Span(times(element.node.shape), "small"))
    for number, role in ((facts.values.get(element.key), "value"), (facts.adjoints.get(element.key), "adjoint")):
        if facts.numeric and number is not None:
            spans.append(Span(brief(number), role))
    return (tuple(spans),)


def variable(element: Element) -> str:
    r"""The name of a value: an input has its own, node number r is $\theta_r$, counted from 1."""
    if element.kind == "input" or element.kind == "constant":
        return element.node.name
    if element.kind == "carry":
        return "carry"
    inside, _, last = element.key.rpartition(".")
    number = str(int(last) + 1).translate(
        str.maketrans("0123456789", "\u2080\u2081\u2082\u2083\u2084\u2085\u2086\u2087\u2088\u2089")
    )
    return f"\u03b8{number}" if not inside else f"\u03b8{number}\u2032"


def _parent_names(element: Element, view: View) -> list[str]:
    known = {element.key: element for element in view.elements}
    names = []
    prefix = element.key.rpartition(".")[0]
    for parent in element.node.parents:
        source = view.folded.source(f"{prefix}.{parent}" if prefix else str(parent))
        names.append(variable(known[source]) if source in known else "\u00b7")
    return names


def note(box: Box, facts: Facts) -> str:
    """Everything known about a box, for those who point at it."""
    element = box.element
    parts = _about_block(box) if element is None else _about(box, element, facts)
    if box.total:
        parts.append(f"{plural(box.total, 'operation')}, {percent(box.total, facts.whole)} of K")
    if box.read:
        parts.append(f"reads {', '.join(box.read[:6])}{' and more' if len(box.read) > 6 else ''}")
    return "\n".join(parts)


def _about(box: Box, element: Element, facts: Facts) -> list[str]:
    head = f"{variable(element)}: {title(box)}" if box.kind == "operation" else title(box)
    parts = [f"{head}, {array_type(element.node)}"]
    if element.kind == "operation":
        parts[0] += f", {element.node.primitive}"
    if element.times > 1:
        parts.append(f"runs {element.times} times")
    if element.scope:
        parts.append(f"in {'/'.join(element.scope)}")
    if facts.numeric:
        parts.append(f"value {described(facts.values.get(element.key))}")
        parts.append(f"adjoint {described(facts.adjoints.get(element.key))}")
    return parts


def _about_block(box: Box) -> list[str]:
    operations = [e for e in box.elements if e.kind == "operation"]
    found = Counter(symbol(e.node) for e in sorted(operations, key=lambda e: -e.total))
    kinds = ", ".join(f"{name} \u00d7{number}" if number > 1 else name for name, number in list(found.items())[:6])
    more = ", \u2026" if len(found) > 6 else ""
    parts = [f"{title(box)}: {plural(len(operations), 'operation node')} ({kinds}{more})"]
    block = box.block
    if block is not None and block.count > 1 and box.merged == 1:
        parts.append(f"number {block.number + 1} of {block.count} equal blocks")
    if box.merged > 1:
        parts.append(f"{box.merged} equal blocks in a row")
    return parts


def edge(link: Link, facts: Facts) -> Edge:
    """An arrow: its contribution to the adjoint where it is a number, the moves on the way as hover text."""
    found = [facts.contributions.get(pair) for pair in link.pairs]
    known = [value for value in found if value is not None]
    total = sum(known[1:], known[0]) if known and len(known) == len(found) else None
    scalar = total is not None and getattr(total, "shape", None) == ()
    notes = [f"through {', '.join(link.by)}"] if link.by else []
    if total is not None:
        notes.append(f"contribution {described(total)}")
    return Edge(link.tail, link.head, brief(total) if scalar else "", "\n".join(notes), faint=not link.active)


def frame(path: Path, block: Block, facts: Facts) -> Frame:
    """The head of an opened block."""
    total = sum(element.total for element in block.elements())
    often = f", one of {block.count} equal" if block.count > 1 else ""
    remark = cost(total, facts) + often if total else ""
    note = f"{'/'.join(path)}: {grouped(total)} operations, {percent(total, facts.whole)} of K"
    return Frame(clean(block.path[-1]), remark, note, stack=block.title.startswith("scan "))
