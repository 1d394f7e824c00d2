"""A drawing as shapes on paper: boxes, curves, letters; written as SVG or through matplotlib."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from limes.draw.style import INK

Point = tuple[float, float]


@dataclass(frozen=True)
class Rect:
    """A box with round corners; `fill` may be empty."""

    x: float
    y: float
    width: float
    height: float
    radius: float = 0.0
    fill: str = ""
    depth: float = 1.0
    stroke: str = INK
    line: float = 0.7
    dashed: bool = False


@dataclass(frozen=True)
class Curve:
    """A line of straight and cubic pieces: a start, then groups of one point (line) or three (cubic)."""

    start: Point
    pieces: tuple[tuple[Point, ...], ...]
    stroke: str = INK
    line: float = 0.8
    dashed: bool = False
    filled: bool = False


@dataclass(frozen=True)
class Letters:
    """One line of text on its baseline; `align` is `left`, `center` or `right`."""

    x: float
    y: float
    text: str
    size: float
    width: float
    align: str = "left"
    color: str = INK
    faint: bool = False
    bold: bool = False


Shape = Rect | Curve | Letters


@dataclass(frozen=True)
class Layer:
    """Shapes that belong together: `kind` (group, lines, node, legend), hover text, link, names.

    `fade` is the opacity of the layer as a whole, so that lines that overlap do not darken.
    """

    kind: str
    shapes: tuple[Shape, ...]
    note: str = ""
    link: str = ""
    data: tuple[tuple[str, str], ...] = ()
    fade: float = 1.0
    layers: tuple["Layer", ...] = ()


@dataclass(frozen=True)
class Scene:
    """Paper of `width` times `height` points, y downward, and layers from back to front."""

    width: float
    height: float
    layers: Sequence[Layer] = field(default_factory=tuple)
