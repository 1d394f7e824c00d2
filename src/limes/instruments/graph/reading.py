"""How a program is read: calls are opened where they stand, and loops and branches are unrolled on the values that occur."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from limes._compat import is_dropped, is_literal, open_jaxpr, scan_parts, scope_names

from .lookup import keep, stack, unstack
from .recorder import Recorder, Scope

CALLS = {"jit": "jaxpr", "pjit": "jaxpr", "closed_call": "call_jaxpr", "core_call": "call_jaxpr"}


def read(recorder: Recorder, closed: Any, arguments: Sequence[Any], scope: Scope = ()) -> list[Any]:
    """Write down the equations of a closed jaxpr; returns the slot (or literal) of each output."""
    jaxpr = open_jaxpr(closed)
    found = dict(zip(jaxpr.constvars, map(recorder.constant, closed.consts), strict=True))
    found |= zip(jaxpr.invars, arguments, strict=True)

    def look(atom: Any) -> Any:
        return atom if is_literal(atom) else found[atom]

    for equation in jaxpr.eqns:
        operands = [look(atom) for atom in equation.invars]
        opened = _opening(recorder, equation)
        outputs = opened(recorder, equation, operands, (*scope, *scope_names(equation)))
        found |= zip(equation.outvars, outputs, strict=True)
    return [look(atom) for atom in jaxpr.outvars]


def _opening(recorder: Recorder, equation: Any) -> Callable[..., list[Any]]:
    """How an equation is read: calls always open, control flow where values say how it went, all else is one node."""
    name = equation.primitive.name
    if name in CALLS:
        return _call
    return _CONTROL.get(name, _node) if recorder.concrete else _node


def _node(recorder: Recorder, equation: Any, operands: Sequence[Any], scope: Scope) -> list[Any]:
    written = iter(recorder.equation(equation, operands, scope))
    return [None if is_dropped(variable) else next(written) for variable in equation.outvars]


def _call(recorder: Recorder, equation: Any, operands: Sequence[Any], scope: Scope) -> list[Any]:
    name = equation.params.get("name") or equation.primitive.name
    return read(recorder, equation.params[CALLS[equation.primitive.name]], operands, (*scope, name))


def _scan(recorder: Recorder, equation: Any, operands: Sequence[Any], scope: Scope) -> list[Any]:
    """Slice, pass by pass, stack: a loop without passes stays one node."""
    params = equation.params
    length, (num_consts, num_carry) = params["length"], scan_parts(equation)
    if not length:
        return _node(recorder, equation, operands, scope)
    consts, carry = operands[:num_consts], list(operands[num_consts : num_consts + num_carry])
    slices = [recorder.write(unstack(x), (x,), scope) for x in operands[num_consts + num_carry :]]
    passes: list[list[Any]] = [[] for _ in range(length)]
    for t in reversed(range(length)) if params["reverse"] else range(length):
        arguments = [*consts, *carry, *(x[t] for x in slices)]
        outputs = read(recorder, params["jaxpr"], arguments, (*scope, f"scan[{t}]"))
        carry, passes[t] = outputs[:num_carry], outputs[num_carry:]
    return [*carry, *(_stacked(recorder, row, scope) for row in zip(*passes, strict=True))]


def _stacked(recorder: Recorder, row: Sequence[Any], scope: Scope) -> Any:
    slots = [recorder.place(operand) for operand in row]
    parents = list(dict.fromkeys(slots))
    return recorder.write(stack(parents, tuple(map(parents.index, slots))), tuple(parents), scope)[0]


def _while(recorder: Recorder, equation: Any, operands: Sequence[Any], scope: Scope) -> list[Any]:
    params = equation.params
    first, second = params["cond_nconsts"], params["cond_nconsts"] + params["body_nconsts"]
    tested, consts, carry = operands[:first], operands[first:second], operands[second:]
    recorder.dynamic = True
    for k in itertools.count():
        inside = (*scope, f"while[{k}]")
        (test,) = read(recorder, params["cond_jaxpr"], [*tested, *carry], inside)
        if not np.any(recorder.decide(test)):
            return list(carry)
        passed = read(recorder, params["body_jaxpr"], [*consts, *carry], inside)
        carry = [_kept(recorder, test, new, old, inside) for new, old in zip(passed, carry, strict=True)]
    raise AssertionError


def _kept(recorder: Recorder, test: Any, new: Any, old: Any, scope: Scope) -> Any:
    """What goes on to the next pass: under vmap one test each, and who is through keeps what it has."""
    if new is old or not test.aval.shape:
        return new
    operands = [recorder.place(operand) for operand in (test, new, old)]
    return recorder.write(keep(*operands), tuple(operands), scope)[0]


def _cond(recorder: Recorder, equation: Any, operands: Sequence[Any], scope: Scope) -> list[Any]:
    branches = equation.params["branches"]
    taken = min(max(int(recorder.decide(operands[0])), 0), len(branches) - 1)
    return read(recorder, branches[taken], operands[1:], (*scope, f"cond[{taken}]"))


_CONTROL = {"scan": _scan, "while": _while, "cond": _cond}
