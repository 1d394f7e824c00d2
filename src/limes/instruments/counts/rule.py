"""What a counting rule is, and the price of one scalar operation of each number type."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import jax.numpy as jnp

from .operations import Operations

Equation = Any  # an equation of a jaxpr: reads `primitive`, `params`, `invars`, `outvars`


class Body(Protocol):
    """Counts a jaxpr inside an equation; knows which outputs of the equation somebody reads."""

    used: list[bool]

    def __call__(self, jaxpr: Any, used: Sequence[bool] | None = None) -> Operations:
        """Count the equations that the used outputs of a jaxpr need: all outputs unless told."""
        ...


@dataclass(frozen=True)
class Rule:
    """A row of the table: a primitive, and what it costs in words and as a function of the equation.

    `kind` is that of the operations on reals ("body": those of a jaxpr inside). `exact` says when the count is that of
    the algorithm in `words`, to the unit: "always", "never", or a condition, whose absence the count then flags itself;
    elsewhere it holds within the factor `accuracy`. With `has_body` the function takes a second argument, which counts a
    jaxpr.
    """

    name: str
    group: str
    kind: str
    words: str
    count: Callable[..., Operations]
    exact: str = "always"
    accuracy: float = 1.0
    has_body: bool = False

    def __call__(self, equation: Equation, body: Body) -> Operations:
        """Count one equation of this primitive."""
        counted = self.count(equation, body) if self.has_body else self.count(equation)
        return replace(counted, approximate=True) if self.exact == "never" else counted


def size(value: Any) -> int:
    """The number of entries of a variable or literal."""
    return math.prod(shape(value))


def shape(value: Any) -> tuple[int, ...]:
    """The shape of a variable or literal; tokens have none."""
    return tuple(getattr(value.aval, "shape", ()))


@functools.cache
def _number(dtype: Any) -> str:
    if jnp.issubdtype(dtype, jnp.complexfloating):
        return "complex"
    return "real" if jnp.issubdtype(dtype, jnp.floating) else "integer"


def number(value: Any) -> str:
    """What the entries of a variable or literal are: "real", "complex", "integer" (booleans and keys too) or "none"."""
    dtype = getattr(value.aval, "dtype", None)
    return "none" if dtype is None else _number(dtype)


def price(kind: str, *, add: int = 0, mul: int = 0, div: int = 0, nonlin: int = 0, compare: int = 0) -> Operations:
    r"""What scalar operations cost on real, complex or integer entries.

    A complex number is a pair of reals: a sum costs 2 add, $(a + ib)(c + id)$ 4 mul and 2 add, a quotient (by $c - id$ and
    $c^2 + d^2$) 8 mul and 3 add, a comparison or choice 2 compare. `nonlin` counts functions of a real number only: those
    of a complex one are written out in `elementwise`.
    """
    if kind == "integer":
        return Operations(integer=add + mul + div + nonlin + compare)
    if kind == "complex":
        return Operations(add=2 * add + 2 * mul + 3 * div, mul=4 * mul + 8 * div, nonlin=nonlin, compare=2 * compare)
    return Operations(add=add, mul=mul + div, nonlin=nonlin, compare=compare)


def unit(numbers: str, kind: str) -> Operations:
    """One operation of this kind on such numbers."""
    return Operations(integer=1) if kind == "integer" else price(numbers, **{kind: 1})
