"""Random diagrams, and what is true of every drawing of one."""

import random

import pytest

from limes.draw.diagram import Diagram, Edge, Node, Span
from limes.draw.diagram.route import curve


def random_diagram(count, far, seed=0, groups=False, labels=False):
    """Each box reads one or two of the `far` boxes before it."""
    draw = random.Random(seed)
    nodes, edges = [], []
    for k in range(count):
        group = (f"g{k // 12}", f"h{k // 4}")[: draw.choice([1, 2])] if groups else ()
        text = "x" * draw.randrange(1, 12)
        nodes.append(Node(str(k), ((Span(text, "symbol"),),), draw.choice(["operation", "input"]), group))
        for p in sorted({draw.randrange(max(0, k - far), k) for _ in range(draw.choice([1, 1, 2, 3]))} if k else ()):
            edges.append(Edge(str(p), str(k), label="0.25" if labels else ""))
    return Diagram(nodes, edges)


CASES = {
    "chain": random_diagram(12, 1),
    "small": random_diagram(25, 6, seed=1),
    "labels": random_diagram(18, 5, seed=2, labels=True),
    "wild": random_diagram(40, 40, seed=3),
    "groups": random_diagram(60, 8, seed=4, groups=True),
    "far groups": random_diagram(48, 30, seed=5, groups=True),
    "alone": Diagram([Node("a", ((Span("a"),),))]),
    "apart": Diagram([Node(str(k), ((Span("a"),),)) for k in range(5)]),
    "empty": Diagram([]),
}


def sampled(runs, steps=40):
    """Points on the line of an arrow."""
    at, pieces = curve(runs, 0.0)
    points = [at]
    for piece in pieces:
        for k in range(1, steps + 1):
            t = k / steps
            if len(piece) == 1:
                points.append(tuple(a + t * (b - a) for a, b in zip(at, piece[0], strict=True)))
            else:
                first, second, end = piece
                weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3)
                points.append(
                    tuple(sum(w * p[i] for w, p in zip(weights, (at, first, second, end), strict=True)) for i in (0, 1))
                )
        at = piece[-1]
    return points


def check_boxes(plan):
    """No two boxes overlap, and none leaves the paper."""
    places = sorted(plan.boxes.values(), key=lambda place: place.y)
    for k, a in enumerate(places):
        assert a.x >= -0.01
        assert a.y >= -0.01
        assert a.x + a.width <= plan.width + 0.01
        assert a.y + a.height <= plan.height + 0.01
        for b in places[k + 1 :]:
            if b.y >= a.y + a.height:
                break
            assert a.x + a.width < b.x or b.x + b.width < a.x


def check_lines(plan):
    """Every line begins at its tail, ends at its head, and passes through no box on the way."""
    for (tail, head), runs in plan.lines.items():
        points = sampled(runs)
        a, b = plan.boxes[tail], plan.boxes[head]
        assert a.x <= points[0][0] <= a.x + a.width
        assert points[0][1] == pytest.approx(a.y + a.height)
        assert b.x <= points[-1][0] <= b.x + b.width
        assert points[-1][1] == pytest.approx(b.y)
        for place in plan.boxes.values():
            inside = [
                (x, y)
                for x, y in points
                if place.x + 0.3 < x < place.x + place.width - 0.3 and place.y + 0.3 < y < place.y + place.height - 0.3
            ]
            assert not inside, (tail, head, place, inside[:2])


def check_frames(plan, diagram):
    """A frame holds its boxes, and no others; frames are apart or one inside the other."""
    for cluster, place in plan.frames:
        own = set(_names(cluster))
        for node in diagram.nodes:
            box = plan.boxes[node.name]
            apart = (
                box.x + box.width <= place.x
                or place.x + place.width <= box.x
                or box.y + box.height <= place.y
                or place.y + place.height <= box.y
            )
            within = (
                place.x <= box.x
                and box.x + box.width <= place.x + place.width
                and place.y <= box.y
                and box.y + box.height <= place.y + place.height
            )
            assert within if node.name in own else apart


def _names(cluster):
    for member in cluster.members:
        if isinstance(member, Node):
            yield member.name
        else:
            yield from _names(member)
