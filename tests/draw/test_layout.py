import pytest

from limes.draw.layout import arrange
from limes.draw.spec import read


@pytest.mark.parametrize("inches", [2.0, 3.25, 4.6, 6.5])
def test_the_plot_lies_on_the_paper(charts, inches):
    for spec in map(read, charts.values()):
        layout = arrange(spec, lambda scale: [], inches)
        assert layout.left > 0
        assert layout.width >= 60
        assert layout.left + layout.width <= layout.paper[0]
        assert layout.bottom + layout.height <= layout.paper[1]
        assert layout.at(layout.places.low, layout.values.low)[0] == pytest.approx(layout.left)


def test_crowded_names_go_down_the_edge(charts):
    assert arrange(read(charts["law"]), lambda scale: [], 4.6).flip
    assert not arrange(read(charts["names"]), lambda scale: [], 4.6).flip
