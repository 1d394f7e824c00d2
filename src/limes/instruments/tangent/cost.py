"""What tracing a function says of its cost: operations counted, bytes written."""

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array

from limes._compat import jaxprs_inside, live_jaxpr
from limes._errors import InputError
from limes.instruments.counts import count

from .program import Call
from .sweep import Treatment, features

SHAPES = ("reshape", "squeeze", "expand_dims", "broadcast_in_dim", "iota")


class Cost(NamedTuple):
    """Operations, bytes of all values written on the way (an upper bound of those held), bytes of the result."""

    operations: int
    written: int
    result: int


def size(aval: Any) -> int:
    """Return the bytes of an array."""
    return math.prod(aval.shape) * jnp.dtype(aval.dtype).itemsize if hasattr(aval, "dtype") else 0


def written(jaxpr: Any) -> int:
    """Return the bytes that the equations of an open jaxpr write; those of a loop every time, shapes for nothing."""
    total = 0
    for equation in jaxpr.eqns:
        times = equation.params.get("length", 1) if equation.primitive.name == "scan" else 1
        if equation.primitive.name not in SHAPES:
            total += sum(size(out.aval) for out in equation.outvars)
        total += times * sum(written(inner) for inner in jaxprs_inside(equation.params))
    return total


def cost_of(function: Callable[..., Any], *args: Any) -> Cost:
    """Count a function on arguments of these shapes; a primitive without a counting rule costs its output."""
    closed = jax.make_jaxpr(function)(*args)
    jaxpr, _ = live_jaxpr(closed)
    result = sum(size(out.aval) for out in jaxpr.outvars)
    try:
        operations = count(closed).total
    except InputError:
        operations = sum(math.prod(out.aval.shape) for equation in jaxpr.eqns for out in equation.outvars)
    return Cost(operations, written(jaxpr), result)


def sweep_cost(call: Call, leaves: Sequence[Array], x: Any, treatment: Treatment) -> Cost:
    """Return the cost of the features of one example."""
    return cost_of(functools.partial(features, call, treatment), list(leaves), x)


class ProductCost(NamedTuple):
    """Costs of one example: the function, one pullback with the function, one push of a tangent vector alone."""

    function: Cost
    pullback: Cost
    push: Cost


def product_cost(call: Call, leaves: Sequence[Array], x: Any) -> ProductCost:
    """Return what products with the derivative of one example cost."""
    leaves = list(leaves)

    def flat(leaves: list[Array], x: Any) -> Array:
        return call(leaves, x).reshape(-1)

    def pullback(leaves: list[Array], x: Any) -> Any:
        out, pull = jax.vjp(lambda leaves: flat(leaves, x), leaves)
        return pull(jnp.ones_like(out))

    def push(leaves: list[Array], x: Any) -> Any:
        return jax.jvp(lambda leaves: flat(leaves, x), (leaves,), (leaves,))

    function, both = cost_of(flat, leaves, x), cost_of(push, leaves, x)
    alone = Cost(both.operations - function.operations, both.written - function.written, function.result)
    return ProductCost(function, cost_of(pullback, leaves, x), alone)
