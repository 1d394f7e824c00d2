from itertools import pairwise

import pytest

from limes.draw.chart import draw
from limes.draw.spec import read
from limes.draw.style import style


@pytest.mark.parametrize("name", ["rate", "law", "names", "band"])
def test_tick_labels_along_the_axis_do_not_touch(charts, name):
    with style("a"):
        figure = draw(read(charts[name]), 4.6)
        boxes = [t.get_window_extent() for t in figure.axes[0].texts if t.get_ha() == "center"]
    rows = {}
    for box in boxes:
        rows.setdefault(round(box.y0 / 4), []).append(box)
    for row in rows.values():
        row.sort(key=lambda box: box.x0)
        assert all(a.x1 < b.x0 for a, b in pairwise(row))


def test_axis_labels_are_words(charts):
    with style("a"):
        texts = [t.get_text() for t in draw(read(charts["rate"]), 4.6).axes[0].texts]
    assert {"D", "kernel error", "d = 3", "16", "4096"} <= set(texts)
