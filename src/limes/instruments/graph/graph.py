"""The computational graph of a program, its sweeps and its cost."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jax.numpy as jnp
from jaxtyping import Array, PyTree

from limes._errors import InputError
from limes.instruments.checkpointing import Plan, checkpoint_plan
from limes.instruments.modes import sweeps

from .chain import chain_length
from .cost import Cost, cost_of
from .export import graph_data
from .node import Node
from .signature import Signature
from .step import Step

if TYPE_CHECKING:
    from limes.draw import Picture

Edge = tuple[int, int]


@dataclass(frozen=True, eq=False, repr=False)
class Graph:
    r"""A program as a graph in linear order: $\theta_r = g_r(\theta_{\mathrm{parents}(r)})$.

    `nodes` holds the inputs (one per array of the arguments), the constants, then one node per value in the order of
    execution; `inputs` and `outputs` are indices. The graph of arrays is the program that ran (`concrete`): loops are
    unrolled, branches taken. The graph of shapes is the program as written, and has no values.

    Raises `InputError` where values are asked of a graph of shapes, and where a direction or a cotangent does not fit.
    """

    nodes: tuple[Node, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    steps: tuple[Step, ...]
    signature: Signature
    concrete: bool
    dynamic: bool  # a while was unrolled: other values may take other passes
    known: dict[int, Any]  # values of inputs and constants, and of the steps that ran while the program was read
    executed: int  # so many of them

    def __repr__(self) -> str:
        of = "arrays" if self.concrete else "shapes"
        return f"Graph({len(self.nodes)} nodes, {len(self.inputs)} inputs, {len(self.outputs)} outputs, of {of})"

    def __len__(self) -> int:
        return len(self.nodes)

    @property
    def differentiated(self) -> tuple[int, ...]:
        """The inputs that are differentiated."""
        return tuple(self.inputs[i] for i in self.signature.requested)

    def forward(self) -> list[Array]:
        """Return the value of every node, in node order."""
        return [self._values[node.index] for node in self.nodes]

    def tangents(self, direction: PyTree) -> list[Array | None]:
        """Return the tangent of every node along a direction of the differentiated arguments, `None` where there is none.

        Raises `InputError` where forward mode does not exist (a custom_vjp on the way).
        """
        given = self.signature.direction(direction, [self.nodes[r] for r in self.inputs])
        found = sweeps.tangents(self.steps, self._values, {self.inputs[i]: leaf for i, leaf in given.items()})
        return [found.get(node.index) for node in self.nodes]

    def backward(self, cotangent: PyTree = None) -> list[Array | None]:
        """Return the adjoint of every node, `None` where no differentiable path passes; differentiated inputs have one.

        `cotangent` has the structure of what the function returns; one real number needs none.
        """
        adjoint = self._backward(cotangent)[0]
        return [adjoint.get(node.index) for node in self.nodes]

    def edges(self, cotangent: PyTree = None) -> dict[Edge, Array]:
        """Return what every edge (parent, child) contributes to the adjoint of the parent in the backward sweep."""
        return self._backward(cotangent)[1]

    def forward_jacobian(self) -> PyTree[Array]:
        """Return the Jacobian by forward mode, one sweep for every number put in, nested like that of `jax.jacfwd`."""
        return self._jacobian(sweeps.forward_jacobian)

    def reverse_jacobian(self) -> PyTree[Array]:
        """Return the Jacobian by reverse mode, one sweep for every number that comes out, nested like that of `jax.jacrev`."""
        return self._jacobian(sweeps.reverse_jacobian)

    def cost(self) -> Cost:
        """Return what the program and its derivatives cost, in counted operations and bytes.

        Raises `InputError` for a primitive without a counting rule.
        """
        return self._cost

    def checkpoint_plan(self, slots: int) -> Plan:
        """Return the optimal schedule that reverses this program as a chain with `slots` stored states.

        The steps are the passes of the longest loop or, without a loop, the values that alone carry the derivative on.

        Raises `InputError` unless `slots` is a positive integer.
        """
        return checkpoint_plan(chain_length(self), slots)

    def draw(self, **options: Any) -> Picture:
        """Return the picture of the graph; the options are those of `limes.instruments.graph.views.picture.draw`."""
        from .views.picture import draw

        return draw(self, **options)

    def to_dict(self) -> dict[str, Any]:
        """Return nodes, edges and cost as plain data for JSON, without values.

        Raises `InputError` for a primitive without a counting rule.
        """
        return graph_data(self)

    @functools.cached_property
    def _cost(self) -> Cost:
        return cost_of(self)

    @functools.cached_property
    def _values(self) -> dict[int, Array]:
        if not self.concrete:
            raise InputError(
                "graph: values exist where the program was traced on arrays, got shapes; call limes.graph(fn, *arrays)"
            )
        return sweeps.forward(self.steps[self.executed :], dict(self.known))

    @functools.cached_property
    def _gradient(self) -> tuple[dict[int, Array], dict[Edge, Array]]:
        return self._sweep_back(None)

    def _backward(self, cotangent: PyTree) -> tuple[dict[int, Array], dict[Edge, Array]]:
        return self._gradient if cotangent is None else self._sweep_back(cotangent)

    def _sweep_back(self, cotangent: PyTree) -> tuple[dict[int, Array], dict[Edge, Array]]:
        given = self.signature.cotangent(cotangent, [self.nodes[r] for r in self.outputs])
        start: dict[int, Array] = {}
        for j, leaf in given.items():
            r = self.outputs[j]
            start[r] = start[r] + leaf if r in start else leaf
        adjoint, contributions = sweeps.backward(self.steps, self._values, start)
        zeros = {p: jnp.zeros_like(self._values[p]) for p in self.differentiated if p not in adjoint}
        return adjoint | zeros, contributions

    def _jacobian(self, sweep: Any) -> PyTree[Array]:
        outputs = [r for r in self.outputs if jnp.issubdtype(self.nodes[r].dtype, jnp.inexact)]
        blocks = sweep(self.steps, self._values, self.differentiated, outputs)
        return self.signature.jacobian(lambda j, i: blocks.get((self.outputs[j], self.inputs[i])))
