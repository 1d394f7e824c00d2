"""Where everything stands on paper: boxes, frames, and the smooth line of every arrow."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from .measure import box_size
from .nest import Cluster, clusters, lay_out
from .scene import Curve, Point
from .sheet import Run
from .spec import Diagram, Edge, Node

HEAD = 5.2
JOIN = 0.02
TURN = 6.0
Detour = tuple[float, float, float]


@dataclass(frozen=True)
class Placed:
    """A rectangle on paper."""

    x: float
    y: float
    width: float
    height: float


@dataclass
class Plan:
    """Rectangles of boxes and frames, vertical runs of every arrow, size of the paper."""

    width: float = 0.0
    height: float = 0.0
    boxes: dict[str, Placed] = field(default_factory=dict)
    frames: list[tuple[Cluster, Placed]] = field(default_factory=list)
    lines: dict[tuple[str, str], list[Run]] = field(default_factory=dict)
    bands: tuple[tuple[float, float], ...] = ()


def planned(diagram: Diagram) -> Plan:
    """Lay a diagram out in layers."""
    links = list(dict.fromkeys((edge.tail, edge.head) for edge in diagram.edges))
    labels: dict[str, list[Edge]] = {}
    for edge in diagram.edges:
        labels.setdefault(edge.head, []).append(edge)
    root = clusters(diagram)
    lay_out(root, links, labels)
    plan = Plan(*root.size, bands=root.sheet.bands)
    corners: dict[int, Point] = {}
    _place(root, 0.0, 0.0, plan, corners)
    for tail, head in links:
        plan.lines[tail, head] = _line(root, tail, head, corners)
    return plan


def _place(cluster: Cluster, x: float, y: float, plan: Plan, corners: dict[int, Point]) -> None:
    if cluster.path:
        plan.frames.append((cluster, Placed(x, y, *cluster.size)))
    corner = (x + cluster.inset[0], y + cluster.inset[1])
    corners[id(cluster)] = corner
    for k, member in enumerate(cluster.members):
        left, top = corner[0] + cluster.sheet.lefts[k], corner[1] + cluster.sheet.tops[k]
        if isinstance(member, Node):
            plan.boxes[member.name] = Placed(left, top, *box_size(member))
        else:
            _place(member, left, top, plan, corners)


def _line(root: Cluster, tail: str, head: str, corners: dict[int, Point]) -> list[Run]:
    """Runs from box to box: up through the frames that hold the tail, down through those of the head."""
    meet = root
    while (inner := _inner(meet, tail)) is not None and inner is _inner(meet, head):
        meet = inner
    rising, falling = _within(meet, tail), _within(meet, head)
    runs: list[Run] = []
    for cluster in reversed(rising):
        runs += _runs(cluster, tail, cluster.ports["bottom", tail], corners)
    runs += _runs(meet, tail, meet.inside[head], corners)
    for cluster in falling:
        runs += _runs(cluster, tail, cluster.inside[head], corners)
    return joined(runs)


def _inner(cluster: Cluster, name: str) -> Cluster | None:
    member = cluster.members[cluster.inside[name]]
    return member if isinstance(member, Cluster) else None


def _within(cluster: Cluster, name: str) -> list[Cluster]:
    found = []
    while (inner := _inner(cluster, name)) is not None:
        found.append(inner)
        cluster = inner
    return found


def _runs(cluster: Cluster, tail: str, item: int, corners: dict[int, Point]) -> list[Run]:
    dx, dy = corners[id(cluster)]
    return [run.moved(dx, dy) for run in cluster.sheet.runs[cluster.values[tail], item]]


def joined(runs: Sequence[Run]) -> list[Run]:
    """Runs one below the other at the same place become one."""
    found: list[Run] = []
    for run in runs:
        if found and abs(found[-1].x - run.x) < JOIN:
            found[-1] = Run(found[-1].x, found[-1].top, run.bottom)
        else:
            found.append(run)
    return found


def curve(runs: Sequence[Run], tip: float = HEAD) -> tuple[Point, tuple[tuple[Point, ...], ...]]:
    """The smooth line through vertical runs: start and pieces; it stops `tip` above its end."""
    start = (runs[0].x, runs[0].top)
    pieces: list[tuple[Point, ...]] = []
    for k, run in enumerate(runs):
        if k:
            last = runs[k - 1]
            half = (last.bottom + run.top) / 2
            if run.detour:
                pieces += corners((last.x, last.bottom), run.detour, (run.x, run.top))
            else:
                pieces.append(((last.x, half), (run.x, half), (run.x, run.top)))
        bottom = run.bottom - (tip if k == len(runs) - 1 else 0.0)
        if bottom > run.top + JOIN:
            pieces.append(((run.x, bottom),))
    return start, tuple(pieces)


def corners(start: Point, detour: Detour, end: Point) -> list[tuple[Point, ...]]:
    """The way from the foot of a column to the head of another, with round corners."""
    low, across, high = detour
    stops = [(start[0], low), (across, low), (across, high), (end[0], high)]
    way = [start, *stops, end]
    pieces: list[tuple[Point, ...]] = []
    for before, here, after in zip(way[:-2], way[1:-1], way[2:], strict=True):
        a, b = toward(here, before), toward(here, after)
        pieces += [(a,), (middle(a, here), middle(b, here), b)]
    return [*pieces, (end,)]


def toward(corner: Point, other: Point) -> Point:
    """The point on the way from a corner to another point where the corner's curve begins."""
    distance = abs(other[0] - corner[0]) + abs(other[1] - corner[1])
    part = min(TURN, distance / 2) / distance if distance else 0.0
    return corner[0] + part * (other[0] - corner[0]), corner[1] + part * (other[1] - corner[1])


def middle(a: Point, b: Point) -> Point:
    """A little more than half the way from a to b: the handle of a quarter of a circle."""
    return a[0] + 0.55 * (b[0] - a[0]), a[1] + 0.55 * (b[1] - a[1])


def arrow(runs: Sequence[Run], dashed: bool = False) -> tuple[Curve, Curve]:
    """The line of an arrow and its head."""
    start, pieces = curve(_shortened(runs))
    x, y = runs[-1].x, runs[-1].bottom
    wing = HEAD * 0.36
    head = Curve((x - wing, y - HEAD), (((x, y),), ((x + wing, y - HEAD),), ((x, y - HEAD * 0.72),)), filled=True)
    return Curve(start, pieces, dashed=dashed), head


def _shortened(runs: Sequence[Run]) -> list[Run]:
    """Leave room for the head where the last curve would end inside it."""
    last = runs[-1]
    if len(runs) == 1 or last.bottom - last.top >= HEAD:
        return list(runs)
    return [*runs[:-1], Run(last.x, last.bottom - HEAD, last.bottom, last.detour)]
