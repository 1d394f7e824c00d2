import pytest

from limes.draw.diagram.legend import legend_layer
from limes.draw.diagram.scene import Letters

SIGNS = ["value", "adjoint", "heat", "share", "faint", "stack", "input", "constant", "output"]


@pytest.mark.parametrize("sign", SIGNS)
def test_every_sign_is_drawn_beside_its_text(sign):
    layer, width, height = legend_layer([(sign, "what it means")], 100.0, 400.0)
    words = [s for s in layer.shapes if isinstance(s, Letters) and s.text == "what it means"]
    assert len(words) == 1
    assert len(layer.shapes) >= 2
    assert words[0].x + words[0].width <= width + 0.01
    assert 100.0 < words[0].y < 100.0 + height


def test_a_narrow_legend_has_several_rows():
    entries = [(sign, "some words on it") for sign in SIGNS]
    _, wide, low = legend_layer(entries, 0.0, 2000.0)
    _, narrow, high = legend_layer(entries, 0.0, 200.0)
    assert narrow <= 200.0 < wide
    assert high > low


def test_no_entry_takes_no_width():
    assert legend_layer([], 0.0, 100.0)[1] == 0.0
