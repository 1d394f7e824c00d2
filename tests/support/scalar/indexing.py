"""Scattered updates: JAX says where each entry of the updates goes, the loop does the arithmetic."""

import jax
import jax.numpy as jnp
import numpy as np

from .numbers import filled, to_array
from .reductions import pairwise


def targets(equation, indices):
    """The place in the operand of every entry of the updates, or none: one mark at a time is added to zeros."""
    operand, where, updates = (value.aval for value in equation.invars)
    positions, params = to_array(indices, where), equation.params
    num = int(np.prod(updates.shape))
    marks = jnp.eye(num, dtype=jnp.int32).reshape(num, *updates.shape)
    start = jnp.zeros(operand.shape, jnp.int32)
    mark = jax.vmap(
        lambda one: jax.lax.scatter_add(start, positions, one, params["dimension_numbers"], mode=params["mode"])
    )
    hits = [np.argwhere(np.asarray(one)) for one in mark(marks)]
    return [tuple(int(i) for i in hit[0]) if len(hit) else None for hit in hits]


def scattered(equation, operand, indices, updates, combine):
    out = operand.copy()
    for place, update in zip(targets(equation, indices), updates.ravel(), strict=True):
        if place is not None:
            out[place] = combine(out[place], update)
    return [out]


def _scatter_with(name):
    def loop(equation, operand, indices, updates):
        return scattered(equation, operand, indices, updates, pairwise(name))

    return loop


def scatter(run, equation, operand, indices, updates):
    body = equation.params["update_jaxpr"]
    if body is None:
        return scattered(equation, operand, indices, updates, lambda _, update: update)

    def combine(old, update):
        return run(body, filled((), lambda _: old), filled((), lambda _: update))[0][()]

    return scattered(equation, operand, indices, updates, combine)


BODIES = {"scatter": scatter}


SCALAR = {
    "scatter-add": _scatter_with("add"),
    "scatter-sub": _scatter_with("sub"),
    "scatter-mul": _scatter_with("mul"),
    "scatter-min": _scatter_with("min"),
    "scatter-max": _scatter_with("max"),
}
