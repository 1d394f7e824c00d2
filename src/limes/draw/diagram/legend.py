"""The legend of a diagram: small signs with a few words, in rows."""

from collections.abc import Sequence

from limes.draw.style import BLUE, INK, ORANGE, VERMILION, text_width

from .measure import BAR, SIZES, shown
from .paint import tint
from .scene import Curve, Layer, Letters, Rect, Shape

SIGN, GAP, LEADING = 19.0, 14.0, 13.0


def legend_layer(entries: Sequence[tuple[str, str]], top: float, width: float) -> tuple[Layer, float, float]:
    """The legend below `top`, no wider than `width` unless one entry is; its width and height."""
    shapes: list[Shape] = []
    x, y, widest = 0.0, top, 0.0
    for sign, text in entries:
        span = SIGN + 4.0 + text_width(shown(text, 90), SIZES["small"])
        if x and x + span > width:
            x, y = 0.0, y + LEADING
        shapes += _sign(sign, x, y)
        shapes.append(Letters(x + SIGN + 4.0, y + 8.6, shown(text, 90), SIZES["small"], span - SIGN - 4.0, faint=True))
        x += span + GAP
        widest = max(widest, x - GAP)
    return Layer("legend", tuple(shapes)), widest, y + LEADING - top


def _sign(sign: str, x: float, y: float) -> list[Shape]:
    middle = y + 6.0
    if sign in ("value", "adjoint"):
        color = BLUE if sign == "value" else VERMILION
        return [
            Letters(x + SIGN / 2, y + 8.8, "1.25", SIZES["value"], text_width("1.25", SIZES["value"]), "center", color)
        ]
    if sign == "heat":
        return [Rect(x + k * SIGN / 5, y + 2.0, SIGN / 5, 8.0, 0.0, ORANGE, tint(k / 4)[1], "", 0.0) for k in range(5)]
    if sign == "share":
        whole = Rect(x, middle - BAR / 2, SIGN, BAR, BAR / 2, INK, 0.1, "", 0.0)
        return [whole, Rect(x, middle - BAR / 2, SIGN * 0.45, BAR, BAR / 2, VERMILION, 1.0, "", 0.0)]
    if sign == "faint":
        return [Curve((x, middle), (((x + SIGN, middle),),), dashed=True)]
    if sign == "stack":
        return [Rect(x + s, y + 3.5 - s, SIGN - 4.0, 7.0, 2.0, "", 1.0, INK, 0.6) for s in (3.0, 1.5, 0.0)]
    radius = 4.0 if sign in ("input", "constant") else 2.0
    line = 1.5 if sign == "output" else 0.7
    return [Rect(x, y + 2.0, SIGN, 8.0, radius, INK, 0.035, INK, line, sign == "constant")]
