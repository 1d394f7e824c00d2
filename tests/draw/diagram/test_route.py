from itertools import pairwise

import pytest
from random_diagrams import check_boxes, check_frames, check_lines, random_diagram, sampled

from limes.draw.diagram.route import HEAD, arrow, corners, curve, joined, planned
from limes.draw.diagram.sheet import Run


def test_boxes_do_not_overlap(plan):
    check_boxes(plan)


def test_lines_avoid_boxes(plan):
    check_lines(plan)


def test_frames_hold_their_own(plan, diagram):
    check_frames(plan, diagram)


def test_every_line_goes_down(plan):
    for (tail, head), runs in plan.lines.items():
        assert plan.boxes[head].y > plan.boxes[tail].y + plan.boxes[tail].height
        assert all(b[1] >= a[1] - 1e-9 for a, b in pairwise(sampled(runs)))


def test_same_plan_twice(diagram):
    assert planned(diagram).boxes == planned(diagram).boxes
    assert planned(diagram).lines == planned(diagram).lines


def test_an_arrow_starts_vertically_and_ends_in_its_head():
    runs = [Run(0.0, 0.0, 4.0), Run(20.0, 30.0, 34.0)]
    line, head = arrow(runs)
    assert line.pieces[0][0][0] == 0.0
    assert line.pieces[-1][-1] == pytest.approx((20.0, 34.0 - HEAD))
    assert (20.0, 34.0) in [point for piece in head.pieces for point in piece]


def test_runs_at_one_place_are_joined():
    assert joined([Run(1.0, 0.0, 2.0), Run(1.001, 2.0, 9.0)]) == [Run(1.0, 0.0, 9.0)]
    assert len(joined([Run(1.0, 0.0, 2.0), Run(3.0, 4.0, 9.0)])) == 2


def test_a_detour_turns_at_its_corners():
    ways = corners((0.0, 0.0), (10.0, 50.0, -10.0), (80.0, 0.0))
    ends = [piece[-1] for piece in ways]
    assert ends[-1] == (80.0, 0.0)
    assert max(y for _, y in ends) == 10.0
    assert min(y for _, y in ends) == -10.0


def test_a_curve_without_room_for_its_head_is_shortened():
    start, pieces = curve([Run(0.0, 0.0, 10.0)])
    assert start == (0.0, 0.0)
    assert pieces == (((0.0, 10.0 - HEAD),),)


def test_lines_of_a_large_random_diagram_avoid_boxes():
    plan = planned(random_diagram(120, 15, seed=9, groups=True))
    check_boxes(plan)
    check_lines(plan)
