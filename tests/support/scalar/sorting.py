"""Merge sort and selection by comparisons."""

import numpy as np

from .numbers import Whole


def merge_sort(items, before):
    """Sorted items; `before(a, b)` is one comparison."""
    if len(items) < 2:
        return items
    half = len(items) // 2
    left, right = merge_sort(items[:half], before), merge_sort(items[half:], before)
    out = []
    while left and right:
        out.append(right.pop(0) if before(right[0], left[0]) else left.pop(0))
    return out + left + right


def _sort(equation, *operands):
    axis, keys = equation.params["dimension"], equation.params["num_keys"]
    moved = [np.moveaxis(operand, axis, -1) for operand in operands]
    outs = [array.copy() for array in moved]
    for index in np.ndindex(*moved[0].shape[:-1]):
        rows = [array[index] for array in moved]

        def before(a, b, rows=rows):
            if rows[0][a].v == rows[0][b].v:
                return [row[a].v for row in rows[:keys]] < [row[b].v for row in rows[:keys]]
            return rows[0][a].test("lt", rows[0][b])

        order = merge_sort(list(range(len(rows[0]))), before)
        for out, row in zip(outs, rows, strict=True):
            out[index] = [row[place] for place in order]
    return [np.moveaxis(out, -1, axis) for out in outs]


def largest(numbers, k):
    """Places of the k largest, kept in order; a newcomer is inserted by bisection."""
    kept = merge_sort(list(range(k)), lambda a, b: numbers[a].test("gt", numbers[b]))
    for place in range(k, len(numbers)):
        if not numbers[place].test("gt", numbers[kept[-1]]):
            continue
        low, high = 0, k - 1
        while low < high:
            middle = (low + high) // 2
            if numbers[place].test("gt", numbers[kept[middle]]):
                high = middle
            else:
                low = middle + 1
        kept = [*kept[:low], place, *kept[low : k - 1]]
    return kept


def _top_k(equation, operand):
    params = equation.params
    axis, k = params.get("axis", params.get("reduction_dimension")), params["k"]
    moved = np.moveaxis(operand, axis, -1)
    values, places = (np.empty((*moved.shape[:-1], k), dtype=object) for _ in range(2))
    for index in np.ndindex(*moved.shape[:-1]):
        kept = largest(moved[index], k)
        values[index], places[index] = [moved[index][place] for place in kept], [Whole(place) for place in kept]
    return [np.moveaxis(values, -1, axis), np.moveaxis(places, -1, axis)]


SCALAR = {"sort": _sort, "top_k": _top_k, "approx_top_k": _top_k}
