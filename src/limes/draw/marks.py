"""Small marks to compose a picture from, without knowing matplotlib.

Each is a plain record that can draw itself on the axes of a panel. A color is a number
(the palette, in order), `"ink"`, or a name of `COLORS`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from limes._errors import InputError

from .escape import printable
from .style import BLUE, DASHES, GREEN, INK, MARKERS, ORANGE, PALETTE, PURPLE, SIZE, SKY, VERMILION, text_width

COLORS = {
    "ink": INK,
    "blue": BLUE,
    "vermilion": VERMILION,
    "green": GREEN,
    "purple": PURPLE,
    "orange": ORANGE,
    "sky": SKY,
    "gray": "#8a8a8a",
}
MAPS = {"sequential": "cividis", "diverging": "RdBu_r", "gray": "gray_r", "cyclic": "twilight"}
Color = int | str


def paint(color: Color) -> str:
    """The ink of a color number or name; raises `InputError` for an unknown name."""
    if isinstance(color, int):
        return PALETTE[color % len(PALETTE)]
    if color not in COLORS:
        raise InputError(f"A color is a number or one of {', '.join(COLORS)}, but {color!r} came; use one of these.")
    return COLORS[color]


def is_math(text: str) -> bool:
    """Whether text holds `$...$` that can be typeset; anything else is drawn letter by letter."""
    if text.count("$") < 2 or text.count("$") % 2:
        return False
    try:
        text_width(text, SIZE, math=True)
    except ValueError:
        return False
    return True


@dataclass(frozen=True)
class Mark:
    """Something that can draw itself on a panel; `label` is its entry in the key."""

    label: str = ""

    def draw(self, axes: Any) -> None:
        """Draw on matplotlib axes."""
        raise NotImplementedError

    @property
    def _key(self) -> str:
        return printable(self.label).lstrip("_") or "_hidden"


@dataclass(frozen=True)
class Lines(Mark):
    """Polylines: `x` of shape (n,), `y` of shape (n,) or (n, curves); null and NaN leave gaps."""

    x: Any = ()
    y: Any = ()
    color: Color = 0
    dashes: str = "solid"
    width: float = 1.1
    alpha: float = 1.0

    def draw(self, axes: Any) -> None:
        """One stroke per curve; only the first enters the key."""
        look = {
            "color": paint(self.color),
            "linestyle": DASHES[self.dashes],
            "linewidth": self.width,
            "alpha": self.alpha,
        }
        for k, stroke in enumerate(axes.plot(self.x, self.y, **look)):
            stroke.set_label(self._key if k == 0 else "_hidden")


@dataclass(frozen=True)
class Scatter(Mark):
    """Points; with `values` each is colored by its value (`colors` as for images)."""

    x: Any = ()
    y: Any = ()
    color: Color = 0
    size: float = 3.0
    marker: int = 0
    alpha: float = 1.0
    values: Any = None
    colors: str = "sequential"

    def draw(self, axes: Any) -> None:
        """Markers of one size in points."""
        look = {"s": self.size**2, "marker": MARKERS[self.marker % len(MARKERS)], "alpha": self.alpha, "linewidths": 0}
        paints = {"color": paint(self.color)} if self.values is None else {"c": self.values, "cmap": MAPS[self.colors]}
        axes.scatter(self.x, self.y, label=self._key, zorder=3, **look, **paints)


@dataclass(frozen=True)
class Band(Mark):
    """The area between two curves."""

    x: Any = ()
    low: Any = ()
    high: Any = ()
    color: Color = 0

    def draw(self, axes: Any) -> None:
        """A light fill without outline."""
        axes.fill_between(self.x, self.low, self.high, color=paint(self.color), alpha=0.2, linewidth=0, label=self._key)


@dataclass(frozen=True)
class Bars(Mark):
    """Vertical bars at x, from zero."""

    x: Any = ()
    y: Any = ()
    color: Color = 0
    width: float = 0.8

    def draw(self, axes: Any) -> None:
        """Filled bars."""
        axes.bar(self.x, self.y, width=self.width, color=paint(self.color), label=self._key)


@dataclass(frozen=True)
class Image(Mark):
    """A matrix as colors (row 0 on top), or an array (rows, columns, 3) as it is.

    `limits` fix the ends of the color scale; `extent` is (left, right, bottom, top).
    """

    values: Any = ()
    colors: str = "sequential"
    limits: tuple[float, float] | None = None
    extent: tuple[float, float, float, float] | None = None
    bar: bool = False

    def draw(self, axes: Any) -> None:
        """Pixels with sharp edges; with `bar` a thin color scale beside them."""
        low, high = self.limits or (None, None)
        look = {"cmap": MAPS[self.colors], "vmin": low, "vmax": high, "extent": self.extent}
        drawn = axes.imshow(self.values, interpolation="none", aspect="auto" if self.extent else "equal", **look)
        if self.bar:
            scale = axes.figure.colorbar(drawn, ax=axes, shrink=0.8, aspect=30, pad=0.02)
            scale.outline.set_visible(False)
            scale.ax.tick_params(length=2, width=0.5, labelsize=SIZE - 1)


@dataclass(frozen=True)
class Contours(Mark):
    """Level lines of `z` of shape (rows of y, columns of x)."""

    x: Any = ()
    y: Any = ()
    z: Any = ()
    levels: int | Sequence[float] = 12
    color: Color = "gray"

    def draw(self, axes: Any) -> None:
        """Thin lines in one color."""
        axes.contour(self.x, self.y, self.z, levels=self.levels, colors=[paint(self.color)], linewidths=0.6)


@dataclass(frozen=True)
class Arrows(Mark):
    """Arrows from (x, y) to (x + dx, y + dy), in the panel's own units."""

    x: Any = ()
    y: Any = ()
    dx: Any = ()
    dy: Any = ()
    color: Color = "ink"
    width: float = 0.7

    def draw(self, axes: Any) -> None:
        """Straight arrows with small heads."""
        look = {
            "arrowstyle": "-|>,head_width=0.14,head_length=0.3",
            "color": paint(self.color),
            "linewidth": self.width,
            "shrinkA": 0,
            "shrinkB": 0,
        }
        for x, y, dx, dy in zip(self.x, self.y, self.dx, self.dy, strict=True):
            axes.annotate("", (x + dx, y + dy), (x, y), arrowprops=look)
            axes.update_datalim([(x, y), (x + dx, y + dy)])


@dataclass(frozen=True)
class Texts(Mark):
    """Strings at points; with `boxed` each in a thin rounded frame (a node of a drawing)."""

    x: Any = ()
    y: Any = ()
    texts: Sequence[str] = ()
    color: Color = "ink"
    size: float = SIZE
    align: str = "center"
    boxed: bool = False

    def draw(self, axes: Any) -> None:
        """Centered strings; `$...$` is typeset where it can be."""
        frame = {"boxstyle": "round,pad=0.35", "facecolor": "none", "edgecolor": paint(self.color), "linewidth": 0.7}
        for x, y, text in zip(self.x, self.y, self.texts, strict=True):
            look = {"ha": self.align, "va": "center", "color": paint(self.color), "fontsize": self.size}
            axes.text(
                x, y, printable(text), parse_math=is_math(printable(text)), bbox=frame if self.boxed else None, **look
            )
            axes.update_datalim([(x, y)])
