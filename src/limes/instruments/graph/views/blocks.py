"""Scopes as blocks: stretches of the linear order that share a scope, and which of them do the same."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from .elements import Element

Path = tuple[str, ...]
MANY = 40


@dataclass
class Block:
    """A stretch of the program: elements and blocks in order; `path` is unique, `title` what is written.

    `shape` is equal for blocks that run the same operations on the same shapes; of `count`
    such blocks around the same place this is number `number`.
    """

    path: Path
    title: str
    members: list[Element | Block] = field(default_factory=list)
    shape: int = 0
    number: int = 0
    count: int = 1

    def elements(self) -> Iterator[Element]:
        """All elements inside, in order."""
        for member in self.members:
            if isinstance(member, Block):
                yield from member.elements()
            else:
                yield member

    def blocks(self) -> Iterator[Block]:
        """All blocks inside, outer ones first."""
        for member in self.members:
            if isinstance(member, Block):
                yield member
                yield from member.blocks()


def blocks(elements: Sequence[Element]) -> Block:
    """The tree of scopes over elements in linear order.

    A scope that is left and entered again gives two blocks. A stretch without scopes that
    repeats itself, such as the layers of a Python loop, gives one block per repetition.
    """
    root = _stretches(elements)
    shapes: dict[object, int] = {}
    _compare(root, shapes)
    _divide(root, shapes)
    _name(root)
    return root


def _stretches(elements: Sequence[Element]) -> Block:
    root = Block((), "")
    stack = [root]
    for element in elements:
        same = 0
        while same < min(len(stack) - 1, len(element.scope)) and stack[same + 1].title == element.scope[same]:
            same += 1
        del stack[same + 1 :]
        for title in element.scope[same:]:
            inner = Block((*stack[-1].path, title), title)
            stack[-1].members.append(inner)
            stack.append(inner)
        stack[-1].members.append(element)
    return root


def _compare(block: Block, shapes: dict[object, int]) -> int:
    """Number what is alike: operations by primitive and shape, blocks by what they hold and their name without digits."""
    inner = tuple(_shape(member, shapes) for member in block.members)
    block.shape = shapes.setdefault((re.sub(r"\d+", "#", block.title), inner), len(shapes))
    return block.shape


def _shape(member: Element | Block, shapes: dict[object, int]) -> int:
    if isinstance(member, Block):
        return _compare(member, shapes)
    return shapes.setdefault(_plain(member), len(shapes))


def _divide(block: Block, shapes: dict[object, int]) -> None:
    """Divide a long row of members where it repeats itself, and a block that is several calls of one function."""
    divided: list[Element | Block] = []
    for member in block.members:
        divided += _calls(member) if isinstance(member, Block) else [member]
    block.members = divided
    while len(block.members) > MANY:
        numbers = [_shape(member, shapes) for member in block.members]
        found = repetition(numbers)
        if found is None:
            break
        start, period, count = found
        parts = [block.members[start + k * period : start + (k + 1) * period] for k in range(count)]
        names = [f"repeat {k + 1}" for k in range(count)]
        block.members[start : start + count * period] = [
            Block((*block.path, name), name, part) for name, part in zip(names, parts, strict=True)
        ]
    for member in block.members:
        if isinstance(member, Block):
            _compare(member, shapes)
            _divide(member, shapes)
    _compare(block, shapes)


def _calls(block: Block) -> list[Element | Block]:
    """A block that runs the same row of operations again and again is as many calls of one function."""
    numbers = [_plain(member) for member in block.members]
    size = len(numbers)
    for period in range(2, size // 2 + 1):
        often = size // period >= 3 or period >= 8
        if often and size % period == 0 and numbers[period:] == numbers[:-period]:
            return [Block(block.path, block.title, block.members[k : k + period]) for k in range(0, size, period)]
    return [block]


def _plain(member: Element | Block) -> object:
    if isinstance(member, Block):
        return member.shape
    return member.kind, member.node.primitive, member.node.shape, str(member.node.dtype), member.total


def repetition(numbers: Sequence[int]) -> tuple[int, int, int] | None:
    """Start, period and count of the repetition that covers most of a row, the shortest period first; `None` without one.

    A repetition has at least three rounds of at least two members.
    """
    row = np.asarray(numbers)
    best, cover = None, 0
    for period in range(2, len(row) // 3 + 1):
        same = np.concatenate([[0], (row[period:] == row[:-period]).astype(int), [0]])
        edges = np.flatnonzero(np.diff(same))
        for start, end in zip(edges[::2], edges[1::2], strict=True):
            count = (int(end) - int(start)) // period + 1
            if count >= 3 and count * period > cover and len(set(numbers[start : start + period])) > 1:
                best, cover = (int(start), period, count), count * period
    return best


def _name(block: Block) -> None:
    """Give every block a path of its own, and count those around it that are alike."""
    inner = [member for member in block.members if isinstance(member, Block)]
    seen: dict[str, int] = {}
    for member in inner:
        seen[member.title] = seen.get(member.title, 0) + 1
        name = member.title if seen[member.title] == 1 else f"{member.title} ({seen[member.title]})"
        member.path = (*block.path, name)
        alike = [other for other in inner if other.shape == member.shape]
        member.count, member.number = len(alike), next(k for k, other in enumerate(alike) if other is member)
        _name(member)
