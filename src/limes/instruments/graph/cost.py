r"""What a program and its derivatives cost, by sums over its nodes, in counted scalar operations."""

from __future__ import annotations

import functools
import math
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp

from limes.instruments.counts import Operations, count

from .local import inexact
from .memory import forward_bytes, reverse_bytes

if TYPE_CHECKING:
    from .graph import Graph
    from .node import Node
    from .step import Step


@dataclass(frozen=True)
class Row:
    """The share of one primitive: `value`, `tangent` and `pullback` sum to `function`, `tangent` and `pullback` of `Cost`."""

    primitive: str
    nodes: int
    operations: Operations
    tangent: int | None
    pullback: int
    bytes: int

    @property
    def value(self) -> int:
        """The operations of the values."""
        return self.operations.total


@dataclass(frozen=True)
class Cost:
    r"""Scalar operations of a program $f: \mathbb{R}^d \to \mathbb{R}^m$ of $K$ operations, mode by mode.

    - `function`: $K$, the operations of all values that an output needs.
    - `tangent`: values and one sweep of tangents; `forward`: values and $d$ sweeps, which is a Jacobian. Both are `None`
      where forward mode does not exist (custom_vjp).
    - `pullback`: values and one sweep of adjoints; `reverse`: values and $m$ sweeps, which is a Jacobian (for $m = 1$ the
      gradient); `ratio` = reverse / K.
    - `finite_differences`: $K (d + 1)$ for $d$ one-sided differences.
    - `primitive_bound`: values, pullbacks to every operand and all additions of adjoints, active or not: what reverse mode
      costs at most with the derivative rules that JAX has for the primitives used.
    - `live_bytes_forward`, `live_bytes_reverse`: the most memory that values take, and values with adjoints, where the
      first frees what is not needed any more and the second keeps all values until its sweep has passed them.

    A scan kept as one node counts length times. `dynamic` says that there is a while: it was unrolled on the values at hand
    or, from shapes, counted as one pass. From shapes, `branch` says that a cond was counted by its dearest branch.
    `approximate` says that a primitive without an exact count took part.
    """

    function: int
    tangent: int | None
    pullback: int
    primitive_bound: int
    inputs: int
    outputs: int
    live_bytes_forward: int
    live_bytes_reverse: int
    dynamic: bool
    branch: bool
    approximate: bool
    table: tuple[Row, ...] = field(repr=False)

    @property
    def forward(self) -> int | None:
        """Values and the whole Jacobian by tangents."""
        return None if self.tangent is None else self.function + self.inputs * (self.tangent - self.function)

    @property
    def reverse(self) -> int:
        """Values and the whole Jacobian by adjoints."""
        return self.function + self.outputs * (self.pullback - self.function)

    @property
    def finite_differences(self) -> int:
        """Values at a point and at one neighbor per input."""
        return self.function * (self.inputs + 1)

    @property
    def ratio(self) -> float:
        """How many times the function its value and gradient cost."""
        return self.reverse / self.function if self.function else float("nan")

    def rows(self) -> tuple[Row, ...]:
        """The table by primitive, the dearest first."""
        return self.table


@dataclass
class _Tally:
    nodes: int = 0
    operations: Operations = field(default_factory=Operations)
    tangent: int | None = 0
    pullback: int = 0
    bound: int = 0
    bytes: int = 0


def cost_of(graph: Graph) -> Cost:
    """Sum over the nodes of a graph that an output needs."""
    tallies: dict[str, _Tally] = {}
    flags = Operations()
    for step in graph.steps:
        if step.live:
            flags += _charge(tallies.setdefault(step.local.primitive, _Tally()), step, graph)
    tallies["(sums of adjoints)"] = _Tally(pullback=_sums(graph, active=True), bound=_sums(graph, active=False))
    total = list(tallies.values())
    return Cost(
        function=sum(tally.operations.total for tally in total),
        tangent=_sum_or_none([tally.tangent for tally in total]),
        pullback=sum(tally.pullback for tally in total),
        primitive_bound=sum(tally.bound for tally in total),
        inputs=sum(_size(graph.nodes[p]) for p in graph.differentiated),
        outputs=sum(_size(graph.nodes[r]) for r in graph.outputs if jnp.issubdtype(graph.nodes[r].dtype, jnp.inexact)),
        live_bytes_forward=forward_bytes(graph),
        live_bytes_reverse=reverse_bytes(graph),
        dynamic=flags.dynamic or graph.dynamic,
        branch=flags.branch,
        approximate=flags.approximate,
        table=_rows(tallies),
    )


def _charge(tally: _Tally, step: Step, graph: Graph) -> Operations:
    """Add one step; returns everything counted for it, whose flags the whole inherits."""
    value, tangent, pullback = step.value_operations, step.tangent_operations, step.pullback_operations
    tally.nodes += 1
    tally.operations += value
    tally.tangent = _sum_or_none([tally.tangent, None if tangent is None else tangent.total])
    tally.pullback += pullback.total
    tally.bound += step.bound_operations.total
    tally.bytes += sum(graph.nodes[r].reads + graph.nodes[r].writes for r in step.outputs)
    return value + pullback + (Operations() if tangent is None else tangent)


def _sums(graph: Graph, *, active: bool) -> int:
    """The additions of contributions to the same adjoint: one less than there are."""
    contributions: Counter[int] = Counter(r for r in graph.outputs if graph.nodes[r].active or not active)
    for step in graph.steps:
        if step.live:
            reached = step.reached if active else inexact(step.local.operands)
            contributions.update(step.parents[i] for i in reached)
    return sum(
        (number - 1) * _sum_operations(graph.nodes[r].shape, graph.nodes[r].dtype)
        for r, number in contributions.items()
    )


@functools.lru_cache(maxsize=1024)
def _sum_operations(shape: tuple[int, ...], dtype: Any) -> int:
    aval = jax.ShapeDtypeStruct(shape, dtype)
    return count(jax.make_jaxpr(jnp.add)(aval, aval)).total if jnp.issubdtype(dtype, jnp.inexact) else 0


def _sum_or_none(numbers: list[int | None]) -> int | None:
    return None if None in numbers else sum(number for number in numbers if number is not None)


def _size(node: Node) -> int:
    return math.prod(node.shape)


def _rows(tallies: dict[str, _Tally]) -> tuple[Row, ...]:
    rows = (
        Row(name, tally.nodes, tally.operations, tally.tangent, tally.pullback, tally.bytes)
        for name, tally in tallies.items()
    )
    return tuple(sorted(rows, key=lambda row: (-row.pullback, -row.value, row.primitive)))
