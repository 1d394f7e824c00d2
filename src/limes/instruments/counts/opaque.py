"""Primitives that hide a program: traced through their own implementation, or named as work of the host."""

import functools
import math

from limes._compat import implementation

from .operations import Operations
from .rule import Body, Equation, Rule, number, size, unit

TRACED = ("linear_solve", "maybe_set", "random_gamma", "vprim", "call_hi_primitive")
SAME = ("nonbatchable", "nontraceable", "nondifferentiable_backward", "select_if_vmap")
REDUCED = {"unvmap_all": "integer", "unvmap_any": "integer", "unvmap_max": "compare"}
HOST = ("pure_callback", "io_callback")


def _traced(equation: Equation, body: Body) -> Operations:
    return body(implementation(equation))


def _free(equation: Equation) -> Operations:
    del equation
    return Operations()


def _whole(equation: Equation, kind: str) -> Operations:
    operand = equation.invars[0]
    return unit(number(operand), kind).times(max(size(operand) - 1, 0))


RULES = [
    *(Rule(name, "opaque", "body", "the program that runs, traced", _traced, has_body=True) for name in TRACED),
    *(Rule(name, "opaque", "free", "free: hands its operand on", _free) for name in SAME),
    *(
        Rule(name, "opaque", kind, f"entries in - 1, {kind}", functools.partial(_whole, kind=kind))
        for name, kind in REDUCED.items()
    ),
    *(
        Rule(name, "opaque", "free", "what the host computes is not seen (flag approximate)", _free, "never", math.inf)
        for name in HOST
    ),
]
