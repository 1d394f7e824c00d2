"""Sizes of boxes and lettering, in points."""

from limes.draw.escape import printable
from limes.draw.style import text_width

from .spec import Node, Span

SIZES = {"name": 9.0, "symbol": 10.5, "small": 7.2, "value": 7.6, "adjoint": 7.6, "title": 8.4}
LEADING = 1.24
PAD_X, PAD_Y = 7.0, 4.5
BAR = 3.4
LIMIT = 44


def shown(text: str, limit: int = LIMIT) -> str:
    """One printable line of at most `limit` letters."""
    line = " ".join(printable(text).split())
    return line if len(line) <= limit else f"{line[: limit - 1]}\u2026"


def span_width(span: Span) -> float:
    """Width of a span as it is drawn."""
    return text_width(shown(span.text), SIZES[span.role])


def line_width(line: tuple[Span, ...]) -> float:
    """Width of a label line, with a gap between its spans."""
    return sum(span_width(span) for span in line) + 5.0 * max(len(line) - 1, 0)


def line_height(line: tuple[Span, ...]) -> float:
    """Height of a label line."""
    return max((SIZES[span.role] for span in line), default=SIZES["small"]) * LEADING


def box_size(node: Node) -> tuple[float, float]:
    """Width and height that a box needs for its label; never narrower than high."""
    width = max((line_width(line) for line in node.lines), default=0.0) + 2 * PAD_X
    height = sum(line_height(line) for line in node.lines) + 2 * PAD_Y
    if node.share is not None:
        height += BAR + 2.0
        width = max(width, 92.0)
    if node.kind in ("input", "constant"):
        width += 3.0
    return max(width, height, 24.0), max(height, 17.0)
