"""Scattered updates: one operation for every entry of the updates; reads and plain writes are free."""

import functools

from .operations import Operations
from .rule import Body, Equation, Rule, number, price, size, unit

SCATTER = {
    "scatter-add": "add",
    "scatter-sub": "add",
    "scatter-mul": "mul",
    "scatter-min": "compare",
    "scatter-max": "compare",
}


def _scatter_with(equation: Equation, kind: str) -> Operations:
    operand, _, updates = equation.invars
    return unit(number(operand), kind).times(size(updates))


def _scatter(equation: Equation, body: Body) -> Operations:
    """A plain write is free; an update by a function costs the function."""
    function = equation.params["update_jaxpr"]
    return Operations() if function is None else body(function).times(size(equation.invars[2]))


def _addupdate(equation: Equation) -> Operations:
    update = equation.invars[1]
    return price(number(update), add=1).times(size(update))


RULES = [
    *(
        Rule(name, "indexing", kind, f"1 {kind} an entry of the updates", functools.partial(_scatter_with, kind=kind))
        for name, kind in SCATTER.items()
    ),
    Rule(
        "scatter",
        "indexing",
        "body",
        "free; with a function, its body for every entry of the updates",
        _scatter,
        has_body=True,
    ),
    Rule("addupdate", "indexing", "add", "1 add an entry of the update of a reference", _addupdate),
]
