import random

import pytest

from limes.draw.diagram.layers import Item, Value, layers
from limes.draw.diagram.order import Order, ordered
from limes.draw.diagram.rows import rows_of


def random_rows(seed):
    draw = random.Random(seed)
    items = [Item(10.0, 10.0) for _ in range(24)]
    values = [Value(k, tuple(sorted({draw.randrange(k + 1, 24) for _ in range(2)}))) for k in range(23)]
    return rows_of(items, values, layers(items, values))


def crossings(rows, order):
    found = Order(rows)
    found.rows = [list(row) for row in order]
    return found.total()


def counted(rows, order):
    """Crossings by comparing every pair of pieces."""
    at = {slot: k for row in order for k, slot in enumerate(row)}
    return sum(
        (at[p.upper] - at[q.upper]) * (at[p.lower] - at[q.lower]) < 0
        for i, p in enumerate(rows.pieces)
        for q in rows.pieces[:i]
        if rows.slots[p.upper].layer == rows.slots[q.upper].layer
    )


@pytest.mark.parametrize("seed", range(5))
def test_crossings_are_counted_as_by_hand(seed):
    rows = random_rows(seed)
    assert crossings(rows, rows.rows) == counted(rows, rows.rows)


@pytest.mark.parametrize("seed", range(5))
def test_lines_cross_less_afterwards(seed):
    rows = random_rows(seed)
    order = ordered(rows)
    assert crossings(rows, order) < crossings(rows, rows.rows)
    assert [sorted(row) for row in order] == [sorted(row) for row in rows.rows]


def test_a_tree_is_drawn_without_crossings():
    items = [Item(10.0, 10.0) for _ in range(7)]
    rows = rows_of(items, [Value(0, (2, 1)), Value(1, (4, 6)), Value(2, (3, 5))], [0, 1, 1, 2, 2, 2, 2])
    assert crossings(rows, rows.rows) > 0
    assert crossings(rows, ordered(rows)) == 0
