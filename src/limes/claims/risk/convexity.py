"""The risk of a linear model is convex, the risk of a perceptron is not.

Everything is said of the Jensen gap: the mean risk at the ends of a segment minus the risk
halfway. The witness against convexity needs no search: a perceptron does not change when
its neurons are listed in another order, so two orders of one exact fit have risk zero, and
halfway between them the fit is lost.
"""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from limes._types import Data, Loss, Params, RandomKey
from limes.claims.claim import Claim, Control, Experiment
from limes.claims.kinds import Bound, Existence, Identity
from limes.data.samplers import gaussian_design
from limes.models.functional import functional
from limes.models.linear import Linear
from limes.models.perceptron import TwoLayer
from limes.risk.empirical import EmpiricalRisk
from limes.risk.losses import least_squares, logistic

NUM = 64
LARGEST = 32
WIDEST = 100
SEGMENTS = 64
NOISE = 0.5
ROUNDING = 1e-12


def measure(
    key: RandomKey,
    *,
    d: int | Int[Array, ""],
    width: int | Int[Array, ""],
    bend: float | Float[Array, ""] = 0.0,
    frozen: float | Float[Array, ""] = 0.0,
) -> dict[str, Array]:
    r"""Measure Jensen gaps $\frac12 E(a) + \frac12 E(b) - E(\frac{a + b}{2})$ on $n$ Gaussian samples in dimension $d$.

    Of the linear model, the least over random segments of all lengths: `least_squares` and `logistic`, relative to
    $E(a) + E(b)$. `parabola` is the largest distance of the first from $|X(a - b)|^2 / 4n$, relative too; `curvature` the
    largest ratio of the second to $|X(a - b)|^2 / 32n$. Of a perceptron with `width` neurons: `perceptron`, for two
    orders of its neurons that both fit exactly, relative to the mean of $y^2$.

    `bend` leads from $\langle x, \theta\rangle$ to $\tanh\langle x, \theta\rangle$; with `frozen` both ends have the first layer of one of them.
    """
    key_x, key_y, key_ends, key_net = jax.random.split(key, 4)
    size = jnp.asarray(d, dtype=int)
    mask = (jnp.arange(LARGEST) < size).astype(float)
    x = gaussian_design(key_x, NUM, mask / size.astype(float))
    truth, noise = jnp.split(jax.random.normal(key_y, (LARGEST + NUM,)), [LARGEST])
    y = x @ truth + NOISE * noise
    ends = jax.random.normal(key_ends, (SEGMENTS, 2, LARGEST)) * jnp.logspace(-1.0, 1.0, SEGMENTS)[:, None, None]

    square, parts = _gaps(least_squares, Data(x, y), ends, bend)
    log, logs = _gaps(logistic, Data(x, jnp.sign(y), "binary"), ends, bend)
    length = jnp.sum(((ends[:, 0] - ends[:, 1]) @ x.T) ** 2, axis=1) / NUM
    return {
        "least_squares": jnp.min(square / parts),
        "parabola": jnp.max(jnp.abs(square - length / 4.0) / parts),
        "logistic": jnp.min(log / logs),
        "curvature": jnp.max(log / (length / 32.0)),
        "perceptron": _perceptron(key_net, x, width, frozen),
    }


def _gaps(loss: Loss, data: Data, ends: Float[Array, "k 2 d"], bend: float | Array) -> tuple[Array, Array]:
    """Return the gap of every segment and the sum of the risks at its ends."""
    model, params = functional(Linear(LARGEST))
    structure = jax.tree.structure(params)

    def apply(params: Params, x: Array) -> Array:
        output = model(params, x)
        return output + bend * (jnp.tanh(output) - output)

    def risk(theta: Array) -> Array:
        return EmpiricalRisk(apply, loss, data)(jax.tree.unflatten(structure, [theta]))

    values = jax.vmap(jax.vmap(risk))(jnp.concatenate([ends, jnp.mean(ends, axis=1, keepdims=True)], axis=1))
    parts = values[:, 0] + values[:, 1]
    return parts / 2.0 - values[:, 2], jnp.abs(parts)


def _perceptron(key: RandomKey, x: Array, width: int | Array, frozen: float | Array) -> Float[Array, ""]:
    net = TwoLayer(LARGEST, width=WIDEST, key=key)
    p, index = jnp.asarray(width, dtype=int), jnp.arange(WIDEST)
    net = eqx.tree_at(lambda net: net.a, net, jnp.where(index < p, net.a, 0.0))
    apply, first = functional(net)
    order = jnp.where(index < p, (index + 1) % p, index)
    moved = jax.tree.map(lambda leaf: leaf[order], first)
    second = eqx.tree_at(lambda net: net.w, moved, moved.w + frozen * (first.w - moved.w))
    y = jax.vmap(lambda x: apply(first, x))(x)
    risk = EmpiricalRisk(apply, least_squares, Data(x, y))
    half = jax.tree.map(lambda one, other: (one + other) / 2.0, first, second)
    return (risk(first) / 2.0 + risk(second) / 2.0 - risk(half)) / jnp.mean(y**2)


claim = Claim(
    id="risk.convexity",
    statement=(
        r"f_\theta(x) = \langle x, \theta \rangle: \quad E\Big(\frac{a + b}{2}\Big) \le \frac{E(a) + E(b)}{2}, \quad"
        r" \text{with gap } \frac{|X(a - b)|^2}{4n} \text{ (least squares), at most } \frac{|X(a - b)|^2}{32n} \text{ (logistic)}; \quad"
        r" f_\theta \text{ a perceptron: } \exists\, a, b: E(a) = E(b) = 0 < E\Big(\frac{a + b}{2}\Big)"
    ),
    reading=(
        "Halfway between two linear models the risk is never above the mean of their risks, so every minimum is global; "
        "between two perceptrons that fit exactly it can be large, so their risk is not convex."
    ),
    source="boyd:2004, Sections 3.1 and 7.1.1; brea:2019, Section 2",
    assumes=[
        "the prediction is linear in the parameters",
        "the losses are (y - y')^2 and log(1 + exp(-y y')) with y in {-1, 1}",
        "the first layer of the perceptron is trained too",
    ],
    predicts={
        "least squares": Bound("least_squares", above=0.0, resolution=ROUNDING),
        "parabola": Identity("parabola", tolerance=ROUNDING),
        "logistic": Bound("logistic", above=0.0, resolution=ROUNDING),
        "curvature": Bound("curvature", below=1.0, resolution=1e-8),
        "perceptron": Existence("perceptron", below=-0.05),
    },
    measure=Experiment(measure, traced=("d", "width")),
    grid={"d": [2, 4, 8, 16, 32], "width": [2, 6, 30, 100]},
    quick={"d": [2, 8, 32], "width": [2, 30]},
    controls=[
        Control(
            "one neuron",
            "The prediction is tanh of the linear model, so it is not linear in the parameters.",
            change={"bend": 1.0},
            grid={"d": [2, 8], "width": [2]},
            on=["least squares", "parabola", "logistic", "curvature"],
        ),
        Control(
            "first layer not trained",
            "The two ends differ in the outer weights only, in which the network is linear: its risk is convex there.",
            change={"frozen": 1.0},
            grid={"d": [2, 8], "width": [2, 30]},
            on=["perceptron"],
            expect="not supported",
        ),
    ],
)
