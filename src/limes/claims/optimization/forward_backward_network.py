"""The hand-written forward and backward passes of a network, layer by layer, against automatic differentiation."""

from collections.abc import Callable, Mapping
from itertools import pairwise
from math import prod
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from limes._types import RandomKey
from limes.claims.claim import Claim, Control, Experiment
from limes.claims.kinds import Identity
from limes.draw import Panel, Picture, lines, panels, scatter
from limes.instruments.modes import backward_nn, forward_nn

ACTIVATIONS = {
    "tanh": jnp.tanh,
    "relu": jax.nn.relu,
    "softplus": jax.nn.softplus,
    "sine": jnp.sin,
    "swish": jax.nn.swish,
}
DEPTHS = [1, 2, 5]
COLORS = ("blue", "vermilion", "green", "purple", "orange")
IN_SIZE, HIDDEN, OUT_SIZE, NUM = 7, (16, 16, 5, 32), 3, 12
DRAWS = 2560
TOLERANCE = 1e-12
Activation = Callable[[Array], Array]
Layers = list[Array]
Scalar = float | Float[Array, ""]


def loss(X: Float[Array, "m n"], Y: Float[Array, "m n"]) -> Float[Array, ""]:
    """Return the mean over samples of the squared error."""
    return jnp.sum((X - Y) ** 2) / NUM


def shapes(depth: int) -> list[tuple[int, int]]:
    """Return the shapes of samples, targets, and every layer with its bias as last column."""
    sizes = [IN_SIZE, *[HIDDEN[r % len(HIDDEN)] for r in range(depth - 1)], OUT_SIZE]
    layers = [(h, d + 1) for d, h in pairwise(sizes)]
    return [(IN_SIZE, NUM), (OUT_SIZE, NUM), *layers]


def network(normal: Float[Array, " draws"], depth: int, gain: Scalar) -> tuple[Array, Array, Layers, Layers]:
    """Cut samples, targets and a network out of one vector of draws: weights of variance gain^2 over the size of their input."""
    found, place = [], 0
    for shape in shapes(depth):
        found.append(normal[place : place + prod(shape)].reshape(shape))
        place += prod(shape)
    Z, Y, *layers = found
    return (
        Z,
        Y,
        [gain * layer[:, :-1] / (layer.shape[1] - 1) ** 0.5 for layer in layers],
        [gain * l[:, -1] for l in layers],
    )


def passes(
    normal: Float[Array, " draws"],
    rho: Activation,
    depth: int,
    gain: Scalar,
    transposed: Scalar = 0.0,
    unbent: Scalar = 0.0,
) -> tuple[Any, Any]:
    """Return the gradients of a network by the two listings, and by automatic differentiation."""
    Z, Y, A, b = network(normal, depth, gain)
    X = forward_nn(Z, A, b, rho)
    turned = [a + transposed * (a.T - a) if a.shape[0] == a.shape[1] else a for a in A]
    ours = backward_nn(X, Y, turned, b, lambda z: rho(z) + unbent * (z - rho(z)), loss)
    whole = lambda A, b, Z: loss(jax.vmap(lambda z: _column(A, b, z, rho), 1, 1)(Z), Y)
    return tuple(ours), jax.grad(whole, (0, 1, 2))(A, b, Z)


def _column(A: Layers, b: Layers, z: Float[Array, " d"], rho: Activation) -> Float[Array, " m"]:
    """Return the network at one sample, as a person would write it."""
    for A_r, b_r in zip(A, b, strict=True):
        z = rho(A_r @ z + b_r)
    return z


def defect(ours: Any, theirs: Any) -> Float[Array, ""]:
    """Return the largest distance of two gradients, array by array, relative to the larger of the array and a hundredth of all."""
    pairs = list(zip(jax.tree.leaves(ours), jax.tree.leaves(theirs), strict=True))
    whole = jnp.sqrt(sum(jnp.sum(t**2) for _, t in pairs))  # pyright: ignore[reportArgumentType]
    size = [jnp.where(whole > 0, jnp.maximum(jnp.linalg.norm(t), 0.01 * whole), 1.0) for _, t in pairs]
    gaps = [jnp.linalg.norm(o - t) / s for (o, t), s in zip(pairs, size, strict=True)]
    return jnp.max(jnp.stack(gaps))


def measure(
    key: RandomKey,
    *,
    activation: str,
    gain: float | Float[Array, ""],
    transposed: float | Float[Array, ""] = 0.0,
    unbent: float | Float[Array, ""] = 0.0,
) -> dict[str, Array]:
    r"""Compare the gradients of all matrices, biases and inputs for networks of several depths, by hand and automatic.

    `defect` is the largest relative distance over the arrays; `hand` and `automatic` are the lengths of the gradient of
    every matrix of the deepest network. `transposed` leads from $A_r$ to $A_r^\top$ in the backward
    pass, where it is square, `unbent` from $\rho$ to the identity there, so that $\rho'$ is lost.
    """
    rho, normal = ACTIVATIONS[activation], jax.random.normal(key, (len(DEPTHS), DRAWS))
    pairs = [passes(z, rho, depth, gain, transposed, unbent) for z, depth in zip(normal, DEPTHS, strict=True)]
    hand, automatic = (jnp.stack([jnp.linalg.norm(g) for g in side[0]]) for side in pairs[-1])
    return {"defect": jnp.stack([defect(*pair) for pair in pairs]), "hand": hand, "automatic": automatic}


