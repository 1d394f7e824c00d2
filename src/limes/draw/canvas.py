"""A sheet of paper measured in points, on which charts are drawn stroke by stroke.

It wraps one matplotlib figure without axes: nothing is placed by guesswork, so nothing can
overlap or be cut, and drawing is fast.
"""

from collections.abc import Sequence
from typing import Any

from .style import DASHES, INK, SIZE

Point = tuple[float, float]


class Canvas:
    """Paper of `width` times `height` points, origin at the lower left corner."""

    def __init__(self, width: float, height: float) -> None:
        from matplotlib.figure import Figure

        self.figure = Figure(figsize=(width / 72, height / 72))
        self.figure.patch.set_visible(False)
        self.axes: Any = self.figure.add_axes((0, 0, 1, 1))
        self.axes.set_axis_off()
        self.axes.set(xlim=(0, width), ylim=(0, height))

    def line(
        self, points: Sequence[Point], color: str = INK, width: float = 0.6, dashes: str = "solid", alpha: float = 1
    ) -> None:
        """One polyline."""
        if len(points) > 1:
            self._stroke([list(points)], color=color, linewidth=width, linestyle=DASHES[dashes], alpha=alpha)

    def segments(
        self, pairs: Sequence[tuple[Point, Point]], color: str = INK, width: float = 0.6, alpha: float = 1
    ) -> None:
        """Separate strokes, one element in the file."""
        if pairs:
            self._stroke([list(pair) for pair in pairs], color=color, linewidth=width, alpha=alpha)

    def dots(self, points: Sequence[Point], color: str, size: float = 2.2, alpha: float = 0.35) -> None:
        """Small round dots: strokes of length (almost) zero with round ends, a few bytes each."""
        strokes = [[(x, y), (x + 0.01, y)] for x, y in points]
        if strokes:
            self._stroke(strokes, color=color, linewidth=size, alpha=alpha, capstyle="round")

    def marks(self, points: Sequence[Point], marker: str, color: str, size: float = 4.2, filled: bool = True) -> None:
        """Markers; hollow ones let what lies beneath show."""
        from matplotlib.lines import Line2D

        if points:
            face = color if filled else "none"
            x, y = zip(*points, strict=True)
            look = {"color": color, "markerfacecolor": face, "markersize": size, "markeredgewidth": 0.8}
            self.axes.add_artist(Line2D(x, y, linestyle="none", marker=marker, clip_on=False, **look))

    def band(self, lower: Sequence[Point], upper: Sequence[Point], color: str) -> None:
        """The area between two polylines."""
        from matplotlib.patches import Polygon

        if len(lower) > 1:
            outline = [*lower, *reversed(upper)]
            self.axes.add_artist(Polygon(outline, closed=True, facecolor=color, edgecolor="none", alpha=0.2))

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        align: str = "left",
        size: float = SIZE,
        color: str = INK,
        math: bool = False,
    ) -> None:
        """One line of text on its baseline."""
        if text:
            self.axes.text(x, y, text, ha=align, va="baseline", fontsize=size, color=color, parse_math=math)

    def _stroke(self, strokes: list[list[Point]], *, capstyle: str = "butt", **look: Any) -> None:
        from matplotlib.patches import PathPatch
        from matplotlib.path import Path

        vertices = [point for stroke in strokes for point in stroke]
        codes = [code for s in strokes for code in [Path.MOVETO, *[Path.LINETO] * (len(s) - 1)]]
        path = Path(vertices, codes)
        path.should_simplify = False
        patch = PathPatch(path, fill=False, capstyle=capstyle, joinstyle="round", clip_on=False, **look)
        self.axes.add_artist(patch)
