"""Local functions by what they are: what was met before is the same object, with all it has compiled."""

from __future__ import annotations

import functools
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from limes._compat import is_literal, one_equation

from .local import Local

KEPT = 4096


@dataclass(frozen=True)
class _Recipe:
    key: Hashable
    make: Callable[[Hashable], Local] = field(compare=False)


@functools.lru_cache(maxsize=KEPT)
def _made(recipe: _Recipe) -> Local:
    return recipe.make(recipe.key)


def equation_local(equation: Any, operands: Sequence[Any]) -> Local:
    """The function of one equation of the distinct `operands` that are no literals."""
    variables: dict[Any, Any] = {}
    for operand, own in zip(operands, equation.invars, strict=True):
        if not is_literal(operand):
            variables.setdefault(operand, own)
    atoms = [operand if is_literal(operand) else variables[operand] for operand in operands]
    numbers = {own: number for number, own in enumerate(variables.values())}

    def make(key: Hashable) -> Local:
        return Local(equation.primitive.name, one_equation(equation, atoms), key)

    outputs = tuple(type(out).__name__ for out in equation.outvars)  # some may be dropped
    inputs = tuple(_literal(atom) if is_literal(atom) else (numbers[atom], str(atom.aval)) for atom in atoms)
    key = (equation.primitive, tuple(sorted(equation.params.items())), inputs, outputs)
    return _made(_Recipe(key, make)) if _hashable(key) else make(None)


def unstack(operand: Any) -> Local:
    """The slices along the first axis, which a loop hands out."""
    return _function_local("unstack", (), jnp.unstack, [operand])


def stack(operands: Sequence[Any], which: tuple[int, ...]) -> Local:
    """An array whose slices along a new first axis are the operands `which`, as a loop collects them."""
    return _function_local("stack", which, lambda *distinct: jnp.stack([distinct[k] for k in which]), operands)


def keep(test: Any, new: Any, old: Any) -> Local:
    """The new value where the test of its leading axes holds, else the old one."""

    def choose(test: Any, new: Any, old: Any) -> Any:
        where = jax.lax.broadcast_in_dim(test, new.shape, range(test.ndim))
        return jax.lax.select(where, new, old)

    return _function_local("select_n", (), choose, [test, new, old])


def _function_local(name: str, variant: Hashable, function: Callable[..., Any], operands: Sequence[Any]) -> Local:
    """A function that stands in no program."""
    avals = [jax.ShapeDtypeStruct(operand.shape, operand.dtype) for operand in operands]
    key = (name, variant, tuple((aval.shape, str(aval.dtype)) for aval in avals))
    return _made(_Recipe(key, lambda key: Local(name, jax.make_jaxpr(function)(*avals), key)))


def _literal(atom: Any) -> Hashable:
    try:
        return str(atom.aval), np.asarray(atom.val).tobytes()
    except TypeError:
        return str(atom.aval), atom.val


def _hashable(key: Hashable) -> bool:
    try:
        hash(key)
    except TypeError:
        return False
    return True
