"""What of a graph is shown: operations and collapsed scopes as boxes, moves as part of the arrows between them."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from limes._errors import InputError
from limes.instruments.graph.graph import Graph

from .blocks import Block, Path, blocks
from .boxes import Box, Link
from .elements import Element, elements
from .entries import with_entries
from .moves import Moves

BUDGET = 40
Placed = tuple[Element | Block, Path]


@dataclass(frozen=True)
class View:
    """Boxes in linear order, arrows, opened blocks by path; scopes down to `level` of `depth` levels are open.

    `elements` are all that is live, shown or not, `folded` the moves that became part of arrows.
    """

    boxes: tuple[Box, ...]
    links: tuple[Link, ...]
    opened: dict[Path, Block]
    level: int
    depth: int
    root: Block = field(repr=False)
    elements: tuple[Element, ...] = field(repr=False)
    folded: Moves = field(repr=False)


def view(graph: Graph, *, level: int | None = None, expand: str | Iterable[str] = (), moves: bool = False) -> View:
    """Choose what is shown: scopes down to `level` are opened (0: none; `None`: as many as about 40 boxes allow).

    `expand` names further scopes to open, such as `block0` or `block0/attention`. With
    `moves`, reshapes, slices, casts and the like are boxes too. Raises `InputError` for a
    scope that does not exist.
    """
    found, outputs = elements(graph)
    folded = Moves(found, [out.key for out in outputs], shown=moves)
    root = blocks([e for e in found if e.kind in ("operation", "carry") and e not in folded])
    wanted = [expand] if isinstance(expand, str) else list(expand)
    forced = {path for name in wanted for path in _paths(root, name)}
    ends = {folded.source(out.key) for out in outputs}
    return _seen(found, folded, root, ends, level, forced)


def inside(seen: View, block: Block) -> View:
    """What one block of a view holds, drawn alone: what it reads from outside is its input."""
    own = {element.key for element in block.elements()}
    ends = set(_read_outside(seen, own))
    return _seen(seen.elements, seen.folded, block, ends, None, set())


def _read_outside(seen: View, own: set[str]) -> Iterable[str]:
    """The elements of a block that others read, or that the whole graph gives."""
    for box in seen.boxes:
        yield from (element.key for element in box.elements if box.output and element.key in own)
    for child in seen.elements:
        if child.key not in own and child not in seen.folded:
            yield from {s.key for parent in child.parents for s in seen.folded.sources(parent.key, child.key)} & own


def _seen(
    found: Sequence[Element], folded: Moves, root: Block, ends: set[str], level: int | None, forced: set[Path]
) -> View:
    base = len(root.path)
    depth = max((len(block.path) - base for block in root.blocks() if not is_single(block)), default=0)
    shown = _shown(root, _Opening(base + (depth if level is None else level), forced))
    automatic = level is None
    if level is None and len(shown) > BUDGET:
        shown, level = _fitting(root, depth, forced)
    boxes = [_box(member, group[base:], ends) for member, group in shown]
    boxes = _merged(boxes) if automatic and len(boxes) > BUDGET else boxes
    boxes, links = with_entries(found, folded, boxes, ends, whole=not base)
    known = {block.path[base:]: block for block in root.blocks()}
    opened = {box.group[:n]: known[box.group[:n]] for box in boxes for n in range(1, len(box.group) + 1)}
    level = depth if level is None else level
    return View(tuple(boxes), tuple(links), opened, level, depth, root, tuple(found), folded)


def is_single(block: Block) -> bool:
    """Whether a block holds one operation only: then it is but a name for it."""
    return sum(1 for element in block.elements() if element.kind == "operation") <= 1


@dataclass(frozen=True)
class _Opening:
    """Which blocks are opened: those down to a level, and those asked for.

    With `whole`, only those that have parts, and of many equal ones only the first.
    """

    level: int
    forced: set[Path]
    whole: bool = False

    def __call__(self, block: Block) -> bool:
        if is_single(block):
            return False
        if any(path[: len(block.path)] == block.path for path in self.forced):
            return True
        again = block.count >= 3 and block.number > 0
        return len(block.path) <= self.level and (not self.whole or (has_parts(block) and not again))


def has_parts(block: Block) -> bool:
    """Whether at least half of what a block holds are blocks themselves."""
    parts = sum(isinstance(member, Block) and not is_single(member) for member in block.members)
    return 2 * parts >= len(block.members)


def _shown(block: Block, opens: _Opening) -> list[Placed]:
    """Elements and collapsed blocks in order, with the opened block around each."""
    found: list[Placed] = []
    for member in block.members:
        if isinstance(member, Block) and opens(member):
            found += _shown(member, opens)
        else:
            found.append((member, block.path))
    return found


def _fitting(root: Block, depth: int, forced: set[Path]) -> tuple[list[Placed], int]:
    """The deepest level with few enough boxes; of several equal blocks the first is opened, to show what they hold."""
    base = len(root.path)
    few = lambda opening: _least(_shown(root, opening)) <= BUDGET
    level = next((n for n in range(depth, 0, -1) if few(_Opening(base + n, forced, whole=True))), 0)
    opens = _Opening(base + level, forced, whole=True)
    seen = {_kind(block) for block in root.blocks() if opens(block)}
    for member, _ in _shown(root, opens):
        if isinstance(member, Block) and member.count >= 3 and not is_single(member):
            if _kind(member) not in seen and few(_Opening(base + level, forced | {member.path}, whole=True)):
                forced = forced | {member.path}
            seen.add(_kind(member))
    return _shown(root, _Opening(base + level, forced, whole=True)), level


def _least(shown: Sequence[Placed]) -> int:
    """How many boxes are left where equal blocks in a row become one, if that has to be."""
    kinds = [(member.shape, group) if isinstance(member, Block) else (member.key, group) for member, group in shown]
    return len(shown) if len(shown) <= BUDGET else 1 + sum(a != b for a, b in pairwise(kinds))


def _kind(block: Block) -> str:
    return re.sub(r"\d+", "", block.title)


def _paths(root: Block, name: str) -> list[Path]:
    """The blocks that a name means: a whole path, or the end of one."""
    wanted = tuple(part.strip() for part in name.strip("/").split("/"))
    known = [block.path for block in root.blocks()]
    hits = [path for path in known if path == wanted] or [path for path in known if path[-len(wanted) :] == wanted]
    if hits:
        return hits
    names = list(dict.fromkeys("/".join(path) for path in known))
    near = difflib.get_close_matches(name, [*names, *(n.split("/")[-1] for n in names)], n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"the scopes are {', '.join(names[:8]) or 'none'}"
    raise InputError(f"expand must name a scope of the graph, got {name!r}; {hint}")


def _box(member: Element | Block, group: Path, ends: set[str]) -> Box:
    if isinstance(member, Element):
        return Box(member.key, member.kind, group, (member,), member.total, output=member.key in ends)
    inside = tuple(member.elements())
    kind = "operation" if is_single(member) else "block"
    total, output = sum(element.total for element in inside), any(element.key in ends for element in inside)
    return Box("/".join(member.path), kind, group, inside, total, member, output=output)


def _merged(boxes: list[Box]) -> list[Box]:
    """Equal blocks in a row as one box."""
    found: list[Box] = []
    for box in boxes:
        last = found[-1] if found else None
        if last and last.block and box.block and last.block.shape == box.block.shape and last.group == box.group:
            output, inside = last.output or box.output, (*last.elements, *box.elements)
            total, merged = last.total + box.total, last.merged + 1
            found[-1] = replace(last, elements=inside, total=total, merged=merged, output=output, kind="block")
        else:
            found.append(box)
    return found
