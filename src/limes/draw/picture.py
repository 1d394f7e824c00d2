"""A picture: the drawing, one sentence with its numbers, and the numbers as a table."""

import io
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from limes._errors import InputError, StorageError

from .escape import escape_tex
from .style import WIDTHS, style, width_of
from .svg import clean, resize

FORMATS = ("svg", "pdf", "pgf")
METADATA = {
    "svg": {"Date": None, "Creator": None, "Format": None, "Type": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
    "pgf": None,
}


@dataclass(frozen=True)
class Picture:
    """What a claim shows: `svg`, `words` (caption and alternative text) and `table`.

    `table` is `{"columns": [...], "rows": [[...]]}`. A picture read back from a ledger has
    no `recipe`; it can be saved as SVG only. `recipe(width)` draws the matplotlib figure,
    `inches` wide unless another width is asked.
    """

    svg: str
    words: str
    table: dict[str, Any]
    recipe: Callable[[float], Any] | None = field(default=None, compare=False, repr=False)
    salt: str = field(default="limes", compare=False, repr=False)
    inches: float = field(default=WIDTHS["page"], compare=False, repr=False)

    def save(self, target: str | Path, width: float | str | None = None) -> bytes:
        """Give the picture as `svg`, `pdf` or `pgf`, and write it if `target` is a path.

        `target` is one of these names or a path that ends with one. `width` is a number of
        inches, a length such as `8.4cm`, or `column`, `page`, `text`, `slide`; the drawing
        is laid out anew for it, lettering keeps its size. PGF needs xelatex. Raises
        `InputError` for another format and `StorageError` if the path cannot be written.
        """
        kind = str(target) if str(target) in FORMATS else Path(target).suffix.lstrip(".").lower()
        if kind not in FORMATS:
            raise InputError(
                f"A figure is saved as svg, pdf or pgf, but {str(target)!r} came; end the name with one of them."
            )
        content = self._render(kind, None if width is None else width_of(width))
        if str(target) not in FORMATS:
            try:
                Path(target).write_bytes(content)
            except OSError as error:
                raise StorageError(
                    f"Cannot write the figure {str(target)!r}: {error.strerror}; choose another path."
                ) from error
        return content

    def _render(self, kind: str, width: float | None) -> bytes:
        if kind == "svg" and (width is None or self.recipe is None):
            return (self.svg if width is None else resize(self.svg, width)).encode()
        if self.recipe is None:
            raise InputError(
                f"This picture is stored as SVG only, but {kind} was asked; draw it again from its data, or save it as svg."
            )
        raw = render(self.recipe, kind, self.salt, self.inches if width is None else width)
        return clean(raw.decode(), self.words).encode() if kind == "svg" else raw


def render(recipe: Callable[[float], Any], kind: str, salt: str, width: float) -> bytes:
    """Draw a recipe at a width in inches; the same bytes each time."""
    if kind == "pgf" and shutil.which("xelatex") is None:
        raise InputError(
            "PGF figures need xelatex to measure their letters, but it is not installed; install TeX Live or save as pdf or svg."
        )
    buffer = io.BytesIO()
    with style(salt):
        figure = recipe(width)
        if kind == "pgf":
            _escape_texts(figure)
        figure.savefig(buffer, format=kind, transparent=True, metadata=METADATA[kind])
    return buffer.getvalue()


def _escape_texts(figure: Any) -> None:
    from matplotlib.text import Text

    for text in figure.findobj(Text):
        if not text.get_parse_math():
            text.set_text(escape_tex(text.get_text()))


def compose(recipe: Callable[[float], Any], words: str, table: dict[str, Any], salt: str, width: float) -> Picture:
    """Draw a recipe into a `Picture`."""
    raw = render(recipe, "svg", salt, width).decode()
    return Picture(clean(raw, words), words, table, recipe, salt)
