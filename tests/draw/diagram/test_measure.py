import pytest

from limes.draw.diagram import Node, Span
from limes.draw.diagram.measure import LIMIT, box_size, line_height, line_width, shown


def test_a_box_holds_its_lines():
    lines = ((Span("a long name of a box"),), (Span("1.25", "value"), Span("3.5", "adjoint")))
    width, height = box_size(Node("a", lines))
    assert width > max(map(line_width, lines))
    assert height > sum(map(line_height, lines))


def test_more_text_needs_more_room():
    small, large = (box_size(Node("a", ((Span(text),),))) for text in ("ab", "ab" * 9))
    assert small[0] < large[0]
    assert small[1] == large[1]


@pytest.mark.parametrize("text", ["", "x", "a\nb\x00c", "y" * 500])
def test_shown_text_is_one_short_line(text):
    line = shown(text)
    assert len(line) <= LIMIT
    assert "\n" not in line
    assert "\x00" not in line


def test_an_empty_box_can_be_seen():
    width, height = box_size(Node("a", ()))
    assert width >= height >= 10
