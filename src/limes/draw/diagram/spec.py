"""What a diagram shows: boxes in linear order, arrows between them, groups around them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from limes._errors import InputError

KINDS = ("input", "constant", "operation", "block", "output")
ROLES = ("name", "symbol", "small", "value", "adjoint")
Group = tuple[str, ...]


@dataclass(frozen=True)
class Span:
    """A piece of a label line; `role` is one of `ROLES` and decides size and color."""

    text: str
    role: str = "name"


@dataclass(frozen=True)
class Node:
    """One box: label lines, kind, the groups around it (outermost first), and two numbers in [0, 1].

    `heat` is the depth of the tint, `share` the length of the bar at its foot; `note` is
    shown on hover, `link` is an anchor of the page around the drawing, `stack` draws the
    box as the first of several equal ones.
    """

    name: str
    lines: tuple[tuple[Span, ...], ...]
    kind: str = "operation"
    group: Group = ()
    heat: float | None = None
    share: float | None = None
    note: str = ""
    link: str = ""
    stack: bool = False
    faint: bool = False


@dataclass(frozen=True)
class Edge:
    """One arrow from an earlier box to a later one; `faint` arrows are dashed."""

    tail: str
    head: str
    label: str = ""
    note: str = ""
    faint: bool = False


@dataclass(frozen=True)
class Frame:
    """What stands at the head of a group: its title, a few numbers, a hover text, its tint."""

    title: str
    remark: str = ""
    note: str = ""
    heat: float | None = None
    stack: bool = False


@dataclass(frozen=True)
class Diagram:
    """Boxes in linear order (an arrow never points backward), arrows, frames of groups, a legend.

    `legend` holds pairs (sign, text); a sign is `value`, `adjoint`, `heat`, `share`,
    `input`, `constant`, `stack` or `faint`. Raises `InputError` for a name used twice, an
    arrow to an unknown box, or an arrow against the order.
    """

    nodes: Sequence[Node]
    edges: Sequence[Edge] = ()
    frames: Mapping[Group, Frame] = field(default_factory=dict)
    legend: Sequence[tuple[str, str]] = ()

    def __post_init__(self) -> None:
        place: dict[str, int] = {}
        for index, node in enumerate(self.nodes):
            if node.name in place:
                raise InputError(f"A diagram names each box once, but {node.name!r} came twice; rename one.")
            if node.kind not in KINDS:
                raise InputError(f"A box is one of {', '.join(KINDS)}, but {node.kind!r} came; choose one of them.")
            place[node.name] = index
        for edge in self.edges:
            _check(edge, place)


def _check(edge: Edge, place: Mapping[str, int]) -> None:
    for end in (edge.tail, edge.head):
        if end not in place:
            raise InputError(f"An arrow joins boxes of the diagram, but {end!r} is none of them; add it first.")
    if place[edge.tail] >= place[edge.head]:
        raise InputError(
            f"An arrow goes from an earlier box to a later one, but {edge.tail!r} does not come before {edge.head!r}; order the boxes."
        )
