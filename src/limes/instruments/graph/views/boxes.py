"""What a drawing of a graph is made of: boxes and arrows, before they are laid out."""

from __future__ import annotations

from dataclasses import dataclass

from .blocks import Block, Path
from .elements import Element


@dataclass(frozen=True)
class Box:
    """What is drawn as one box, inside the opened blocks `group`.

    `kind` is that of its element, or "block" for a collapsed one. `elements` are all it
    stands for, `total` their operations; `read` are the inputs read here that are not drawn
    themselves, and `parameters` how many numbers they hold. `merged` equal blocks in a row
    may be one box.
    """

    key: str
    kind: str
    group: Path
    elements: tuple[Element, ...]
    total: int
    block: Block | None = None
    read: tuple[str, ...] = ()
    parameters: int = 0
    output: bool = False
    merged: int = 1

    @property
    def element(self) -> Element | None:
        """The element of a box that stands for one, or for a scope around one operation."""
        return None if self.kind == "block" else next((e for e in self.elements if e.kind != "carry"), self.elements[0])


@dataclass(frozen=True)
class Link:
    """An arrow between boxes: pairs (element read, move or element that reads it), moves on the way, whether a derivative passes."""

    tail: str
    head: str
    pairs: tuple[tuple[str, str], ...]
    by: tuple[str, ...]
    active: bool
