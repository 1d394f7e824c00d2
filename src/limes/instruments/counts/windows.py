"""Sliding windows that reduce or select: taps that touch an entry, minus windows that have one."""

import functools

from .operations import Operations
from .rule import Body, Equation, Rule, number, price, shape, size, unit
from .taps import Dimension, tap_counts

REDUCE = {"reduce_window_sum": "add", "reduce_window_max": "compare", "reduce_window_min": "compare"}


def _taps(equation: Equation, operand: tuple[int, ...], outputs: tuple[int, ...]) -> tuple[int, int]:
    params, ones = equation.params, (1,) * len(operand)
    dilation, base = params.get("window_dilation", ones), params.get("base_dilation", ones)
    return tap_counts(
        Dimension(
            entries=operand[axis],
            window=params["window_dimensions"][axis],
            outputs=outputs[axis],
            stride=params["window_strides"][axis],
            low=params["padding"][axis][0],
            dilation=dilation[axis],
            base_dilation=base[axis],
        )
        for axis in range(len(operand))
    )


def _combined(equation: Equation) -> int:
    taps, reached = _taps(equation, shape(equation.invars[0]), shape(equation.outvars[0]))
    return taps - reached


def _reduce(equation: Equation, kind: str) -> Operations:
    return unit(number(equation.invars[0]), kind).times(_combined(equation))


def _reduce_by(equation: Equation, body: Body) -> Operations:
    return body(equation.params["jaxpr"]).times(_combined(equation))


def _gather_add(equation: Equation) -> Operations:
    """Choose by the second operand, read the first."""
    return price(number(equation.invars[1]), compare=1).times(_combined(equation))


def _scatter_add(equation: Equation) -> Operations:
    """Every source looks for its entry in a window of the operand, and is added there."""
    source, operand = equation.invars[:2]
    taps, reached = _taps(equation, shape(operand), shape(source))
    return price(number(operand), compare=1).times(taps - reached) + price(number(source), add=1).times(size(source))


def _scatter_by(equation: Equation, body: Body) -> Operations:
    operand, source = equation.invars[:2]
    taps, reached = _taps(equation, shape(operand), shape(source))
    select, scatter = (body(equation.params[name]) for name in ("select_jaxpr", "scatter_jaxpr"))
    return select.times(taps - reached) + scatter.times(size(source))


RULES = [
    *(
        Rule(name, "windows", kind, f"taps on entries - windows reached, {kind}", functools.partial(_reduce, kind=kind))
        for name, kind in REDUCE.items()
    ),
    Rule(
        "reduce_window",
        "windows",
        "body",
        "taps on entries - windows reached, times the body",
        _reduce_by,
        has_body=True,
    ),
    Rule("select_and_gather_add", "windows", "compare", "taps on entries - windows reached, compare", _gather_add),
    Rule("select_and_scatter_add", "windows", "several", "as above, and 1 add a source", _scatter_add),
    Rule("select_and_scatter", "windows", "body", "as above, by the two bodies", _scatter_by, has_body=True),
]
