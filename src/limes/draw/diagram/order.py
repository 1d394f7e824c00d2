"""Order within rows: sweeps of barycenters and exchanges of neighbors, until lines cross no less."""

from bisect import bisect_right, insort
from collections.abc import Sequence

from .rows import Piece, Rows

SWEEPS = 24


class Order:
    """The order of the slots of each row, improved in place."""

    def __init__(self, rows: Rows) -> None:
        self.rows = [list(row) for row in rows.rows]
        self.slots = rows.slots
        self.above: list[list[Piece]] = [[] for _ in rows.slots]
        self.below: list[list[Piece]] = [[] for _ in rows.slots]
        for piece in rows.pieces:
            self.above[piece.lower].append(piece)
            self.below[piece.upper].append(piece)

    def places(self, row: Sequence[int]) -> dict[int, float]:
        """Where each slot of a row stands, counted from the left."""
        return {slot: float(k) for k, slot in enumerate(row)}

    def end(self, piece: Piece, place: dict[int, float], upper: bool) -> float:
        """Where a piece touches a slot, on the scale of `places`."""
        slot, shift = (piece.upper, piece.start) if upper else (piece.lower, piece.end)
        return place[slot] + 0.9 * shift / max(self.slots[slot].width, 1.0)

    def crossings(self, y: int) -> int:
        """Number of crossings between the rows `y` and `y + 1`."""
        up, down = self.places(self.rows[y]), self.places(self.rows[y + 1])
        ends = sorted(
            (self.end(p, up, True), self.end(p, down, False)) for slot in self.rows[y] for p in self.below[slot]
        )
        seen: list[float] = []
        count = 0
        for _, lower in ends:
            count += len(seen) - bisect_right(seen, lower)
            insort(seen, lower)
        return count

    def total(self) -> int:
        """Number of all crossings."""
        return sum(self.crossings(y) for y in range(len(self.rows) - 1))

    def sweep(self, down: bool) -> None:
        """Sort every row by the barycenters of its neighbors in the row before."""
        count = len(self.rows)
        for y in range(1, count) if down else range(count - 2, -1, -1):
            fixed = self.places(self.rows[y - 1 if down else y + 1])
            self.rows[y] = self._sorted(self.rows[y], fixed, down)

    def _sorted(self, row: list[int], fixed: dict[int, float], down: bool) -> list[int]:
        centers: dict[int, float] = {}
        for k, slot in enumerate(row):
            ends = [self.end(p, fixed, down) for p in (self.above if down else self.below)[slot]]
            centers[slot] = sum(ends) / len(ends) if ends else -1.0 - k
        free = iter(sorted((slot for slot in row if centers[slot] >= -0.95), key=lambda slot: centers[slot]))
        return [slot if centers[slot] < -0.95 else next(free) for slot in row]

    def exchange(self) -> bool:
        """Exchange neighbors where that removes crossings; tell whether it did."""
        better = False
        for y, row in enumerate(self.rows):
            up = self.places(self.rows[y - 1]) if y else {}
            down = self.places(self.rows[y + 1]) if y + 1 < len(self.rows) else {}
            for k in range(len(row) - 1):
                a, b = row[k], row[k + 1]
                now = self._between(a, b, up, down)
                if now and self._between(b, a, up, down) < now:
                    row[k], row[k + 1] = b, a
                    better = True
        return better

    def _between(self, a: int, b: int, up: dict[int, float], down: dict[int, float]) -> int:
        """Crossings of the lines of `a` and `b` when `a` stands left."""
        pairs = [(self.end(p, up, True), self.end(q, up, True)) for p in self.above[a] for q in self.above[b]]
        pairs += [(self.end(p, down, False), self.end(q, down, False)) for p in self.below[a] for q in self.below[b]]
        return sum(left > right for left, right in pairs)


def ordered(rows: Rows) -> list[list[int]]:
    """The best order found of every row; deterministic."""
    order = Order(rows)
    best, fewest = [list(row) for row in order.rows], order.total()
    for k in range(SWEEPS):
        if fewest == 0:
            break
        order.sweep(down=k % 2 == 0)
        for _ in range(4):
            if not order.exchange():
                break
        total = order.total()
        if total < fewest:
            best, fewest = [list(row) for row in order.rows], total
    return best
