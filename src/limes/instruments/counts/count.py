"""Counting equations and jaxprs by the table of rules."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from limes._compat import is_dropped, is_literal, jaxprs_inside, live_jaxpr, one_equation, open_jaxpr
from limes._errors import InputError

from .control import CALL, is_call
from .operations import Operations
from .rule import Equation
from .table import TABLE

_REGISTERED: dict[str, Callable[[Equation], Operations]] = {}


def register_operations(primitive_name: str, rule: Callable[[Equation], Operations]) -> None:
    """Count a primitive by `rule(equation)`, which reads shapes, dtypes and parameters of the equation only.

    A registered rule goes before the table's own. Raises `InputError` where the name is no text or the rule no function.
    """
    if not isinstance(primitive_name, str) or not callable(rule):
        raise InputError(
            f"register_operations: expected the name of a primitive and a function of an equation, got "
            f"{primitive_name!r} and {rule!r}; pass for example 'my_primitive' and lambda equation: Operations(add=1)"
        )
    _REGISTERED[primitive_name] = rule


@dataclass
class _Counter:
    """Counts what is inside an equation, of which the outputs `used` are read."""

    used: list[bool]
    live_only: bool

    def __call__(self, jaxpr: Any, used: Sequence[bool] | None = None) -> Operations:
        if not self.live_only:
            return _literally(open_jaxpr(jaxpr))
        live = live_jaxpr(jaxpr, used)[0]
        read = {atom for equation in live.eqns for atom in equation.invars if not is_literal(atom)}
        read.update(atom for atom in live.outvars if not is_literal(atom))
        counted = Operations()
        for equation in live.eqns:
            counted += _equation(equation, _Counter([out in read for out in equation.outvars], True))
        return counted


def _literally(jaxpr: Any) -> Operations:
    counted = Operations()
    for equation in jaxpr.eqns:
        counted += count_equation(equation, live_only=False)
    return counted


def _own(name: str, equation: Equation) -> Operations:
    counted = _REGISTERED[name](equation)
    if not isinstance(counted, Operations):
        raise InputError(
            f"register_operations: the rule of {name!r} must return Operations, got {type(counted).__name__}; write for "
            f"example lambda equation: Operations(add=1)"
        )
    return counted


def _equation(equation: Equation, body: _Counter) -> Operations:
    name = equation.primitive.name
    if name in _REGISTERED:
        return _own(name, equation)
    if name in TABLE:
        return TABLE[name](equation, body)
    if is_call(equation):
        return CALL(equation, body)
    raise InputError(
        f"count: the primitive {name!r} has no counting rule; give it one with "
        f"limes.instruments.counts.register_operations({name!r}, rule)"
    )


def count_equation(equation: Equation, *, live_only: bool = True) -> Operations:
    """Count the scalar operations of one equation of a jaxpr, from shapes, dtypes and parameters.

    With `live_only` what no output of the equation needs is left out of the jaxprs inside. Raises `InputError` for a
    primitive without a rule, and names it.
    """
    used = [not is_dropped(out) for out in equation.outvars]
    if live_only and jaxprs_inside(equation.params) and not equation.effects:
        return _Counter([], True)(one_equation(equation, equation.invars))
    return _equation(equation, _Counter(used, live_only))


def count(jaxpr: Any, *, live_only: bool = True) -> Operations:
    """Count the scalar operations of a jaxpr, open or closed, as `jax.make_jaxpr` returns it.

    With `live_only` equations that no output needs are left out first, in the bodies of loops and calls too.
    Raises `InputError` for a primitive without a rule, and names it.
    """
    if not hasattr(open_jaxpr(jaxpr), "eqns"):
        raise InputError(
            f"count: expected a jaxpr, got {type(jaxpr).__name__}; trace the function first, count(jax.make_jaxpr(fn)(*args))"
        )
    return _Counter([], live_only)(jaxpr)
