"""A scene drawn through matplotlib, for PDF and PGF."""

from typing import Any

from limes.draw.canvas import Canvas
from limes.draw.style import INK

from .scene import Curve, Layer, Letters, Rect, Scene, Shape
from .write import MARGIN

DASHES = (0, (4.0, 3.0))


def recipe(scene: Scene, width: float) -> Any:
    """The matplotlib figure of a scene, `width` inches wide."""
    across, down = scene.width + 2 * MARGIN, scene.height + 2 * MARGIN
    scale = 72 * width / across
    canvas = Canvas(across * scale, down * scale)
    pen = _Pen(canvas, scale, scene.height + MARGIN)
    for layer in scene.layers:
        pen.layer(layer, 1.0)
    return canvas.figure


class _Pen:
    """Puts shapes on a canvas, whose y axis points upward."""

    def __init__(self, canvas: Canvas, scale: float, foot: float) -> None:
        self.axes = canvas.axes
        self.canvas, self.scale, self.foot = canvas, scale, foot

    def at(self, x: float, y: float) -> tuple[float, float]:
        return (x + MARGIN) * self.scale, (self.foot - y) * self.scale

    def layer(self, layer: Layer, fade: float) -> None:
        for shape in layer.shapes:
            self.shape(shape, fade * layer.fade)
        for inner in layer.layers:
            self.layer(inner, fade * layer.fade)

    def shape(self, shape: Shape, fade: float) -> None:
        if isinstance(shape, Rect):
            self.rect(shape, fade)
        elif isinstance(shape, Curve):
            self.curve(shape, fade)
        else:
            self.letters(shape, fade)

    def rect(self, shape: Rect, fade: float) -> None:
        from matplotlib.colors import to_rgba
        from matplotlib.patches import FancyBboxPatch

        corner, s = self.at(shape.x, shape.y + shape.height), self.scale
        radius = min(shape.radius, shape.width / 2, shape.height / 2) * s
        style = f"round,pad=0,rounding_size={radius}" if radius > 0 else "square,pad=0"
        look = {
            "facecolor": to_rgba(shape.fill, shape.depth * fade) if shape.fill else "none",
            "edgecolor": to_rgba(shape.stroke, fade) if shape.stroke and shape.line else "none",
            "linewidth": shape.line * s,
            "linestyle": DASHES if shape.dashed else "-",
        }
        self.axes.add_artist(FancyBboxPatch(corner, shape.width * s, shape.height * s, boxstyle=style, **look))

    def curve(self, shape: Curve, fade: float) -> None:
        from matplotlib.patches import PathPatch
        from matplotlib.path import Path

        points, codes = [self.at(*shape.start)], [Path.MOVETO]
        for piece in shape.pieces:
            points += [self.at(*point) for point in piece]
            codes += [Path.LINETO if len(piece) == 1 else Path.CURVE4] * len(piece)
        if shape.filled:
            look = {"facecolor": shape.stroke, "edgecolor": "none", "alpha": fade}
        else:
            style = DASHES if shape.dashed else "-"
            look = {
                "fill": False,
                "edgecolor": shape.stroke,
                "linewidth": shape.line * self.scale,
                "linestyle": style,
                "alpha": fade,
                "capstyle": "round",
            }
        self.axes.add_artist(PathPatch(Path(points, codes), clip_on=False, **look))

    def letters(self, shape: Letters, fade: float) -> None:
        x, y = self.at(shape.x, shape.y)
        self.axes.text(
            x,
            y,
            shape.text,
            ha=shape.align,
            va="baseline",
            fontsize=shape.size * self.scale,
            color=shape.color or INK,
            alpha=fade * (0.66 if shape.faint else 1.0),
            fontweight="bold" if shape.bold else "normal",
            parse_math=False,
        )
