"""How every picture looks: palette, markers, dashes, fonts, paper widths and ink.

Colors are those of Okabe and Ito, which stay apart for every kind of color vision; a
marker and a dash pattern go with each, so that no meaning rests on color alone. What is
black on paper is drawn in a sentinel ink, which the SVG replaces by `currentColor`: one
drawing serves light, dark and print.
"""

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from limes._errors import InputError

INK = "#010203"
BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#E69F00",
    "#56B4E9",
)
PALETTE = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY)
MARKERS = ("o", "s", "D", "^", "v", "P")
DASHES = {"solid": "-", "dashed": (0, (4.5, 2.2)), "dotted": (0, (1, 1.8)), "dashdot": (0, (5, 2, 1, 2))}
ROLES = {
    "fit": (BLUE, "solid", 1.6),
    "predicted": (INK, "dashed", 0.9),
    "bound": (VERMILION, "dashdot", 1.1),
    "reference": (INK, "dotted", 0.9),
}
FONTS = ["STIXGeneral", "DejaVu Sans"]
SIZE = 8.5
WIDTHS = {"column": 3.25, "page": 4.6, "text": 6.5, "slide": 8.0}
UNITS = {"in": 1.0, "cm": 1 / 2.54, "mm": 1 / 25.4, "pt": 1 / 72.27, "": 1.0}

SETTINGS = {
    "font.family": FONTS,
    "font.size": SIZE,
    "mathtext.fontset": "stix",
    "axes.linewidth": 0.6,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "lines.linewidth": 1.1,
    "hatch.color": INK,
    "svg.fonttype": "path",
    "pdf.fonttype": 42,
    "path.simplify": True,
    "axes.unicode_minus": True,
    "image.composite_image": False,
}


@contextmanager
def style(salt: str) -> Iterator[None]:
    """Draw with limes' settings only, whatever the person's own matplotlib file says.

    `salt` (the claim id) seeds the names inside the SVG, so that the same chart gives the
    same bytes twice and two charts on one page never share a name. A letter without glyph
    is drawn as an empty box; that is no reason to warn.
    """
    import matplotlib.style

    settings = {**SETTINGS, "svg.hashsalt": salt}
    with matplotlib.style.context(["default", settings], after_reset=True), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r".*missing from font", category=UserWarning)
        yield


def width_of(width: float | str) -> float:
    """A paper width in inches, from a number, a name (`column`, `page`, `text`, `slide`) or a length (`8.4cm`).

    Raises `InputError` outside 1.5 to 20 inches: narrower, labels would be cut.
    """
    inches = _inches(width)
    if not 1.5 <= inches <= 20:
        raise InputError(
            f"A figure's width must lie between 1.5 and 20 inches, but {width!r} came; give e.g. 3.25, '8.4cm' or 'column'."
        )
    return inches


def _inches(width: float | str) -> float:
    if isinstance(width, int | float):
        return float(width)
    if width in WIDTHS:
        return WIDTHS[width]
    match = re.fullmatch(r"\s*(\d+(?:\.\d*)?|\.\d+)\s*(in|cm|mm|pt|)\s*", width)
    return float(match[1]) * UNITS[match[2]] if match else 0.0


@cache
def text_width(text: str, size: float = SIZE, math: bool = False) -> float:
    """Width of one line of text in points, as it will be drawn."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    if not text:
        return 0.0
    fonts = FontProperties(family=FONTS, size=size)
    return float(text_to_path.get_text_width_height_descent(text, fonts, math)[0])
