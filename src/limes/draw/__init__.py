"""Pictures: charts of claims and small drawings; the only folder that knows matplotlib.

Everything returns a `Picture(svg, words, table)`: a drawing, a sentence with its numbers,
and the numbers themselves.
"""

from .axes import Panel, arrows, band, bars, contours, image, lines, panels, scatter, texts
from .chart import chart
from .escape import escape, escape_tex
from .picture import Picture
from .style import WIDTHS

__all__ = [
    "WIDTHS",
    "Panel",
    "Picture",
    "arrows",
    "band",
    "bars",
    "chart",
    "contours",
    "escape",
    "escape_tex",
    "image",
    "lines",
    "panels",
    "scatter",
    "texts",
]
