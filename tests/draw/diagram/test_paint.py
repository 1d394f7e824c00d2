import pytest

from limes.draw.diagram import Edge, Node, Span
from limes.draw.diagram.measure import box_size, span_width
from limes.draw.diagram.paint import line_layers, node_layer, tint
from limes.draw.diagram.route import Placed
from limes.draw.diagram.scene import Curve, Letters, Rect
from limes.draw.diagram.sheet import Run
from limes.draw.style import BLUE, INK, ORANGE, VERMILION


def painted(node):
    return node_layer(node, Placed(10.0, 20.0, *box_size(node)))


def test_letters_stay_inside_their_box():
    node = Node("a", ((Span("a name"),), (Span("1.25", "value"), Span("−3.5", "adjoint")), (Span("3×4", "small"),)))
    width, height = box_size(node)
    for shape in painted(node).shapes:
        if isinstance(shape, Letters):
            assert 10.0 < shape.x < shape.x + shape.width < 10.0 + width
            assert 20.0 < shape.y - 0.7 * shape.size < shape.y < 20.0 + height


def test_values_and_adjoints_have_their_colors():
    node = Node("a", ((Span("f"),), (Span("1.25", "value"), Span("3.5", "adjoint"))))
    assert [s.color for s in painted(node).shapes if isinstance(s, Letters)] == [INK, BLUE, VERMILION]


def test_more_operations_give_a_deeper_tint():
    depths = [tint(heat)[1] for heat in (0.0, 0.3, 1.0)]
    assert depths == sorted(depths)
    assert tint(0.5)[0] == ORANGE
    assert tint(None)[0] == INK
    assert tint(2.0) == tint(1.0)


@pytest.mark.parametrize("share", [0.0, 0.4, 1.0, 1.7])
def test_a_bar_is_as_long_as_its_share(share):
    rects = [s for s in painted(Node("a", ((Span("f"),),), "block", share=share)).shapes if isinstance(s, Rect)]
    bars = [r for r in rects if r.fill == VERMILION]
    whole = rects[1].width
    assert sum(bar.width for bar in bars) == pytest.approx(min(share, 1.0) * whole)


def test_an_output_is_framed_thicker_and_a_constant_dashed():
    plain, output, constant = (
        painted(Node("a", ((Span("f"),),), k)).shapes[0] for k in ("operation", "output", "constant")
    )
    assert output.line > plain.line
    assert constant.dashed
    assert not plain.dashed


def test_a_stack_shows_boxes_behind():
    assert sum(isinstance(s, Curve) for s in painted(Node("a", ((Span("f"),),), stack=True)).shapes) == 2


def test_labels_of_two_arrows_stand_on_both_sides():
    edges = [Edge("a", "c", "0.5"), Edge("b", "c", "0.25")]
    lines = {("a", "c"): [Run(0.0, 0.0, 50.0)], ("b", "c"): [Run(9.0, 0.0, 50.0)]}
    left, right = (layer.shapes[0] for layer in line_layers(edges, lines)[1].layers)
    assert (left.align, right.align) == ("right", "left")
    assert left.x < 0.0 < 9.0 < right.x
    assert span_width(Span("0.5", "adjoint")) == left.width
