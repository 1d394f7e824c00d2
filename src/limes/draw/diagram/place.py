"""Horizontal places: lines as straight as possible, boxes centered where there is a choice."""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_array, csr_array

from limes._errors import InputError

from .rows import Piece, Rows, Slot

GAP, LINE_GAP = 16.0, 9.0


def separation(a: Slot, b: Slot) -> float:
    """Least distance of the middles of two neighbors."""
    gap = GAP if a.item >= 0 and b.item >= 0 else LINE_GAP
    return a.width / 2 + b.width / 2 + gap


def weight(piece: Piece, slots: Sequence[Slot]) -> float:
    """How much a piece of line wants to be vertical: most on the way past other rows."""
    bends = (slots[piece.upper].item < 0) + (slots[piece.lower].item < 0)
    return (1.0, 2.0, 8.0)[bends]


def places(rows: Rows, order: Sequence[Sequence[int]]) -> list[float]:
    r"""Middles $x$ that minimize $\sum_p w_p |x_{lower} + e_p - x_{upper} - s_p|$ under the separations.

    Chains, in which one box reads one other, are straight. Among all optima the mean of
    the leftmost and of the rightmost one of equal width is taken: it is optimal too, since
    the optima are convex, and it is balanced.
    """
    if not rows.slots:
        return []
    chained = chains(rows, order)
    left = _solve(rows, order, chained, 1.0, None)
    if left is None:
        chained = set()
        left = _solve(rows, order, chained, 1.0, None)
    if left is None:
        raise InputError("A diagram must have finite sizes; give labels that can be measured.")
    right_end = max(x + slot.width / 2 for x, slot in zip(left, rows.slots, strict=True))
    right = _solve(rows, order, chained, -1.0, right_end)
    return [float(x) for x in (left if right is None else (left + right) / 2)]


def chains(rows: Rows, order: Sequence[Sequence[int]]) -> set[int]:
    """The pieces between a box that one reads and a box that reads one; none of them crosses another."""
    above = Counter(piece.lower for piece in rows.pieces)
    below = Counter(piece.upper for piece in rows.pieces)
    at = {slot: k for line in order for k, slot in enumerate(line)}
    found: set[int] = set()
    last: dict[int, int] = {}
    alone = [(k, p) for k, p in enumerate(rows.pieces) if above[p.lower] == 1 and below[p.upper] == 1]
    for k, piece in sorted(alone, key=lambda entry: (rows.slots[entry[1].upper].layer, at[entry[1].upper])):
        layer = rows.slots[piece.upper].layer
        if at[piece.lower] > last.get(layer, -1):
            found.add(k)
            last[layer] = at[piece.lower]
    return found


def _solve(
    rows: Rows, order: Sequence[Sequence[int]], chained: set[int], lean: float, end: float | None
) -> np.ndarray | None:
    n, m = len(rows.slots), len(rows.pieces)
    entries: list[tuple[int, int, float]] = []
    limits: list[float] = []
    for k, piece in enumerate(rows.pieces):
        shift = piece.start - piece.end
        for sign in (1.0, -1.0):
            row = len(limits)
            entries += [(row, piece.lower, sign), (row, piece.upper, -sign), (row, n + k, -1.0)]
            limits.append(sign * shift)
    for line in order:
        for a, b in pairwise(line):
            entries += [(len(limits), a, 1.0), (len(limits), b, -1.0)]
            limits.append(-separation(rows.slots[a], rows.slots[b]))
    cost = np.concatenate([np.full(n, 1e-3 * lean), [weight(piece, rows.slots) for piece in rows.pieces]])
    bounds: list[tuple[float, float | None]] = [
        (slot.width / 2, None if end is None else end - slot.width / 2 + 1e-6) for slot in rows.slots
    ]
    bounds += [(0.0, 0.0 if k in chained else None) for k in range(m)]
    matrix = _sparse(entries, len(limits), n + m)
    found = linprog(cost, A_ub=matrix, b_ub=limits or None, bounds=bounds, method="highs")
    return np.asarray(found.x[:n]) if found.status == 0 else None


def _sparse(entries: list[tuple[int, int, float]], count: int, columns: int) -> csr_array | None:
    if not entries:
        return None
    row, column, value = zip(*entries, strict=True)
    return coo_array((value, (row, column)), shape=(count, columns)).tocsr()
