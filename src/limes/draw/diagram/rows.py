"""Rows of a sheet: items and the bends of long lines, layer by layer, with the pieces of line between."""

from collections.abc import Sequence
from dataclasses import dataclass

from .layers import Item, Value

BEND = 3.0


@dataclass(frozen=True)
class Slot:
    """A place in a row: an item, or the line of a value on its way down (`item` is -1)."""

    item: int
    value: int
    layer: int
    width: float


@dataclass(frozen=True)
class Piece:
    """A piece of the line of a value, from a slot to one in the next row."""

    upper: int
    lower: int
    start: float
    end: float
    value: int


@dataclass(frozen=True)
class Rows:
    """Slots, the row of each layer as indices of slots, and all pieces of line."""

    slots: tuple[Slot, ...]
    rows: tuple[tuple[int, ...], ...]
    pieces: tuple[Piece, ...]

    def chain(self, value: int, item: int) -> list[Piece]:
        """The pieces from the maker of a value down to the item that reads it."""
        by_lower = {piece.lower: piece for piece in self.pieces if piece.value == value}
        at = next(k for k, slot in enumerate(self.slots) if slot.item == item)
        found = []
        while at in by_lower:
            found.append(by_lower[at])
            at = by_lower[at].upper
        return found[::-1]


def rows_of(items: Sequence[Item], values: Sequence[Value], layer: Sequence[int]) -> Rows:
    """Put items and bends into rows; one line of a value serves all who read it."""
    slots = [Slot(k, -1, layer[k], item.width + 2 * item.margin) for k, item in enumerate(items)]
    pieces = []
    for v, value in enumerate(values):
        heads = sorted(set(value.heads), key=lambda head: (layer[head], head))
        at, start, y = value.tail, items[value.tail].outs.get(v, 0.0), layer[value.tail]
        for head in heads:
            while y < layer[head] - 1:
                slots.append(Slot(-1, v, y + 1, BEND))
                pieces.append(Piece(at, len(slots) - 1, start, 0.0, v))
                at, start, y = len(slots) - 1, 0.0, y + 1
            pieces.append(Piece(at, head, start, items[head].ins.get(v, 0.0), v))
    count = 1 + max(layer, default=-1)
    rows = [tuple(k for k, slot in enumerate(slots) if slot.layer == y) for y in range(count)]
    return Rows(tuple(slots), tuple(rows), tuple(pieces))
