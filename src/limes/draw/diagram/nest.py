"""Groups inside groups: each is a sheet of its own, and one item of the sheet around it.

A group is a stretch of the linear order; boxes with the same group path that are not
consecutive stand in separate frames, so that a group never has to be left and entered again.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from limes.draw.style import text_width

from .layers import Item, Value
from .measure import LEADING, SIZES, box_size, shown
from .sheet import Sheet, arranged
from .spec import Diagram, Edge, Frame, Group, Node

PAD = 9.0
Link = tuple[str, str]


@dataclass
class Cluster:
    """A group being laid out: members in order, their sheet, and where its content starts."""

    path: Group
    frame: Frame
    members: list["Cluster | Node"] = field(default_factory=list)
    sheet: Sheet = field(default_factory=lambda: arranged([], []))
    inset: tuple[float, float] = (0.0, 0.0)
    size: tuple[float, float] = (0.0, 0.0)
    title: float = PAD
    ports: dict[tuple[str, str], int] = field(default_factory=dict)
    values: dict[str, int] = field(default_factory=dict)
    inside: dict[str, int] = field(default_factory=dict)


def clusters(diagram: Diagram) -> Cluster:
    """The tree of groups: a new one wherever the path of a box leaves the open ones."""
    root = Cluster((), Frame(""))
    stack = [root]
    for node in diagram.nodes:
        same = 0
        while same < min(len(stack) - 1, len(node.group)) and stack[same + 1].path[-1] == node.group[same]:
            same += 1
        del stack[same + 1 :]
        for depth in range(same, len(node.group)):
            path = node.group[: depth + 1]
            inner = Cluster(path, diagram.frames.get(path, Frame(path[-1])))
            stack[-1].members.append(inner)
            stack.append(inner)
        stack[-1].members.append(node)
    return root


def names(member: "Cluster | Node") -> Iterable[str]:
    """Names of all boxes of a member."""
    if isinstance(member, Node):
        yield member.name
        return
    for inner in member.members:
        yield from names(inner)


def lay_out(cluster: Cluster, links: Sequence[Link], labels: Mapping[str, Sequence[Edge]]) -> None:
    """Lay a cluster out from the inside; `links` are the arrows with at least one end in it."""
    for k, member in enumerate(cluster.members):
        cluster.inside.update(dict.fromkeys(names(member), k))
    for k, member in enumerate(cluster.members):
        if isinstance(member, Cluster):
            own = [link for link in links if cluster.inside.get(link[0]) == k or cluster.inside.get(link[1]) == k]
            lay_out(member, own, labels)
    heads = _values(cluster, links)
    tops = [name for name in heads if name not in cluster.inside]
    feet = [name for name in heads if -1 in heads[name]]
    items = [_item(member, labels) for member in cluster.members]
    for pin, found in (("top", tops), ("bottom", feet)):
        for name in found:
            cluster.ports[pin, name] = len(items)
            items.append(Item(0.0, 0.0, pin))
    _number_ports(cluster, items, heads)
    cluster.sheet = arranged(*_sorted_values(cluster, items, heads))
    _frame(cluster)


def _values(cluster: Cluster, links: Sequence[Link]) -> dict[str, set[int]]:
    """Maker -> members that read its value; -1 stands for readers outside."""
    heads: dict[str, set[int]] = {}
    for tail, head in links:
        source, target = cluster.inside.get(tail, -1), cluster.inside.get(head, -1)
        if source != target:
            heads.setdefault(tail, set()).add(target)
    return heads


def _item(member: "Cluster | Node", labels: Mapping[str, Sequence[Edge]]) -> Item:
    if isinstance(member, Cluster):
        return Item(*member.size)
    width, height = box_size(member)
    written = [text_width(shown(edge.label), SIZES["adjoint"]) for edge in labels.get(member.name, ()) if edge.label]
    if not written:
        return Item(width, height)
    room = max(max(written) + 8.0 - width / 2 + 6.0, 1.0)
    return Item(width, height, margin=room, step=9.0 if len(written) < 3 else max(written) + 8.0)


def _number_ports(cluster: Cluster, items: list[Item], heads: Mapping[str, set[int]]) -> None:
    """Number the values of the sheet and tell inner groups where their lines enter and leave."""
    for v, name in enumerate(heads):
        cluster.values[name] = v
        for k, member in enumerate(cluster.members):
            if isinstance(member, Cluster):
                for pin, side in (("top", items[k].ins), ("bottom", items[k].outs)):
                    port = member.ports.get((pin, name))
                    if port is not None:
                        side[v] = member.sheet.lefts[port] + member.inset[0] - member.size[0] / 2


def _sorted_values(
    cluster: Cluster, items: list[Item], heads: Mapping[str, set[int]]
) -> tuple[list[Item], list[Value]]:
    values = []
    for name, targets in heads.items():
        tail = cluster.inside[name] if name in cluster.inside else cluster.ports["top", name]
        read = {cluster.ports["bottom", name] if target == -1 else target for target in targets}
        values.append(Value(tail, tuple(sorted(read))))
    return items, values


def _frame(cluster: Cluster) -> None:
    """Put a frame around the sheet, its title where no line enters."""
    sheet, frame = cluster.sheet, cluster.frame
    if not cluster.path:
        cluster.size = (sheet.width, sheet.height)
        return
    wide, high = title_width(frame), PAD / 2 + title_height(frame)
    width = max(sheet.width, wide) + 2 * PAD
    inset = (width - sheet.width) / 2
    entering = [sheet.lefts[k] + inset for (pin, _), k in cluster.ports.items() if pin == "top"]
    left = max(0.0, PAD + wide + 6.0 - min(entering, default=1e9))
    right = max(0.0, max(entering, default=-1e9) + 6.0 + wide + PAD - width)
    if left <= right:
        inset, cluster.title = inset + left, PAD
        width = max(width, inset + sheet.width + PAD)
    else:
        width, cluster.title = width + right, width + right - PAD - wide
    cluster.inset = (inset, high)
    cluster.size = (width, high + sheet.height + PAD)


def title_width(frame: Frame) -> float:
    """Width of the lettering at the head of a frame."""
    return max(text_width(shown(frame.title), SIZES["title"]), text_width(shown(frame.remark), SIZES["small"]))


def title_height(frame: Frame) -> float:
    """Height of the lettering at the head of a frame."""
    rows = [(frame.title, SIZES["title"]), (frame.remark, SIZES["small"])]
    return 3.0 + sum(size * LEADING for text, size in rows if text)
