"""Sorting and selection: comparisons of the textbook algorithm on entries in random order."""

import math

from .operations import Operations
from .rule import Equation, Rule, number, price, shape, size


def merge_sort(length: int) -> int:
    r"""The most comparisons of merge sort: $n \lceil \log_2 n \rceil - 2^{\lceil \log_2 n \rceil} + 1$."""
    levels = max(length - 1, 0).bit_length()
    return length * levels - 2**levels + 1 if length else 0


def _lanes(equation: Equation, axis: int) -> tuple[int, int]:
    """The length of the sorted axis and how many lanes there are."""
    operand = equation.invars[0]
    length = shape(operand)[axis]
    return length, size(operand) // length if length else 0


def _sort(equation: Equation) -> Operations:
    """By the first key: ties, which the further keys break, are left out."""
    length, lanes = _lanes(equation, equation.params["dimension"])
    return price(number(equation.invars[0]), compare=merge_sort(length)).times(lanes)


def selection(length: int, largest: int) -> int:
    r"""Expected comparisons when the $k$ largest seen so far are kept in order.

    The first $k$ are sorted; a later entry is compared with the least one kept, and the $i$-th is inserted by
    bisection with probability $k/i$: $n - k + k \log(n/k) \lceil \log_2 k \rceil$ comparisons more.
    """
    if not largest:
        return 0
    inserted = largest * math.log(length / largest)
    return merge_sort(largest) + length - largest + round(inserted * (largest - 1).bit_length())


def _top_k(equation: Equation) -> Operations:
    params = equation.params
    length, lanes = _lanes(equation, params.get("axis", params.get("reduction_dimension", -1)))
    return price(number(equation.invars[0]), compare=selection(length, params["k"])).times(lanes)


RULES = [
    Rule(
        "sort",
        "sorting",
        "compare",
        "merge sort: n ceil(log2 n) - 2^ceil(log2 n) + 1 compare a lane",
        _sort,
        "never",
        1.25,
    ),
    Rule(
        "top_k",
        "sorting",
        "compare",
        "n - k + k log(n/k) ceil(log2 k) compare, and the first k sorted",
        _top_k,
        "never",
        1.5,
    ),
    Rule("approx_top_k", "sorting", "compare", "as top_k", _top_k, "never", 1.5),
]