def illustrate(key: RandomKey, given: Any) -> dict[str, Any]:
    """Return the defects of passes with a weight transposed, and without the derivative of the activation."""
    del given
    changes = jnp.array([[1.0, 0.0], [0.0, 1.0]])
    run = lambda key, change: measure(key, activation="tanh", gain=1.0, transposed=change[0], unbent=change[1])[
        "defect"
    ]
    keys = jax.random.split(key, 8)
    return {"wrong": np.asarray(jax.jit(jax.vmap(jax.vmap(run, (0, None)), (None, 0)))(keys, changes))}


def picture(data: Mapping[str, Any]) -> Picture:
    """Draw gradients by hand against automatic ones, and how far right and wrong passes are from them."""
    units = data["units"]
    names = [str(name) for name in units["activation"].values]
    span = np.array([float(units["automatic"].min()), float(units["automatic"].max())])
    marks: list[Any] = [lines(span, span, "equal", color="gray", width=0.8)]
    for k, name in enumerate(names):
        automatic, hand = (units[side].sel(activation=name).values.ravel() for side in ("automatic", "hand"))
        marks.append(scatter(automatic, hand, name, color=COLORS[k], marker=k, size=3.6, alpha=0.8))
    title = f"gradients of matrices, {DEPTHS[-1]} layers"
    lengths = Panel(marks, title, "automatic", "by hand", x_log=True, y_log=True)
    marks = [lines([0.7, DEPTHS[-1] + 0.3], [TOLERANCE] * 2, "tolerance", color="gray", dashes="dashdot", width=0.9)]
    for k, name in enumerate(names):
        worst = units["defect"].sel(activation=name).max(["seed", "gain"]).values
        marks.append(
            scatter(np.array(DEPTHS) + 0.09 * (k - (len(names) - 1) / 2), worst, color=COLORS[k], marker=k, size=4.2)
        )
    for values, name, color in zip(
        data["wrong"], ("weight transposed", "derivative lost"), ("ink", "gray"), strict=True
    ):
        middle = np.median(values, axis=0)
        marks += [
            lines(DEPTHS, middle, name, color=color, dashes="dashed"),
            scatter(DEPTHS, middle, color=color, marker=5, size=5.0),
        ]
    apart = Panel(marks, "distance from the automatic gradient", "layers", "relative defect", y_log=True)
    words = (
        "Left, the length of the gradient of every matrix: by the backward pass written by hand against automatic "
        "differentiation, for all activations, gains and seeds. Right, the relative distance of the two: at most "
        f"{float(units['defect'].max()):.1e} as written (largest of all seeds), but {np.median(data['wrong'][0, :, -1]):.2g} with "
        "square weights not transposed, as soon as there is one, and "
        f"{np.median(data['wrong'][1, :, -1]):.2g} without the derivative of the activation ({DEPTHS[-1]} layers of tanh, medians)."
    )
    return panels([lengths, apart], words=words, height=2.9, salt=claim.id)


claim = Claim(
    id="optimization.forward_backward_network",
    statement=(
        r"X_{r+1} = \rho(A_r X_r + b_r 1^\top), \quad M_r = \rho'(A_r X_r + b_r 1^\top) \odot g_{r+1}, \quad"
        r" g_r = A_r^\top M_r: \qquad \nabla_{A_r} \ell = M_r X_r^\top, \quad \nabla_{b_r} \ell = M_r 1, \quad \nabla_Z\, \ell = g_0"
    ),
    reading=(
        "The forward and the backward pass of a network, written by hand layer by layer, give the gradient that automatic "
        "differentiation gives, for every activation, depth and width."
    ),
    source="rumelhart:1986; linnainmaa:1970; griewank:2008, Section 3.2",
    assumes=[
        "the backward pass uses the transposes of the weights of the forward pass, at the same values",
        "the activation acts on every number by itself, and its derivative is taken where the forward pass was",
    ],
    predicts=Identity("defect", tolerance=TOLERANCE),
    measure=Experiment(
        measure,
        outputs={"defect": ("depth",), "hand": ("layer",), "automatic": ("layer",)},
        coords={"depth": DEPTHS, "layer": list(range(DEPTHS[-1]))},
    ),
    grid={"activation": list(ACTIVATIONS), "gain": [0.5, 1.0, 2.0]},
    quick={"activation": ["tanh", "relu"], "gain": [0.5, 1.0, 2.0]},
    controls=[
        Control(
            "a weight transposed",
            "Where a weight is square, the backward pass takes it instead of its transpose: shapes fit, the gradient is wrong.",
            change={"transposed": 1.0},
            grid={"activation": ["tanh"], "gain": [1.0]},
        ),
        Control(
            "the derivative of the activation lost",
            "The backward pass treats the activation as the identity.",
            change={"unbent": 1.0},
            grid={"activation": ["tanh"], "gain": [1.0]},
        ),
    ],
    illustrate=illustrate,
    picture=picture,
)
