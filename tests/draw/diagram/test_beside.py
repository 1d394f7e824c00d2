"""Both views of a program in one picture: nothing is lost, nothing overlaps."""

import re
from dataclasses import replace

from limes.draw.diagram.arcs import arc_scene
from limes.draw.diagram.beside import GAP, beside
from limes.draw.diagram.drawing import layered


def size(svg):
    return tuple(float(number) for number in re.search(r'width="([\d.]+)pt" height="([\d.]+)pt"', svg).groups())


def test_every_box_and_arrow_is_drawn_in_both_views(diagram):
    drawn = beside(diagram, diagram, "both views", {"columns": [], "rows": []})
    assert drawn.svg.count('class="node"') == 2 * len(diagram.nodes)
    assert drawn.svg.count('class="line"') == 2 * len(diagram.edges)
    assert drawn.words == "both views"
    assert drawn.svg == beside(diagram, diagram, "both views", {"columns": [], "rows": []}).svg


def test_views_stand_beside_each_other(diagram):
    bare = replace(diagram, legend=[])
    left, right = layered(bare), arc_scene(bare)
    width, height = size(beside(bare, bare, "w", {}).svg)
    assert width >= left.width + GAP + right.width
    assert height >= max(left.height, right.height)


def test_it_is_saved_as_pdf(diagram):
    assert beside(diagram, diagram, "w", {}).save("pdf").startswith(b"%PDF")
