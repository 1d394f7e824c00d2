import pytest

from limes._errors import InputError
from limes.draw.marks import is_math, paint


def test_colors():
    assert paint(0) == paint(6)
    assert paint("blue") == paint(0)
    with pytest.raises(InputError, match="color"):
        paint("#ff0000")


@pytest.mark.parametrize(
    ("text", "expected"), [("$x_t$", True), ("p = 6", False), ("$\\frac{$", False), ("5 $", False), ("$$", False)]
)
def test_only_what_can_be_typeset_is_mathematics(text, expected):
    assert is_math(text) is expected
