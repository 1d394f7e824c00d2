from itertools import pairwise

import pytest
from random_diagrams import random_diagram

from limes.draw.diagram.layers import Item, Value, layers
from limes.draw.diagram.order import ordered
from limes.draw.diagram.place import chains, places, separation
from limes.draw.diagram.rows import rows_of


def sheet(widths, values):
    items = [Item(width, 10.0) for width in widths]
    found = [Value(tail, heads) for tail, heads in values]
    rows = rows_of(items, found, layers(items, found))
    return rows, ordered(rows)


def test_neighbors_keep_their_distance():
    diagram = random_diagram(40, 6, seed=8)
    heads = {}
    for edge in diagram.edges:
        heads.setdefault(int(edge.tail), []).append(int(edge.head))
    rows, order = sheet([20.0 + k for k in range(40)], [(t, tuple(h)) for t, h in heads.items()])
    x = places(rows, order)
    for row in order:
        for a, b in pairwise(row):
            assert x[b] - x[a] >= separation(rows.slots[a], rows.slots[b]) - 1e-6


def test_a_chain_is_straight():
    rows, order = sheet([20.0, 60.0, 10.0, 40.0], [(0, (1,)), (1, (2,)), (2, (3,))])
    x = places(rows, order)
    assert max(x) - min(x) == pytest.approx(0.0, abs=1e-6)
    assert len(chains(rows, order)) == 3


def test_a_box_that_reads_two_stands_between_them():
    rows, order = sheet([20.0, 20.0, 20.0, 20.0], [(0, (2,)), (1, (2,)), (2, (3,))])
    x = places(rows, order)
    assert x[2] == pytest.approx((x[0] + x[1]) / 2, abs=0.01)
    assert x[3] == pytest.approx(x[2], abs=0.01)


def test_a_long_line_is_straight_on_its_way():
    rows, order = sheet([30.0] * 6, [(0, (1, 5)), (1, (2,)), (2, (3,)), (3, (4,)), (4, (5,))])
    x = places(rows, order)
    bends = [x[k] for k, slot in enumerate(rows.slots) if slot.item < 0]
    assert max(bends) - min(bends) == pytest.approx(0.0, abs=1e-6)


def test_nothing_has_no_place():
    assert places(rows_of([], [], []), []) == []
