"""A tall drawing in columns, read like a page: from top to bottom, then from left to right."""

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from .route import Detour, Placed, Plan
from .sheet import Run

HEIGHT = 760.0
ROOM, LANE, CUT = 10.0, 6.0, 90.0
Column = tuple[int, int]


def in_columns(plan: Plan, height: float = HEIGHT) -> Plan:
    """The plan divided between rows into columns about as high as `height`, if it is higher and can be; large ones near a square."""
    height = max(height, math.sqrt(plan.height * plan.width / 1.3))
    count = min(math.ceil(plan.height / height), len(plan.bands))
    if count < 2:
        return plan
    columns = divided(plan.bands, _crossing(plan), count)
    return _Folding(plan, columns).plan() if len(columns) > 1 else plan


def _crossing(plan: Plan) -> list[int]:
    """How many values cross the gap below each row."""
    return [
        len({tail for (tail, _), runs in plan.lines.items() if _crosses(runs, a[1], b[0])})
        for a, b in pairwise(plan.bands)
    ]


def _crosses(runs: Sequence[Run], upper: float, lower: float) -> bool:
    return runs[0].top <= upper and runs[-1].bottom >= lower


def divided(bands: Sequence[tuple[float, float]], crossing: Sequence[int], count: int) -> list[Column]:
    """First and last row of each column: the highest as low as possible, few lines from one to the next."""
    rows = len(bands)
    best: dict[tuple[int, int], tuple[float, list[Column]]] = {(0, 0): (0.0, [])}
    for end in range(1, rows + 1):
        for used in range(1, count + 1):
            options = []
            for start in range(used - 1, end):
                if (start, used - 1) in best:
                    before, columns = best[start, used - 1]
                    cut = CUT * max(crossing[start - 1] - 1, 0) if start else 0.0
                    tall = max(bands[end - 1][1] - bands[start][0], before)
                    options.append((tall + cut, [*columns, (start, end - 1)]))
            if options:
                best[end, used] = min(options, key=lambda option: option[0])
    return min(
        (best[rows, used] for used in range(1, count + 1) if (rows, used) in best), key=lambda option: option[0]
    )[1]


class _Folding:
    """Moves of everything, column by column."""

    def __init__(self, plan: Plan, columns: Sequence[Column]) -> None:
        self.old = plan
        self.spans = [(plan.bands[first][0], plan.bands[last][1]) for first, last in columns]
        lines = {key: self._parts(runs) for key, runs in plan.lines.items()}
        self.lines = lines
        self.lanes = [self._lanes(c) for c in range(len(columns) - 1)]
        self.head = max((ROOM + LANE * len(lane) for lane in self.lanes), default=0.0)
        self.shifts: list[tuple[float, float]] = []
        self.rights: list[float] = []
        edge = 0.0
        for c in range(len(columns)):
            left, right = self._extent(c)
            self.shifts.append((edge - left, self.head - self.spans[c][0]))
            self.rights.append(edge + right - left)
            edge += right - left + 2 * ROOM + LANE * (len(self.lanes[c]) if c < len(self.lanes) else 0)

    def plan(self) -> Plan:
        """Everything in its column, lines with detours from one column to the next."""
        old, height = self.old, 0.0
        boxes = {name: self._moved(place) for name, place in old.boxes.items()}
        frames = [(cluster, self._moved(place)) for cluster, place in old.frames]
        lines = {key: self._line(key[0], parts) for key, parts in self.lines.items()}
        for c, (top, bottom) in enumerate(self.spans):
            lanes = ROOM + LANE * len(self.lanes[c]) if c < len(self.lanes) else 0.0
            height = max(height, self.head + bottom - top + lanes)
        return Plan(self.rights[-1], height, boxes, frames, lines, old.bands)

    def _column(self, y: float) -> int:
        return next((c for c, (_, bottom) in enumerate(self.spans) if y <= bottom + 1e-6), len(self.spans) - 1)

    def _moved(self, place: Placed) -> Placed:
        dx, dy = self.shifts[self._column(place.y)]
        return replace(place, x=place.x + dx, y=place.y + dy)

    def _parts(self, runs: Sequence[Run]) -> list[tuple[int, Run]]:
        """The stretches of a line in each column."""
        parts = []
        for run in runs:
            for c in range(self._column(run.top), self._column(run.bottom) + 1):
                top, bottom = self.spans[c]
                if run.bottom >= top - 1e-6 and run.top <= bottom + 1e-6:
                    parts.append((c, Run(run.x, max(run.top, top), min(run.bottom, bottom))))
        return parts

    def _lanes(self, column: int) -> list[str]:
        """The values that leave a column for the next, from right to left."""
        leaving: dict[str, float] = {}
        for (tail, _), parts in self.lines.items():
            for (c, run), (d, _) in pairwise(parts):
                if c == column < d:
                    leaving[tail] = run.x
        return sorted(leaving, key=lambda tail: -leaving[tail])

    def _extent(self, column: int) -> tuple[float, float]:
        ends = [run.x for parts in self.lines.values() for c, run in parts if c == column]
        places = [*self.old.boxes.values(), *(place for _, place in self.old.frames)]
        for place in places:
            if self._column(place.y) == column:
                ends += [place.x, place.x + place.width]
        return min(ends), max(ends)

    def _line(self, tail: str, parts: Sequence[tuple[int, Run]]) -> list[Run]:
        found: list[Run] = []
        before = parts[0][0]
        for c, run in parts:
            moved = run.moved(*self.shifts[c])
            found.append(moved if c == before else replace(moved, detour=self._detour(tail, before)))
            before = c
        return found

    def _detour(self, tail: str, column: int) -> Detour:
        lane, count = self.lanes[column].index(tail), len(self.lanes[column])
        bottom = self.head + self.spans[column][1] - self.spans[column][0]
        return (
            bottom + ROOM + LANE * lane,
            self.rights[column] + ROOM + LANE * lane,
            self.head - ROOM - LANE * (count - 1 - lane),
        )
