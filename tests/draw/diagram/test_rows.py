from limes.draw.diagram.layers import Item, Value
from limes.draw.diagram.rows import rows_of


def rows():
    items = [Item(10.0, 10.0) for _ in range(4)]
    return rows_of(items, [Value(0, (1, 3)), Value(1, (2,)), Value(2, (3,))], [0, 1, 2, 3])


def test_a_long_line_bends_once_in_every_row_it_passes():
    bends = [slot for slot in rows().slots if slot.item < 0]
    assert [slot.layer for slot in bends] == [1, 2]
    assert all(slot.value == 0 for slot in bends)


def test_pieces_join_neighboring_rows():
    found = rows()
    assert all(found.slots[p.lower].layer == found.slots[p.upper].layer + 1 for p in found.pieces)


def test_a_chain_leads_from_the_maker_to_the_reader():
    found = rows()
    chain = found.chain(0, 3)
    assert found.slots[chain[0].upper].item == 0
    assert found.slots[chain[-1].lower].item == 3
    assert len(chain) == 3


def test_one_line_serves_all_readers():
    items = [Item(10.0, 10.0) for _ in range(6)]
    found = rows_of(items, [Value(0, (3, 4, 5)), Value(1, (2,)), Value(2, (3, 4, 5))], [0, 0, 1, 2, 2, 2])
    assert sum(slot.item < 0 for slot in found.slots) == 1


def test_all_slots_stand_in_their_row():
    found = rows()
    assert sorted(k for row in found.rows for k in row) == list(range(len(found.slots)))
