"""Layers of a sheet: every arrow goes down, the longest path decides the depth, long arrows are avoided.

A sheet is one level of a diagram: items (boxes, whole groups, ports on the border) and values.
A value is what one item hands to others; it is drawn as one line that forks.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_array


@dataclass
class Item:
    """A rectangle to place; `ins` and `outs` are where lines of a value touch it, from its middle.

    `pin` is `top` or `bottom` for a port on the border of the sheet. `margin` is the room
    for lettering beside it, `step` the distance of arrows that arrive side by side.
    """

    width: float
    height: float
    pin: str = ""
    ins: dict[int, float] = field(default_factory=dict)
    outs: dict[int, float] = field(default_factory=dict)
    margin: float = 0.0
    step: float = 9.0


@dataclass(frozen=True)
class Value:
    """What the item `tail` hands to the items `heads`, all of them later."""

    tail: int
    heads: tuple[int, ...]


def longest_paths(items: Sequence[Item], values: Sequence[Value]) -> list[int]:
    """Layer of each item: the number of arrows of the longest path that ends there."""
    layer = [0] * len(items)
    for value in sorted(values, key=lambda value: (items[value.tail].pin != "top", value.tail)):
        for head in value.heads:
            layer[head] = max(layer[head], layer[value.tail] + 1)
    return layer


def layers(items: Sequence[Item], values: Sequence[Value]) -> list[int]:
    r"""Layers $y$ that minimize $\sum_v (\max_{h} y_h - y_{tail(v)})$ subject to $y_h \geq y_{tail} + 1$.

    The constraints are totally unimodular: the solution is integral. The depth is that of
    the longest path; inputs stand just above what reads them.
    """
    first = longest_paths(items, values)
    depth = max(first, default=0)
    ports = any(item.pin == "top" for item in items)
    if any(item.pin == "bottom" for item in items):
        depth = max(depth, 1 + max((y for y, item in zip(first, items, strict=True) if not item.pin), default=0))
    depth += int(ports and any(not item.pin and not y for y, item in zip(first, items, strict=True)))
    if not values or depth == 0:
        return [depth if item.pin == "bottom" else int(ports and not item.pin) for item in items]
    return _shortest(items, values, depth, ports)


def _shortest(items: Sequence[Item], values: Sequence[Value], depth: int, ports: bool) -> list[int]:
    n, cost = len(items), np.concatenate([np.full(len(items), 1e-3), np.ones(len(values))])
    rows: list[tuple[int, int, float]] = []
    limits: list[float] = []
    for v, value in enumerate(values):
        cost[value.tail] -= 1.0
        for head in value.heads:
            k = len(limits)
            rows += [(k, value.tail, 1.0), (k, head, -1.0), (k + 1, head, 1.0), (k + 1, n + v, -1.0)]
            limits += [-1.0, 0.0]
    where, which, what = zip(*rows, strict=True)
    matrix = coo_array((what, (where, which)), shape=(len(limits), n + len(values))).tocsr()
    ends = {"top": (0, 0), "bottom": (depth, depth), "": (int(ports), depth)}
    bounds = [ends[item.pin] for item in items] + [(0, depth)] * len(values)
    found = linprog(cost, A_ub=matrix, b_ub=limits, bounds=bounds, method="highs-ds")
    return [round(float(y)) for y in found.x[:n]]
