import pytest
from random_diagrams import check_boxes, check_frames, check_lines, random_diagram

from limes.draw.diagram.columns import divided, in_columns
from limes.draw.diagram.route import planned

BANDS = [(30.0 * k, 30.0 * k + 20.0) for k in range(12)]


def test_rows_are_divided_evenly_where_few_lines_cross():
    columns = divided(BANDS, [1] * 11, 3)
    assert columns == [(0, 3), (4, 7), (8, 11)]


def test_a_bundle_of_lines_is_not_cut():
    crossing = [1] * 11
    crossing[3] = 9
    assert all(last != 3 for _, last in divided(BANDS, crossing, 3))


def test_a_low_drawing_stays_as_it_is():
    plan = planned(random_diagram(6, 1))
    assert in_columns(plan) is plan


@pytest.mark.parametrize("groups", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_columns_keep_boxes_apart_and_lines_clear_of_them(seed, groups):
    diagram = random_diagram(60, 4, seed=seed, groups=groups)
    plan = planned(diagram)
    folded = in_columns(plan, 300.0)
    assert folded.height < plan.height
    assert folded.width > plan.width
    check_boxes(folded)
    check_lines(folded)
    check_frames(folded, diagram)


def test_every_box_keeps_its_size():
    plan = planned(random_diagram(60, 4))
    folded = in_columns(plan, 300.0)
    for name, place in plan.boxes.items():
        moved = folded.boxes[name]
        assert (moved.width, moved.height) == (place.width, place.height)


def test_a_chain_is_a_column_after_the_other():
    folded = in_columns(planned(random_diagram(40, 1)), 300.0)
    xs = [folded.boxes[str(k)].x for k in range(40)]
    assert len({round(x / 30) for x in xs}) >= 3
    assert folded.boxes["39"].x > folded.boxes["0"].x
