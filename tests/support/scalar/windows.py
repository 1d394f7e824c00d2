"""Windows that slide over an array, tap by tap."""

import itertools
import math

import numpy as np

from .contraction import real_taps
from .numbers import Real, filled
from .reductions import fold, pairwise


def window(equation, shape, place):
    """The positions of the entries that a window sees."""
    params, ones = equation.params, (1,) * len(shape)
    along = [
        [
            at
            for _, at in real_taps(
                place[axis],
                shape[axis],
                params["window_dimensions"][axis],
                params["window_strides"][axis],
                params["padding"][axis][0],
                params.get("window_dilation", ones)[axis],
                params.get("base_dilation", ones)[axis],
            )
        ]
        for axis in range(len(shape))
    ]
    return list(itertools.product(*along))


def _reduce(name, empty):
    def loop(equation, operand):
        def one(place):
            seen = [operand[at] for at in window(equation, operand.shape, place)]
            return fold(pairwise(name), seen) if seen else Real(empty)

        return [filled(equation.outvars[0].aval.shape, one)]

    return loop


def best(operand, places, name):
    """The first place whose number passes the test against all others."""
    at = places[0]
    for place in places[1:]:
        at = at if operand[at].test(name, operand[place]) else place
    return at


def _gather_add(equation, source, operand):
    name = str(equation.params["select_prim"])

    def one(place):
        places = window(equation, operand.shape, place)
        return source[best(operand, places, name)] if places else Real(0)

    return [filled(equation.outvars[0].aval.shape, one)]


def _scatter_add(equation, source, operand):
    name, out = str(equation.params["select_prim"]), filled(operand.shape, lambda _: Real(0))
    for place in np.ndindex(*source.shape):
        at = best(operand, window(equation, operand.shape, place), name)
        out[at] = out[at] + source[place]
    return [out]


def call(run, body, *numbers):
    values = run(body, *(filled((), lambda _, number=number: number) for number in numbers))
    return [value[()] for value in values]


def reduce_window(run, equation, *operands):
    num = len(operands) // 2
    outs = [np.empty(out.aval.shape, dtype=object) for out in equation.outvars]
    for place in np.ndindex(*outs[0].shape):
        seen = [[operand[at] for operand in operands[:num]] for at in window(equation, operands[0].shape, place)]
        found = seen[0]
        for numbers in seen[1:]:
            found = call(run, equation.params["jaxpr"], *found, *numbers)
        for out, number in zip(outs, found, strict=True):
            out[place] = number
    return outs


def select_and_scatter(run, equation, operand, source, start):
    out = filled(operand.shape, lambda _: start[()])
    for place in np.ndindex(*source.shape):
        places = window(equation, operand.shape, place)
        at = places[0]
        for other in places[1:]:
            keep = call(run, equation.params["select_jaxpr"], operand[at], operand[other])[0]
            at = at if keep.v else other
        out[at] = call(run, equation.params["scatter_jaxpr"], out[at], source[place])[0]
    return [out]


BODIES = {"reduce_window": reduce_window, "select_and_scatter": select_and_scatter}


SCALAR = {
    "reduce_window_sum": _reduce("add", 0.0),
    "reduce_window_max": _reduce("max", -math.inf),
    "reduce_window_min": _reduce("min", math.inf),
    "select_and_gather_add": _gather_add,
    "select_and_scatter_add": _scatter_add,
}
