import drawn_programs as programs

from limes.instruments.graph import graph
from limes.instruments.graph.views.view import view


def test_a_box_of_one_operation_has_its_element_and_a_collapsed_one_has_none():
    fn, args = programs.mlp()
    flat, folded = view(graph(fn, *args)), view(graph(fn, *args), level=0)
    assert all(box.element is not None and box.key == box.element.key for box in flat.boxes)
    assert [box.element for box in folded.boxes if box.kind == "block"] == [None] * 4


def test_a_link_knows_what_is_read_and_by_which_moves():
    seen = view(graph(programs.masked, *programs.as_shapes([[0.0] * 12])[0:0], __import__("jax").numpy.arange(12.0)))
    (first,) = [link for link in seen.links if link.tail == "0"]
    assert first.by == ("reshape", "transpose")
    assert first.pairs[0][0] == "0"
    assert first.active
