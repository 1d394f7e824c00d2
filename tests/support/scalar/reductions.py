"""Reductions and cumulative operations by a loop along each lane."""

import math
import types

import numpy as np

from .elementwise import SCALAR as ELEMENTWISE
from .numbers import Real, Whole, filled, nonlin


def pairwise(name):
    """The scalar function of two numbers of an elementwise primitive."""
    out = types.SimpleNamespace(aval=types.SimpleNamespace(shape=()))
    equation = types.SimpleNamespace(outvars=(out,), params={})
    return lambda a, b: ELEMENTWISE[name](equation, a, b)[0][()]


def fold(combine, numbers):
    out = numbers[0]
    for number in numbers[1:]:
        out = combine(out, number)
    return out


def lanes(operand, axes):
    """The lanes along the axes: an array of lists of numbers."""
    kept = [axis for axis in range(operand.ndim) if axis not in axes]
    moved = operand.transpose(*kept, *axes)
    shape = tuple(operand.shape[axis] for axis in kept)
    return filled(shape, lambda index: list(np.atleast_1d(moved[index]).ravel()))


def reduced(operand, axes, combine, empty):
    each = lanes(operand, axes)
    return filled(each.shape, lambda index: fold(combine, each[index]) if each[index] else empty)


def _reduce(name, empty):
    def loop(equation, operand):
        start = Real(empty) if operand.size == 0 or isinstance(operand.flat[0], Real) else Whole(0)
        return [reduced(operand, tuple(equation.params["axes"]), pairwise(name), start)]

    return loop


def _whole(name):
    return lambda _, operand: [reduced(operand, tuple(range(operand.ndim)), pairwise(name), Whole(0))]


def _arg(name):
    def loop(equation, operand):
        each = lanes(operand, tuple(equation.params["axes"]))

        def best(index):
            numbers, at = each[index], 0
            for place in range(1, len(numbers)):
                at = place if numbers[place].test(name, numbers[at]) else at
            return Whole(at)

        return [filled(each.shape, best)]

    return loop


def log_add_exp(a, b):
    """The logarithm of a sum of two exponentials, without overflow."""
    most = a if a.test("gt", b) else b
    return most + nonlin(math.log1p, nonlin(math.exp, -abs(a - b)))


def _cumulative(combine):
    def loop(equation, operand):
        axis, reverse = equation.params["axis"], equation.params["reverse"]
        moved = np.moveaxis(operand, axis, -1)
        moved = moved[..., ::-1] if reverse else moved
        out = moved.copy()
        for index in np.ndindex(*moved.shape[:-1]):
            for place in range(1, moved.shape[-1]):
                out[(*index, place)] = combine(out[(*index, place - 1)], moved[(*index, place)])
        return [np.moveaxis(out[..., ::-1] if reverse else out, -1, axis)]

    return loop


SCALAR = {
    "reduce_sum": _reduce("add", 0.0),
    "reduce_prod": _reduce("mul", 1.0),
    "reduce_max": _reduce("max", -math.inf),
    "reduce_min": _reduce("min", math.inf),
    "reduce_and": _reduce("and", 0.0),
    "reduce_or": _reduce("or", 0.0),
    "reduce_xor": _reduce("xor", 0.0),
    "psum": _reduce("add", 0.0),
    "pmax": _reduce("max", -math.inf),
    "pmin": _reduce("min", math.inf),
    "unvmap_all": _whole("and"),
    "unvmap_any": _whole("or"),
    "unvmap_max": _whole("max"),
    "argmax": _arg("gt"),
    "argmin": _arg("lt"),
    "cumsum": _cumulative(pairwise("add")),
    "cumprod": _cumulative(pairwise("mul")),
    "cummax": _cumulative(pairwise("max")),
    "cummin": _cumulative(pairwise("min")),
    "cumlogsumexp": _cumulative(log_add_exp),
}
