"""Reverse mode: one sweep of adjoints for every output, whatever the number of inputs; what programs do to break it."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from limes._types import RandomKey
from limes.claims.claim import Claim, Control, Experiment
from limes.claims.kinds import Bound, Identity, Rate
from limes.draw import Panel, Picture, lines, panels, scatter, texts
from limes.instruments.graph import graph
from limes.instruments.graph.cost import Cost

from . import _modes as modes

SIZE = 8
Shapes = dict[str, tuple[int, ...]]


def perceptron(p: dict[str, Array]) -> Float[Array, ""]:
    """The squared error of a perceptron: three layers, the width varies."""
    hidden = jnp.tanh(p["A"] @ p["Z"] + p["a"])
    hidden = jnp.tanh(p["B"] @ hidden + p["b"])
    return jnp.mean((p["c"] @ hidden - p["Y"]) ** 2)


def recurrence(p: dict[str, Array]) -> Float[Array, ""]:
    """The squared last state of a recurrent network: the number of its inputs varies."""
    state, _ = jax.lax.scan(lambda h, x: (jnp.tanh(p["A"] @ h + p["B"] @ x), None), p["h"], p["x"])
    return jnp.sum(state**2)


def attention(p: dict[str, Array]) -> Float[Array, ""]:
    """The squared output of softmax attention: the number of tokens varies."""
    query, keys, values = (p["x"] @ p[name] for name in ("Q", "K", "V"))
    return jnp.sum((jax.nn.softmax(query @ keys.T, axis=1) @ values) ** 2)


def product(p: dict[str, Array]) -> Float[Array, ""]:
    """The product of all numbers, handed one by one to the body of the loop."""
    return jax.lax.scan(lambda state, x: (state * x, None), p["one"], p["x"])[0]


def indexed_product(p: dict[str, Array]) -> Float[Array, ""]:
    """The product of all numbers, read by index from the whole array: its pullback makes and adds a whole array a read."""
    return jax.lax.scan(lambda state, i: (state * p["x"][i], None), p["one"], jnp.arange(p["x"].size))[0]


PROGRAMS: dict[str, tuple[Callable[[dict[str, Array]], Array], Callable[[int], Shapes]]] = {
    "perceptron": (
        perceptron,
        lambda n: {
            "Z": (SIZE, SIZE),
            "A": (n, SIZE),
            "a": (n, 1),
            "B": (n, n),
            "b": (n, 1),
            "c": (1, n),
            "Y": (1, SIZE),
        },
    ),
    "recurrence": (recurrence, lambda n: {"A": (SIZE, SIZE), "B": (SIZE, SIZE), "h": (SIZE,), "x": (n, SIZE)}),
    "attention": (attention, lambda n: {"x": (n, SIZE), "Q": (SIZE, SIZE), "K": (SIZE, SIZE), "V": (SIZE, SIZE)}),
    "product": (product, lambda n: {"x": (n,), "one": ()}),
    "indexed product": (indexed_product, lambda n: {"x": (n,), "one": ()}),
}


@cache
def gradient(name: str, size: int) -> Cost:
    """Count a program that returns one number, and its value and gradient, from shapes alone."""
    fn, shapes = PROGRAMS[name]
    return graph(fn, {key: jax.ShapeDtypeStruct(shape, float) for key, shape in shapes(size).items()}).cost()


def measure(key: RandomKey, *, size: int, indexed: bool = False) -> dict[str, float]:
    r"""Count Jacobians and gradients by reverse mode, in units of the $K$ operations of the function.

    `inputs` is the Jacobian of one program with `size` inputs and 16 outputs, `outputs` with 16 inputs and `size`
    outputs; `excess` is the largest distance of $K$ and of both counts from the formulas derived by hand, `shared` the larger
    ratio of the count of the program that JAX makes of all sweeps at once. `perceptron`, `recurrence`, `attention` and
    `product` are values and gradients of programs that grow with `size`, and `room` the largest ratio of these to
    the sum over nodes of value, pullback and accumulation. With `indexed` the product reads its numbers by index.
    """
    del key
    base = modes.BASE
    wide, tall = modes.cost(size, base), modes.cost(base, size)
    hand = (modes.by_hand(size, base), modes.by_hand(base, size))
    counted = ((wide.function, wide.reverse), (tall.function, tall.reverse))
    programs = {name: gradient(name, size) for name in ("perceptron", "recurrence", "attention", "product")}
    if indexed:
        programs["product"] = gradient("indexed product", size)
    return {
        "inputs": wide.reverse / wide.function,
        "outputs": tall.reverse / tall.function,
        "excess": float(
            max(
                abs(c - h)
                for found, law in zip(counted, hand, strict=True)
                for c, h in zip(found, law[::2], strict=True)
            )
        ),
        "shared": max(
            modes.compiled(*pair, "reverse") / c.reverse for pair, c in (((size, base), wide), ((base, size), tall))
        ),
        **{name: found.ratio for name, found in programs.items()},
        "room": max(found.reverse / found.primitive_bound for found in programs.values()),
    }


def picture(data: Mapping[str, Any]) -> Picture:
    """Draw the cost of a Jacobian against inputs and outputs, and that of gradients against the size of the program."""
    units = data["units"]
    top = int(units["size"].max())
    size = np.array([4, 8, 16, 32, 64, 128, 256])
    looks = {"perceptron": ("green", 2), "recurrence": ("sky", 3), "attention": ("orange", 4), "product": ("purple", 5)}
    marks: list[Any] = []
    for name, (color, marker) in looks.items():
        ratio = [gradient(name, int(n)).ratio for n in size]
        marks += [
            lines(size, ratio, color=color, width=0.8),
            scatter(size, ratio, name, color=color, marker=marker, size=4.2),
        ]
    near = Panel(
        marks, "value and gradient of one number", "size", "operations / $K$", x_log=True, limits=(3.3, 310.0, 0.0, 4.0)
    )
    cost = {name: np.array([gradient(name, int(n)).reverse for n in size]) for name in ("product", "indexed product")}
    marks = [
        lines(size, cost["indexed product"], color="ink", width=0.8),
        scatter(size, cost["indexed product"], "product, read by index", color="ink", marker=3, size=4.2),
        lines(size, cost["product"], color="purple", width=0.8),
        scatter(size, cost["product"], color="purple", marker=5, size=4.2),
        texts([24.0, 100.0], [3400.0, 90.0], ["slope 2", "slope 1"], color="gray", size=7.5),
    ]
    read = Panel(marks, "value and gradient of a product", "size", "operations", x_log=True, y_log=True)
    words = (
        "Operations counted node by node. Above, reverse mode takes one sweep of adjoints an output: with "
        f"{top} outputs a Jacobian costs {float(units['outputs'].sel(size=top).max()):.0f} times the function, with {top} inputs "
        f"{float(units['inputs'].sel(size=top).max()):.1f} times, as with any other number of them. Below, value and gradient of one "
        f"number cost {_span(units)} times the program, whatever its size, unless a loop reads its numbers by index: "
        f"every read is pulled back to a whole array, and the product of {size[-1]} numbers takes "
        f"{cost['indexed product'][-1]} operations in place of {cost['product'][-1]}."
    )
    return panels([modes.four_lines("reverse"), [near, read]], words=words, height=5.2, salt=claim.id)


def _span(units: Any) -> str:
    values = np.concatenate(
        [units[name].values.ravel() for name in ("perceptron", "recurrence", "attention", "product")]
    )
    return f"{values.min():.2g} to {values.max():.2g}"


claim = Claim(
    id="optimization.backward_mode",
    statement=(
        r"\bar\theta_R = 1, \quad \bar\theta_r = \sum_{s \in \mathrm{Children}(r)} (\partial_r g_s)^\top \bar\theta_s, \quad"
        r" r = R - 1, \dots, 1: \qquad \mathrm{cost}(f, \nabla f) \le \sum_{r} \mathrm{cost}(g_r) + \mathrm{cost}(\partial g_r^\top)"
        r" + \mathrm{cost}(+) = O(K); \qquad f: \mathbb{R}^d \to \mathbb{R}^m \;\Rightarrow\; \text{Jacobian in } K + m\, O(K)"
    ),
    reading=(
        "Reverse mode carries one output at a time back to all inputs: the gradient of one number costs a small multiple of "
        "the number itself, whatever the number of inputs, and a Jacobian in proportion to the number of outputs."
    ),
    source="linnainmaa:1970; baur:1983, Theorem 1; griewank:2008, Section 3.2",
    assumes=[
        "the pullback of every node costs at most a constant times the node itself",
        "the values of all nodes are kept",
        "operations are counted, one for each scalar operation; moves and integers are free",
    ],
    predicts={
        "outputs": Rate("outputs", over="size", exponent=1.0, resolution=0.0),
        "inputs": Rate("inputs", over="size", exponent=0.0, resolution=0.0),
        "by hand": Identity("excess", tolerance=0.0),
        "at once": Bound("shared", below=1.0),
        "bound": Bound("room", below=1.0),
        **{
            name: Rate(name, over="size", exponent=0.0, resolution=0.0)
            for name in ("perceptron", "recurrence", "attention", "product")
        },
    },
    measure=Experiment(measure, random=False, host=True),
    grid={"size": [4, 8, 16, 32, 64, 128, 256, 512]},
    quick={"size": [4, 16, 64, 128, 256]},
    controls=[
        Control(
            "reads by index",
            "A number read by index costs nothing, its pullback a whole array: the gradient costs the square of the size.",
            change={"indexed": True},
            grid={"size": [4, 16, 64, 128, 256]},
            on=["product"],
        ),
        Control(
            "a Jacobian in O(K)",
            "Claimed for any number of outputs, the cost of a gradient is wrong: every output needs its own sweep.",
            grid={"size": [2, 8, 32, 128, 512]},
            predicts={"Jacobian": Rate("outputs", over="size", exponent=0.0, resolution=0.0)},
        ),
    ],
    picture=picture,
)
