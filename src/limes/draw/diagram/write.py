"""A scene as SVG: plain shapes and real letters, in the reader's ink, small enough to read."""

import re

from limes.draw.escape import escape
from limes.draw.style import INK

from .scene import Curve, Layer, Letters, Point, Rect, Scene, Shape

FONT = "STIX Two Text, STIXGeneral, STIX, Times New Roman, Times, Liberation Serif, Nimbus Roman, serif"
MARGIN = 3.0


def svg(scene: Scene, words: str) -> str:
    """The SVG element, described by `words`."""
    width, height = scene.width + 2 * MARGIN, scene.height + 2 * MARGIN
    box = f"{number(-MARGIN)} {number(-MARGIN)} {number(width)} {number(height)}"
    head = (
        f'<svg role="img" aria-label="{escape(words)}" xmlns="http://www.w3.org/2000/svg" width="{number(width)}pt" '
        f'height="{number(height)}pt" viewBox="{box}" font-family="{FONT}" fill="none" stroke-linecap="round">'
    )
    body = "\n".join(layer(part) for part in scene.layers if part.shapes or part.layers)
    return f"{head}\n<title>{escape(words)}</title>\n{body}\n</svg>\n"


def layer(part: Layer) -> str:
    """A layer as a `g` element: class, hover text, link."""
    data = "".join(f' data-{name}="{escape(value)}"' for name, value in part.data)
    fade = f' opacity="{number(part.fade)}"' if part.fade < 1 else ""
    note = f"<title>{escape(part.note)}</title>" if part.note else ""
    inner = "".join(shape(item) for item in part.shapes) + "".join(f"\n{layer(inner)}" for inner in part.layers)
    whole = f'<g class="{part.kind}"{data}{fade}>{note}{inner}</g>'
    return f'<a href="#{escape(part.link)}">{whole}</a>' if part.link else whole


def shape(item: Shape) -> str:
    """One shape as an element."""
    if isinstance(item, Rect):
        return _rect(item)
    return _curve(item) if isinstance(item, Curve) else _letters(item)


def _rect(item: Rect) -> str:
    place = f'x="{number(item.x)}" y="{number(item.y)}" width="{number(item.width)}" height="{number(item.height)}"'
    fill = (
        f' fill="{ink(item.fill)}"' + (f' fill-opacity="{item.depth:g}"' if item.depth < 1 else "") if item.fill else ""
    )
    return f'<rect {place} rx="{number(item.radius)}"{fill}{_stroke(item.stroke, item.line, item.dashed)}/>'


def _curve(item: Curve) -> str:
    path = f"M{point(item.start)}" + "".join(
        ("L" if len(p) == 1 else "C") + " ".join(map(point, p)) for p in item.pieces
    )
    if item.filled:
        return f'<path d="{path}Z" fill="{ink(item.stroke)}"/>'
    return f'<path d="{path}"{_stroke(item.stroke, item.line, item.dashed)}/>'


def _stroke(color: str, line: float, dashed: bool) -> str:
    if not color or not line:
        return ""
    return f' stroke="{ink(color)}" stroke-width="{line:g}"' + (' stroke-dasharray="3 2.2"' if dashed else "")


def _letters(item: Letters) -> str:
    anchor = {"left": "", "center": ' text-anchor="middle"', "right": ' text-anchor="end"'}[item.align]
    look = (' fill-opacity="0.66"' if item.faint else "") + (' font-weight="600"' if item.bold else "")
    fit = f' textLength="{number(item.width)}" lengthAdjust="spacingAndGlyphs"' if len(item.text) > 1 else ""
    place = f'x="{number(item.x)}" y="{number(item.y)}" font-size="{item.size:g}"'
    return f'<text {place}{anchor}{fit} fill="{ink(item.color)}"{look}>{escape(item.text)}</text>'


def point(at: Point) -> str:
    """A point of a path."""
    return f"{number(at[0])} {number(at[1])}"


def ink(color: str) -> str:
    """A color of the file: black on paper is the reader's own ink."""
    return "currentColor" if color == INK else color


def number(value: float) -> str:
    """A coordinate with at most one decimal."""
    short = f"{value:.1f}"
    return re.sub(r"\.0$", "", "0" if short in ("-0.0", "0.0") else short)
