"""One program between any number of inputs and outputs, at fixed cost: what the modes of differentiation are measured on."""

from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from limes.draw import Panel, lines, scatter
from limes.instruments.counts import count
from limes.instruments.graph import graph
from limes.instruments.graph.cost import Cost

from .finite_differences import SAMPLES, risk

BODY = 512
LAYERS = 2
BASE = 16


def program(outputs: int, x: Float[Array, " d"], weights: list[Float[Array, "body body"]]) -> Float[Array, " m"]:
    r"""Spread $d$ numbers over the body by copying, pass it through layers $\sin(Wz)$, and sum it up in $m$ groups."""
    z = jnp.broadcast_to(x[None], (BODY // x.size, x.size)).reshape(-1)
    for W in weights:
        z = jnp.sin(W @ z)
    return z.reshape(outputs, -1).sum(axis=1)


def entrywise(outputs: int, x: Float[Array, " d"], weights: list[Float[Array, "body body"]]) -> Float[Array, " d"]:
    """Pass every number through the layers by itself: as many outputs as inputs, and a Jacobian known to be diagonal."""
    del outputs
    for W in weights:
        x = jnp.sin(W[: x.size, 0] * x)
    return x


def sizes(inputs: int) -> tuple[Any, list[Any]]:
    """Return the shapes of the arguments of a program."""
    weights = [jax.ShapeDtypeStruct((BODY, BODY), float)] * LAYERS
    return jax.ShapeDtypeStruct((inputs,), float), weights


@cache
def cost(inputs: int, outputs: int) -> Cost:
    """Count the program and its derivatives, node by node."""
    x, weights = sizes(inputs)
    return graph(lambda x, weights: program(outputs, x, weights), x, weights, argnums=0).cost()


@cache
def diagonal(inputs: int) -> tuple[int, int]:
    """Count the program that acts entry by entry, and its value with one sweep: along (1, ..., 1) all derivatives at once."""
    x, weights = sizes(inputs)
    found = graph(lambda x, weights: entrywise(inputs, x, weights), x, weights, argnums=0).cost()
    assert found.tangent is not None
    return found.function, found.tangent


@cache
def perceptron(parameters: int) -> Cost:
    """Count the risk of a perceptron on the plane in so many parameters, four for each neuron."""
    shape = lambda *size: jax.ShapeDtypeStruct(size, float)
    return graph(risk, shape(parameters), shape(SAMPLES, 2), shape(SAMPLES), argnums=0).cost()


def by_hand(inputs: int, outputs: int) -> tuple[int, int, int]:
    r"""Return $K$ and the costs of both Jacobians, derived on paper.

    With $N$ numbers in the body a layer has $N(2N - 1) + N$ operations, in a sweep $N(2N - 1) + 2N$: the cosine and its
    product. The sums at the end have $N - m$, forward too; backward, copies of the inputs are summed up in $N - d$.
    """
    N, d, m = BODY, inputs, outputs
    K = LAYERS * (N * (2 * N - 1) + N) + N - m
    sweep = LAYERS * (N * (2 * N - 1) + 2 * N)
    return K, K + d * (sweep + N - m), K + m * (sweep + N - d)


@cache
def compiled(inputs: int, outputs: int, mode: str) -> int:
    """Count the program that JAX makes of all sweeps at once, which shares what does not depend on the direction."""
    x, weights = sizes(inputs)
    f = lambda x, weights: program(outputs, x, weights)

    def forward(x: Array, basis: Array, weights: list[Array]) -> Any:
        push = lambda v: jax.jvp(lambda x: f(x, weights), (x,), (v,))
        return jax.vmap(push, out_axes=(None, 0))(basis)

    def reverse(x: Array, basis: Array, weights: list[Array]) -> Any:
        y, pull = jax.vjp(lambda x: f(x, weights), x)
        return y, jax.vmap(pull)(basis)

    size = inputs if mode == "forward" else outputs
    basis = jax.ShapeDtypeStruct((size, size), float)
    return count(jax.make_jaxpr(forward if mode == "forward" else reverse)(x, basis, weights)).total


def four_lines(mode: str) -> list[Panel]:
    """Draw what both Jacobians cost against the number of inputs and of outputs, `mode` in front."""
    size = 2 ** np.arange(10)
    found = []
    for k, (name, pair) in enumerate((("inputs", lambda n: (n, BASE)), ("outputs", lambda n: (BASE, n)))):
        costs = [cost(*pair(int(n))) for n in size]
        K = np.array([c.function for c in costs], float)
        ways = {
            "forward": np.array([c.forward for c in costs]) / K,
            "reverse": np.array([c.reverse for c in costs]) / K,
        }
        marks: list[Any] = []
        for way, color, marker in (("forward", "blue", 0), ("reverse", "vermilion", 1)):
            front = way == mode
            marks.append(lines(size, ways[way], color=color, width=1.3 if front else 0.7))
            shown = scatter(size, ways[way], f"{way} mode", color=color, marker=marker, size=4.5 if front else 2.8)
            marks.append(shown)
        other = f"{BASE} outputs" if k == 0 else f"{BASE} inputs"
        axis = "operations / $K$" if k == 0 else ""
        panel = Panel(
            marks, f"against {name} ({other})", name, axis, x_log=True, y_log=True, limits=(0.8, 700.0, 1.2, 1200.0)
        )
        found.append(panel)
    return found
