import drawn_programs as programs
import pytest

from limes.instruments.graph import graph
from limes.instruments.graph.views.album import album


@pytest.fixture(scope="module")
def conv():
    fn, args = programs.conv_net()
    return album(graph(fn, *args))


def test_levels_differ_and_the_program_comes_last(conv):
    names = [name for name, _ in conv.sheets]
    assert names[0] == "overview"
    assert names[-1] == "in order"
    boxes = [picture.svg.count('class="node"') for _, picture in conv.sheets[:-1]]
    assert len(set(boxes)) == len(boxes) >= 3


def test_every_link_leads_to_the_drawing_of_a_block(conv):
    import re

    anchors = [part.anchor for part in conv.parts]
    assert len(set(anchors)) == len(anchors)
    linked = {a for _, picture in conv.sheets for a in re.findall(r'<a href="#([^"]+)"', picture.svg)}
    assert linked
    assert linked <= set(anchors)


def test_equal_blocks_are_drawn_once(conv):
    titles = [part.title for part in conv.parts]
    assert "stage3/block2" in titles
    assert "stage3/block3" not in titles
    assert "one of 5 equal blocks" in next(part.words for part in conv.parts if part.title == "stage3/block2")


def test_a_small_graph_needs_two_drawings():
    found = album(graph(programs.example, 1.0, 2.0))
    assert [name for name, _ in found.sheets] == ["all operations", "in order"]
    assert found.parts == ()


def test_a_level_of_ones_own_is_the_first_drawing():
    fn, args = programs.transformer()
    found = album(graph(fn, *args), level=0, expand="block3")
    assert "block3" in found.sheets[0][1].svg
    assert [name for name, _ in found.sheets] == ["overview", "in order"]
