import pytest
from random_diagrams import random_diagram

from limes.draw.diagram import draw
from limes.draw.diagram.drawing import layered
from limes.draw.diagram.paper import recipe
from limes.draw.style import style


@pytest.mark.parametrize("view", ["layers", "order"])
def test_a_drawing_is_saved_as_pdf(view, tmp_path):
    picture = draw(random_diagram(12, 4, groups=True, labels=True), "w", {}, view=view)
    picture.save(tmp_path / "a.pdf")
    assert (tmp_path / "a.pdf").read_bytes().startswith(b"%PDF")
    assert picture.save("pdf") == picture.save("pdf")


def test_the_paper_has_the_width_asked_for_and_keeps_the_proportions():
    scene = layered(random_diagram(12, 4))
    with style("test"):
        narrow, wide = recipe(scene, 3.0), recipe(scene, 6.0)
    assert float(narrow.get_size_inches()[0]) == pytest.approx(3.0)
    assert wide.get_size_inches()[1] == pytest.approx(2 * narrow.get_size_inches()[1])


def test_nothing_is_drawn_outside_of_the_paper():
    scene = layered(random_diagram(20, 5, groups=True))
    with style("test"):
        figure = recipe(scene, 5.0)
        for text in figure.axes[0].texts:
            assert 0 <= text.get_position()[0] <= 72 * 5.0
    assert len(figure.axes[0].texts) >= 20
