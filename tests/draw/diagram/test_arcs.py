import pytest
from random_diagrams import CASES

from limes.draw.diagram import Diagram, Edge, Node, Span
from limes.draw.diagram.arcs import ROW, arc_scene
from limes.draw.diagram.scene import Curve, Letters


@pytest.mark.parametrize("name", CASES)
def test_one_row_for_each_box_in_order(name):
    diagram = CASES[name]
    nodes = next(layer for layer in arc_scene(diagram).layers if layer.kind == "nodes")
    assert [dict(row.data)["node"] for row in nodes.layers] == [node.name for node in diagram.nodes]
    tops = [row.shapes[-1].y for row in nodes.layers]
    assert tops == sorted(tops)


@pytest.mark.parametrize("name", CASES)
def test_every_arc_goes_from_an_earlier_row_to_a_later_one(name):
    diagram = CASES[name]
    place = {node.name: k for k, node in enumerate(diagram.nodes)}
    lines = next(layer for layer in arc_scene(diagram).layers if layer.kind == "lines")
    assert len(lines.layers) == len(diagram.edges)
    for line in lines.layers:
        ends, (arc, head) = dict(line.data), line.shapes
        assert int(arc.start[1] // ROW) == place[ends["from"]]
        assert int(head.start[1] // ROW) == place[ends["to"]]
        assert min(x for piece in arc.pieces for x, _ in piece) >= -0.01 - 0.35 * arc.start[0]


def test_the_drawing_of_long_arcs_stays_on_paper():
    nodes = [Node(str(k), ((Span("a"),),)) for k in range(200)]
    scene = arc_scene(Diagram(nodes, [Edge("0", str(k)) for k in range(1, 200)]))
    for line in next(layer for layer in scene.layers if layer.kind == "lines").layers:
        (start, pieces) = line.shapes[0].start, line.shapes[0].pieces[0]
        middle = [(start[i] + 3 * pieces[0][i] + 3 * pieces[1][i] + pieces[2][i]) / 8 for i in (0, 1)]
        assert 0.0 <= middle[0] <= scene.width


def test_groups_are_brackets_beside_their_rows():
    nodes = [Node("a", ((Span("a"),),)), *[Node(str(k), ((Span("b"),),), "operation", ("g", "h")) for k in range(3)]]
    groups = next(layer for layer in arc_scene(Diagram(nodes)).layers if layer.kind == "groups")
    assert sorted(s.text for layer in groups.layers for s in layer.shapes if isinstance(s, Letters)) == ["g", "h"]
    for layer in groups.layers:
        curve = next(s for s in layer.shapes if isinstance(s, Curve))
        assert ROW < curve.start[1] < curve.pieces[-1][-1][1] < 4 * ROW
