"""Moves: operations that only hand a value on, in another shape, order or type; in a drawing they are part of an arrow."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from .elements import Element

MOVES = frozenset(
    (
        *("broadcast_in_dim", "convert_element_type", "copy", "copy_p", "device_put", "dynamic_slice", "expand_dims"),
        *("gather", "imag", "optimization_barrier", "pad", "real", "reshape", "rev", "slice", "split", "squeeze"),
        *("stop_gradient", "tile", "transpose", "unstack"),
    )
)


class Source(NamedTuple):
    """An element that is read, the move or element that reads it first, and the moves on the way."""

    key: str
    first: str
    by: tuple[str, ...]


class Moves:
    """Which elements are moves, and where a value comes from behind them; with `shown`, none is.

    What no input or constant enters and no operation is needed for, such as a mask, counts as written into the program:
    it is left out as well, unless it is an output (`kept`).
    """

    def __init__(self, found: Sequence[Element], kept: Collection[str] = (), shown: bool = False) -> None:
        self.by_key = {element.key: element for element in found}
        self.dropped: set[str] = set()
        self.folded: dict[str, str] = {}
        for element in () if shown else found:
            if element.kind == "operation" and not element.total and element.key not in kept:
                carried = self._carried(element)
                if all(parent.key in self.dropped for parent in element.parents):
                    self.dropped.add(element.key)
                elif carried is not None:
                    self.folded[element.key] = carried

    def __contains__(self, element: Element) -> bool:
        return element.key in self.folded or element.key in self.dropped

    def source(self, key: str) -> str:
        """The element, no move, that a value comes from."""
        while key in self.folded:
            key = self.folded[key]
        return key

    def sources(self, key: str, reader: str, by: tuple[str, ...] = ()) -> Iterator[Source]:
        """Where a value comes from: first the element that is handed on to `reader`, then those that only say where it goes."""
        if key in self.dropped:
            return
        if key not in self.folded:
            yield Source(key, reader, by)
            return
        element, carried = self.by_key[key], self.folded[key]
        for parent in sorted(element.parents, key=lambda parent: parent.key != carried):
            yield from self.sources(parent.key, key, (*parent.by, element.node.primitive, *by))

    def _carried(self, element: Element) -> str | None:
        """The one parent that a move hands on: of several, the one that is no index; `None` for what is no move."""
        if element.node.primitive not in MOVES or not element.parents:
            return None
        keys = [parent.key for parent in element.parents]
        if element.node.primitive in ("gather", "dynamic_slice"):
            return keys[0]
        floating = [key for key in keys if self.by_key[key].node.dtype.kind not in "iub"] or keys
        return floating[0] if len(floating) == 1 else None
