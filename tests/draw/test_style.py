import matplotlib as mpl
import pytest

from limes._errors import InputError
from limes.draw.style import style, text_width, width_of


@pytest.mark.parametrize(
    ("given", "inches"),
    [("column", 3.25), ("2.54 cm", None), ("3.25in", 3.25), ("8.4cm", 3.307), (5, 5.0), ("234pt", 3.238)],
)
def test_widths(given, inches):
    if inches is None:
        with pytest.raises(InputError, match="width"):
            width_of(given)
    else:
        assert abs(width_of(given) - inches) < 1e-3


@pytest.mark.parametrize("given", ["wide", "", "-3in", 0, float("nan"), "1e9"])
def test_bad_widths(given):
    with pytest.raises(InputError, match="width"):
        width_of(given)


def test_a_persons_settings_change_nothing_and_come_back():
    before = mpl.rcParams["lines.linewidth"]
    mpl.rcParams["lines.linewidth"] = 7
    with style("salt"):
        assert mpl.rcParams["lines.linewidth"] == 1.1
        assert mpl.rcParams["svg.hashsalt"] == "salt"
    assert mpl.rcParams["lines.linewidth"] == 7
    mpl.rcParams["lines.linewidth"] = before


def test_text_width_adds_up():
    assert text_width("") == 0
    assert 0 < text_width("abc") < text_width("abcabc")
    assert text_width("abc", 17) > text_width("abc", 8)
