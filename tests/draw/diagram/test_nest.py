import pytest

from limes.draw.diagram import Diagram, Edge, Frame, Node, Span
from limes.draw.diagram.nest import clusters, names, title_width
from limes.draw.diagram.route import planned


def box(name, group=()):
    return Node(name, ((Span(name),),), "operation", group)


def test_a_group_that_is_left_and_entered_again_has_two_frames():
    root = clusters(Diagram([box("a", ("g",)), box("b"), box("c", ("g",)), box("d", ("g",))]))
    assert [list(names(member)) for member in root.members] == [["a"], ["b"], ["c", "d"]]


def test_groups_stand_inside_groups():
    nodes = [box("a", ("g", "h")), box("b", ("g", "h")), box("c", ("g", "k")), box("d", ("g",))]
    (outer,) = clusters(Diagram(nodes)).members
    assert [list(names(member)) for member in outer.members] == [["a", "b"], ["c"], ["d"]]


@pytest.mark.parametrize("title", ["t", "a title much wider than all that the group holds"])
def test_a_title_meets_no_line_that_enters(title):
    nodes = [box("x"), box("y"), box("a", ("g",)), box("b", ("g",)), box("c", ("g",))]
    edges = [Edge("x", "a"), Edge("y", "b"), Edge("x", "c"), Edge("a", "b")]
    frame = Frame(title, "and a remark")
    plan = planned(Diagram(nodes, edges, {("g",): frame}))
    ((cluster, place),) = plan.frames
    left = place.x + cluster.title
    assert place.x <= left
    assert left + title_width(frame) <= place.x + place.width
    for runs in plan.lines.values():
        for run in runs:
            if run.top <= place.y < run.bottom:
                assert run.x < left or run.x > left + title_width(frame)


def test_a_line_goes_through_the_border_of_every_frame_on_its_way():
    nodes = [box("a", ("g", "h")), box("b", ("k", "l"))]
    plan = planned(Diagram(nodes, [Edge("a", "b")]))
    runs = plan.lines["a", "b"]
    for cluster, place in plan.frames:
        y = place.y + place.height if cluster.path[0] == "g" else place.y
        assert any(run.top <= y <= run.bottom and place.x < run.x < place.x + place.width for run in runs)
