import pytest

from limes.draw.diagram.layers import Item, Value
from limes.draw.diagram.sheet import Run, arranged, spread


def test_an_empty_sheet_has_no_size():
    sheet = arranged([], [])
    assert (sheet.width, sheet.height, sheet.runs) == (0.0, 0.0, {})


def test_lines_touch_their_items():
    items = [Item(30.0, 10.0), Item(30.0, 20.0), Item(50.0, 10.0)]
    sheet = arranged(items, [Value(0, (1, 2)), Value(1, (2,))])
    for (value, head), runs in sheet.runs.items():
        tail = [0, 1][value]
        assert runs[0].top == pytest.approx(sheet.tops[tail] + items[tail].height)
        assert runs[-1].bottom == pytest.approx(sheet.tops[head])
        assert sheet.lefts[head] <= runs[-1].x <= sheet.lefts[head] + items[head].width


def test_ports_lie_on_the_border():
    items = [Item(30.0, 10.0), Item(0.0, 0.0, "top"), Item(0.0, 0.0, "bottom")]
    sheet = arranged(items, [Value(1, (0,)), Value(0, (2,))])
    assert sheet.tops[1] == 0.0
    assert sheet.tops[2] == sheet.height


def test_a_line_enters_a_group_at_its_port():
    items = [Item(30.0, 10.0), Item(80.0, 40.0, ins={0: -25.0})]
    sheet = arranged(items, [Value(0, (1,))])
    assert sheet.runs[0, 1][-1].x == pytest.approx(sheet.lefts[1] + 15.0)


@pytest.mark.parametrize(
    ("shifts", "ends"),
    [
        ([0.0], [0.0]),
        ([-30.0], [0.0]),
        ([-30.0, 30.0], [-4.5, 4.5]),
        ([-30.0, 0.0], [-9.0, 0.0]),
        ([0.0, 30.0], [0.0, 9.0]),
        ([-40.0, -30.0], [-4.5, 4.5]),
    ],
)
def test_lines_arrive_side_by_side_and_straight_ones_stay_straight(shifts, ends):
    assert spread(shifts, Item(60.0, 10.0)) == pytest.approx(ends)


def test_many_lines_find_room_on_a_narrow_item():
    ends = spread([float(k) for k in range(-10, 11)], Item(30.0, 10.0))
    assert ends == sorted(ends)
    assert max(map(abs, ends)) <= 15.0


def test_a_run_moves():
    assert Run(1.0, 2.0, 3.0).moved(10.0, 20.0) == Run(11.0, 22.0, 23.0)
