import re
import time

import pytest
from random_diagrams import random_diagram

from limes.draw.diagram import Diagram, draw
from limes.draw.diagram.drawing import layered, with_legend
from limes.draw.diagram.scene import Scene


@pytest.mark.parametrize("view", ["layers", "order"])
def test_same_bytes_twice(diagram, view):
    first, second = draw(diagram, "w", {}, view=view), draw(diagram, "w", {}, view=view)
    assert first.svg == second.svg
    assert first == second


@pytest.mark.parametrize("groups", [False, True])
def test_five_hundred_boxes_are_drawn_in_seconds(groups):
    diagram = random_diagram(500, 12, groups=groups)
    started = time.process_time()
    picture = draw(diagram, "w", {})
    assert time.process_time() - started < 20
    assert picture.svg.count('class="node"') == 500
    assert picture.svg.count('class="line"') == len(diagram.edges)


def test_a_high_drawing_is_set_in_columns():
    diagram = random_diagram(60, 2)
    assert layered(diagram, 400.0).height < layered(diagram, 1e6).height
    assert layered(diagram, 400.0).width > layered(diagram, 1e6).width


def test_a_legend_stands_below():
    scene = Scene(50.0, 30.0)
    assert with_legend(scene, Diagram([])) is scene
    below = with_legend(scene, Diagram([], legend=[("value", "value")]))
    assert below.height > 30.0
    assert below.layers[-1].kind == "legend"


def test_a_drawing_knows_its_natural_width():
    picture = draw(random_diagram(20, 3), "w", {})
    width = float(re.search(r'width="([\d.]+)pt"', picture.svg)[1])
    assert 72 * picture.inches == pytest.approx(width, abs=0.1)
