import pytest

from limes._errors import InputError
from limes.draw.diagram import Diagram, Edge, Node


def box(name, kind="operation"):
    return Node(name, (), kind)


@pytest.mark.parametrize(
    ("nodes", "edges", "said"),
    [
        ([box("a"), box("a")], [], "'a' came twice"),
        ([box("a", "cloud")], [], "'cloud'"),
        ([box("a")], [Edge("a", "b")], "'b' is none of them"),
        ([box("a"), box("b")], [Edge("b", "a")], "'b' does not come before 'a'"),
        ([box("a")], [Edge("a", "a")], "does not come before"),
    ],
)
def test_what_cannot_be_drawn_is_said(nodes, edges, said):
    with pytest.raises(InputError, match=said):
        Diagram(nodes, edges)


def test_a_diagram_in_order_is_accepted():
    assert len(Diagram([box("a"), box("b")], [Edge("a", "b")]).edges) == 1
