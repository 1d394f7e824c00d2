"""The computational graph: a formula as nodes in an order, values along it, adjoints against it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from limes._types import RandomKey
from limes.claims.claim import Claim, Control, Experiment
from limes.claims.kinds import Identity, Law
from limes.draw import Picture
from limes.draw.diagram.beside import beside
from limes.instruments.graph import Graph, graph
from limes.instruments.graph.views.picture import diagram, facts_of, table
from limes.instruments.graph.views.view import view

Formula = list[tuple[str, tuple[int, ...]]]  # an operation and its parents, for every node behind the inputs

EXAMPLE: Formula = [("exp", (0,)), ("multiply", (1, 2)), ("add", (0, 3)), ("sqrt", (4,)), ("multiply", (3, 5))]
ONE = {"exp": np.exp, "sqrt": np.sqrt, "sin": np.sin, "cos": np.cos, "tanh": np.tanh}
TWO = {"add": np.add, "subtract": np.subtract, "multiply": np.multiply}
LEAVES = 4
NUDGE = 1e-150


def example(theta: Sequence[Any], exp: Callable[[Array], Array]) -> Array:
    r"""Return $\theta_2 e^{\theta_1} \sqrt{\theta_1 + \theta_2 e^{\theta_1}}$, written as it stands."""
    return theta[1] * exp(theta[0]) * jnp.sqrt(theta[0] + theta[1] * exp(theta[0]))


def random_formula(draw: np.random.Generator, nodes: int) -> Formula:
    """Draw operations and parents: every node before may be one, near ones more often; the last node is the output.

    Operations of two parents alternate with bounded ones of one parent, so that values and adjoints stay of order one.
    """
    found: Formula = []
    for r in range(LEAVES, LEAVES + nodes):
        two = (r - LEAVES) % 2 == 0
        name = str(draw.choice(list(TWO) if two else ["sin", "cos", "tanh"]))
        back = draw.geometric(0.25, size=2) if two else np.ones(1, int)
        found.append((name, tuple(int(p) for p in np.maximum(r - back, 0))))
    return found


def run(
    formula: Formula, leaves: Sequence[Any], exp: Callable[[Array], Array], tanh: Callable[[Array], Array]
) -> Array:
    """Execute a formula in JAX, one operation a node."""
    rules = {**{name: getattr(jnp, name) for name in (*ONE, *TWO)}, "exp": exp, "tanh": tanh}
    values = list(leaves)
    for name, parents in formula:
        values.append(rules[name](*(values[p] for p in parents)))
    return values[-1]


def by_hand(formula: Formula, leaves: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    r"""Return the value of every node, and its adjoint from the definition: nudge that node and run what lies behind.

    The nudge is imaginary and tiny, so that the derivative is the imaginary part of the output, without a difference.
    """
    rules = {**ONE, **TWO}
    values = list(leaves.astype(complex))
    for name, parents in formula:
        values.append(rules[name](*(values[p] for p in parents)))
    adjoints = []
    for r in range(len(values)):
        nudged = values[: max(r + 1, len(leaves))]
        nudged[r] += 1j * NUDGE
        for name, parents in formula[len(nudged) - len(leaves) :]:
            nudged.append(rules[name](*(nudged[p] for p in parents)))
        adjoints.append(nudged[-1].imag / NUDGE)
    return np.real(np.array(values)), np.array(adjoints)


@cache
def _wrong(name: str, factor: float) -> Callable[[Array], Array]:
    """Return a function of JAX whose derivative is wrong by a factor (none: the function itself)."""
    rule = getattr(jnp, name)
    if factor == 1.0:
        return rule
    wrong = jax.custom_vjp(rule)
    wrong.defvjp(lambda x: (rule(x), x), lambda x, g: (factor * jax.vjp(rule, x)[1](g)[0],))
    return wrong


def measure(key: RandomKey, *, nodes: int, factor: float = 1.0) -> dict[str, float]:
    r"""Trace the course's example and a random formula of so many operations; run their graphs forward and backward.

    Of both: `values` and `adjoints`, the largest distance of a node's value and adjoint from those found by hand, relative to
    the largest; `order`, the number of parents that come after their child. Of the example, with equal
    nodes shared: `parents`, the number of nodes with other parents than in the course's graph; `function`, `differences`
    and `reverse`, the operations of the value, of forward differences and of value and gradient. `factor` multiplies the
    derivatives of exp and tanh.
    """
    draw = np.random.default_rng(np.asarray(jax.random.key_data(key)).tolist())
    exp, tanh = _wrong("exp", factor), _wrong("tanh", factor)
    theta = draw.uniform(0.5, 2.0, 2)
    written = (
        example if factor == 1.0 else lambda theta, exp: run(EXAMPLE, theta, exp, tanh)
    )  # own rules are not shared
    shared = graph(lambda *theta: written(theta, exp), *map(jnp.asarray, theta), share=True)
    formula, leaves = random_formula(draw, nodes), draw.uniform(-1.0, 1.0, LEAVES)
    random = graph(lambda *leaves: run(formula, leaves, exp, tanh), *map(jnp.asarray, leaves))
    gaps = np.array([_gaps(shared, EXAMPLE, theta), _gaps(random, formula, leaves)])
    cost = shared.cost()
    wanted = [(), (), *(parents for _, parents in EXAMPLE)]
    return {
        "values": float(gaps[:, 0].max()),
        "adjoints": float(gaps[:, 1].max()),
        "order": float(sum(p >= node.index for g in (shared, random) for node in g.nodes for p in node.parents)),
        "parents": float(sum(node.parents != pair for node, pair in zip(shared.nodes, wanted, strict=False))),
        "function": float(cost.function),
        "differences": float(cost.finite_differences),
        "reverse": float(cost.reverse),
    }


def _gaps(traced: Graph, formula: Formula, leaves: np.ndarray) -> tuple[float, float]:
    """Return the largest relative distance of values and of adjoints: 1 for other nodes; one without adjoint counts as 0."""
    values, adjoints = by_hand(formula, leaves)
    if len(traced) != len(values):
        return 1.0, 1.0
    forward = np.array([float(value) for value in traced.forward()])
    backward = np.array([0.0 if adjoint is None else float(adjoint) for adjoint in traced.backward()])
    return _relative(forward, values), _relative(backward, adjoints)


def _relative(found: np.ndarray, wanted: np.ndarray) -> float:
    return float(np.abs(found - wanted).max() / np.abs(wanted).max())


def picture(data: Mapping[str, Any]) -> Picture:
    """Draw the graph of the example at (1, 2) beside its program, with values, adjoints and what every arrow adds to them."""
    found = graph(lambda one, two: example((one, two), jnp.exp), jnp.asarray(1.0), jnp.asarray(2.0), share=True)
    names = ("\u03b8\u2081", "\u03b8\u2082")
    nodes = tuple(replace(node, name=names[node.index]) if node.index < 2 else node for node in found.nodes)
    found = replace(found, nodes=nodes)
    cost, seen = found.cost(), view(found)
    facts, _ = facts_of(found, seen, cost)
    worst = {name: float(data["units"][name].max()) for name in ("values", "adjoints")}
    words = (
        "The graph of the example at (1, 2) and its program in order: values (blue) are computed downward, adjoints (orange) "
        "upward, each the sum of what its arrows carry. Function "
        f"{cost.function} operations, forward differences {cost.finite_differences}, value and gradient by one sweep back {cost.reverse}. "
        f"In the runs of this claim values differ from those found by hand by at most {worst['values']:.1e}, adjoints by "
        f"{worst['adjoints']:.1e}, relative to the largest."
    )
    return beside(diagram(seen, facts), diagram(seen, facts, program=True), words, table(seen, facts), salt=claim.id)


claim = Claim(
    id="optimization.computational_graph",
    statement=(
        r"\theta_r = g_r(\theta_{\mathrm{Parents}(r)}), \quad \bar\theta_r = \frac{\partial \theta_R}{\partial \theta_r}"
        r" = \sum_{s \in \mathrm{Children}(r)} \frac{\partial g_s}{\partial \theta_r}\, \bar\theta_s; \qquad"
        r" \theta_R = \theta_2 e^{\theta_1} \sqrt{\theta_1 + \theta_2 e^{\theta_1}}: \ 5 \text{ operations},"
        r" \ 15 \text{ by differences}, \ 14 \text{ backward}"
    ),
    reading=(
        "A formula is a graph whose nodes have an order: one pass along it computes the value of every node, one pass against "
        "it the derivative of the output in every node."
    ),
    source="linnainmaa:1970; griewank:2008, Sections 2.2 and 3.2",
    assumes=[
        "every node is differentiable in its parents, and its derivative is right",
        "parents come before their children",
    ],
    predicts={
        "values": Identity("values", tolerance=1e-12),
        "adjoints": Identity("adjoints", tolerance=1e-12),
        "order": Identity("order", tolerance=0.0),
        "parents": Identity("parents", tolerance=0.0),
        "function": Law("function", equals=5.0, band=0.01, resolution=0.0),
        "differences": Law("differences", equals=15.0, band=0.01, resolution=0.0),
        "reverse": Law("reverse", equals=14.0, band=0.01, resolution=0.0),
    },
    measure=Experiment(measure, host=True),
    grid={"nodes": [4, 8, 16, 24, 32]},
    quick={"nodes": [8, 24]},
    controls=[
        Control(
            "a wrong derivative",
            "The derivatives of exp and tanh are wrong by a factor 1.001: every adjoint before them inherits it.",
            change={"factor": 1.001},
            grid={"nodes": [8]},
            on=["adjoints"],
        ),
    ],
    picture=picture,
)
