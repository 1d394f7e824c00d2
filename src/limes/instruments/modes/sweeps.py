r"""The sweeps through a program: values forward, tangents forward, adjoints backward.

A program is a list of steps in the order of execution. A step computes its `outputs` from its `parents` by its local
function $g$; `values`, tangents and adjoints are found by the node. The sweeps of derivatives touch active nodes only: those
on a differentiable path from an input to an output (`step.moving` are the parents that vary, `step.seen` the outputs on
such paths, by position).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import jax.numpy as jnp
from jaxtyping import Array

Node = Any  # an index; while a program is still being read, its slot
Values = dict[Node, Array]
Blocks = dict[tuple[Node, Node], Array]  # by (output, input)


def forward(steps: Iterable[Any], values: Values) -> Values:
    r"""Compute $\theta_r = g_r(\theta_{\mathrm{parents}(r)})$ for all nodes $r$ in order, from those of the inputs."""
    for step in steps:
        outputs = step.local.value([values[p] for p in step.parents])
        values.update(zip(step.outputs, outputs, strict=True))
    return values


def tangents(steps: Iterable[Any], values: Values, direction: Values) -> Values:
    r"""Compute $\dot\theta_r = \sum_{p \in \mathrm{parents}(r)} \partial_p g_r\,\dot\theta_p$ in order, from a direction of the inputs."""
    tangent = dict(direction)
    for step in steps:
        if step.seen:
            moving = [step.parents[i] for i in step.moving]  # some vary, but on no way to an output
            given = [tangent[p] if p in tangent else jnp.zeros_like(values[p]) for p in moving]
            found = step.local.tangent(step.moving, step.seen, [values[p] for p in step.parents], given)
            tangent.update(zip((step.outputs[j] for j in step.seen), found, strict=True))
    return tangent


def backward(steps: Sequence[Any], values: Values, cotangent: Values) -> tuple[Values, dict[tuple[Node, Node], Array]]:
    r"""Compute $\bar\theta_r = \sum_{s \in \mathrm{children}(r)} (\partial_r g_s)^\top \bar\theta_s$ against the order, from the outputs.

    Returns the adjoints and every term of the sums, by the edge (r, s); an equation with several outputs hands back one
    term for all, filed under the first that has an adjoint.
    """
    adjoint = dict(cotangent)
    contributions: dict[tuple[Node, Node], Array] = {}
    for step in reversed(steps):
        seen = tuple(j for j in step.seen if step.outputs[j] in adjoint)
        if not seen:
            continue
        given = [adjoint[step.outputs[j]] for j in seen]
        terms = step.local.pullback(step.moving, seen, [values[p] for p in step.parents], given)
        for i, term in zip(step.local.reached(step.moving, seen), terms, strict=True):
            r = step.parents[i]
            adjoint[r] = adjoint[r] + term if r in adjoint else term
            contributions[r, step.outputs[seen[0]]] = term
    return adjoint, contributions


def forward_jacobian(steps: Sequence[Any], values: Values, inputs: Sequence[Node], outputs: Sequence[Node]) -> Blocks:
    """Compute the Jacobian by columns: one sweep of tangents for every number put in."""
    blocks: Blocks = {}
    zero = {p: jnp.zeros_like(values[p]) for p in inputs}
    for p in inputs:
        columns = [tangents(steps, values, zero | {p: e}) for e in _basis(values[p])]
        for r in outputs:
            found = [column.get(r, jnp.zeros_like(values[r])) for column in columns]
            table = jnp.stack(found, axis=-1) if found else jnp.zeros((0,))
            blocks[r, p] = jnp.reshape(table, values[r].shape + values[p].shape)
    return blocks


def reverse_jacobian(steps: Sequence[Any], values: Values, inputs: Sequence[Node], outputs: Sequence[Node]) -> Blocks:
    """Compute the Jacobian by rows: one sweep of adjoints for every number that comes out."""
    blocks: Blocks = {}
    for r in outputs:
        rows = [backward(steps, values, {r: e})[0] for e in _basis(values[r])]
        for p in inputs:
            found = [row.get(p, jnp.zeros_like(values[p])) for row in rows]
            table = jnp.stack(found) if found else jnp.zeros((0,))
            blocks[r, p] = jnp.reshape(table, values[r].shape + values[p].shape)
    return blocks


def _basis(x: Array) -> Array:
    return jnp.reshape(jnp.eye(x.size, dtype=x.dtype), (x.size, *x.shape))
