"""Reductions (entries put in minus entries that come out) and cumulative operations (entries minus lanes)."""

import functools

from limes._errors import InputError

from .operations import Operations
from .rule import Body, Equation, Rule, number, shape, size, unit

REDUCE = {
    "reduce_sum": "add",
    "reduce_prod": "mul",
    "reduce_max": "compare",
    "reduce_min": "compare",
    "argmax": "compare",
    "argmin": "compare",
    "reduce_and": "integer",
    "reduce_or": "integer",
    "reduce_xor": "integer",
}
COLLECTIVE = {"psum": "add", "pmax": "compare", "pmin": "compare"}
CUMULATIVE = {"cumsum": "add", "cumprod": "mul", "cummax": "compare", "cummin": "compare"}
LOG_ADD_EXP = Operations(add=3, nonlin=2, compare=2)


def _combined(equation: Equation) -> int:
    """How often two entries of the first operand are combined by a reduction."""
    return max(size(equation.invars[0]) - size(equation.outvars[0]), 0)


def _steps(equation: Equation) -> int:
    """How often two entries are combined along the axis of a cumulative operation."""
    length = shape(equation.invars[0])[equation.params["axis"]]
    return size(equation.invars[0]) // length * (length - 1) if length else 0


def _reduce(equation: Equation, kind: str) -> Operations:
    return unit(number(equation.invars[0]), kind).times(_combined(equation))


def _over_axes(equation: Equation, kind: str) -> Operations:
    """A collective over axes of the array is a reduction; over devices it has no count here."""
    if not all(isinstance(axis, int) for axis in equation.params["axes"]):
        raise InputError(
            f"count: {equation.primitive.name} over the devices {equation.params['axes']} has no counting rule; count the "
            f"program of one device, or register_operations({equation.primitive.name!r}, rule)"
        )
    return _reduce(equation, kind)


def _cumulative(equation: Equation, kind: str) -> Operations:
    return unit(number(equation.invars[0]), kind).times(_steps(equation))


def _cumulative_logsumexp(equation: Equation) -> Operations:
    return LOG_ADD_EXP.times(_steps(equation))


def _reduce_by(equation: Equation, body: Body) -> Operations:
    """A reduction by a function that is itself a jaxpr."""
    return body(equation.params["jaxpr"]).times(_combined(equation))


RULES = [
    *(
        Rule(name, "reductions", kind, f"entries in - entries out, {kind}", functools.partial(_reduce, kind=kind))
        for name, kind in REDUCE.items()
    ),
    *(
        Rule(name, "reductions", kind, f"entries in - entries out, {kind}", functools.partial(_over_axes, kind=kind))
        for name, kind in COLLECTIVE.items()
    ),
    *(
        Rule(name, "reductions", kind, f"entries - lanes, {kind}", functools.partial(_cumulative, kind=kind))
        for name, kind in CUMULATIVE.items()
    ),
    Rule(
        "cumlogsumexp",
        "reductions",
        "several",
        "entries - lanes times m + log1p(exp(-abs(a - b))), m = max(a, b): 3 add, 2 nonlin, 2 compare",
        _cumulative_logsumexp,
    ),
    Rule("reduce", "reductions", "body", "entries in - entries out, times the body", _reduce_by, has_body=True),
]
