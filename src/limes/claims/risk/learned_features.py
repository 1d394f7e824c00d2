r"""Learned features against fixed random ones, at the same number of neurons.

Inputs are Gaussian, so the error of a sum of ReLU neurons against another has a closed form: no test
set is drawn. Fixed features get their best read-out for the whole population, learned ones only a
sample and 800 steps of Adam.
"""

from collections.abc import Mapping
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float, Int

from limes._types import Data, RandomKey
from limes.claims.claim import Claim, Control, Experiment
from limes.claims.kinds import Bound, Trend
from limes.draw import Panel, Picture, lines, panels, scatter
from limes.models.functional import functional
from limes.models.perceptron import TwoLayer
from limes.optimize import descend
from limes.risk.empirical import EmpiricalRisk
from limes.risk.losses import least_squares

NUM = 4096
LARGEST = 40
WIDEST = 50
TEACHERS = 64
NETWORKS = 3
STEPS = 800
BATCH = 32
STEP_SIZE = 0.03
JITTER = 1e-12


def measure(
    key: RandomKey,
    *,
    d: int | Int[Array, ""],
    p: int | Int[Array, ""],
    spread: float | Float[Array, ""] = 0.0,
    frozen: float | Float[Array, ""] = 0.0,
) -> dict[str, Array]:
    r"""Fit $f(x) = \mathrm{relu}(x_1)$, $x \sim N(0, I_d)$, by $p$ neurons $\sum_s a_s\,\mathrm{relu}(\langle w_s, x\rangle)$.

    `fixed` is the least error over $a$ for random $w_s$, over the variance of $f$; `learned` the error of the
    same network after training $a$ and $w$ from 4096 samples; `share` the second over the first. `aligned` is the mean
    of $|\cos(w_s, e_1)|$ over the trained neurons, weighted by $|a_s| |w_s|$, and `random` that at the start.
    All are medians over three networks, each with its own samples, as one start in a thousand is unlucky.

    `spread` leads from $\mathrm{relu}(x_1)$ to the mean of 64 neurons in random directions; `frozen` = 1 trains only $a$.
    """
    found = jax.vmap(lambda key: _network(key, d, p, spread, frozen))(jax.random.split(key, NETWORKS))
    return {name: jnp.median(value) for name, value in found.items()}


def _network(
    key: RandomKey, d: int | Array, p: int | Array, spread: float | Array, frozen: float | Array
) -> dict[str, Array]:
    key_points, key_net, key_steps = jax.random.split(key, 3)
    size, width = jnp.asarray(d, dtype=int), jnp.asarray(p, dtype=int)
    inputs = (jnp.arange(LARGEST) < size).astype(float)
    neurons = (jnp.arange(WIDEST) < width).astype(float)

    points = jax.random.normal(key_points, (NUM + TEACHERS, LARGEST)) * inputs[None, :]
    x, mixed = points[:NUM], _units(points[NUM:])
    teachers = _units((1.0 - spread) * jnp.eye(1, LARGEST) + spread * mixed)
    weights = jnp.full((TEACHERS,), 1.0 / TEACHERS)
    start = _start(key_net, inputs, neurons)
    a, w = _train(key_steps, start, x, jax.nn.relu(x @ teachers.T) @ weights, neurons, frozen)

    power = weights @ _gram(teachers, teachers) @ weights
    variance = power - jnp.sum(weights) ** 2 / (2.0 * jnp.pi)
    cross = neurons * (_gram(start.w, teachers) @ weights)
    own = neurons[:, None] * _gram(start.w, start.w) * neurons[None, :]
    factor = jnp.linalg.cholesky(own + jnp.diag(1.0 - neurons) + JITTER * jnp.eye(WIDEST))
    fixed = power - jnp.sum(jax.scipy.linalg.solve_triangular(factor, cross, lower=True) ** 2)
    learned = a @ _gram(w, w) @ a - 2.0 * (a @ _gram(w, teachers) @ weights) + power
    return {
        "fixed": fixed / variance,
        "learned": learned / variance,
        "share": learned / fixed,
        "random": _alignment(start.a * neurons, start.w),
        "aligned": _alignment(a, w),
    }


def _units(w: Float[Array, "k d"]) -> Float[Array, "k d"]:
    return w / jnp.linalg.norm(w, axis=1, keepdims=True)


def _gram(w: Float[Array, "k d"], v: Float[Array, "l d"]) -> Float[Array, "k l"]:
    r"""Return $E\,\mathrm{relu}(\langle w_i, x\rangle)\,\mathrm{relu}(\langle v_j, x\rangle) = \frac{|w_i||v_j|}{2\pi} (\sin\phi + (\pi - \phi)\cos\phi)$. Source: `cho:2009`."""
    lengths = jnp.outer(jnp.linalg.norm(w, axis=1), jnp.linalg.norm(v, axis=1))
    cosine = jnp.clip(_units(w) @ _units(v).T, -1.0, 1.0)
    phi = jnp.arccos(cosine)
    return lengths / (2.0 * jnp.pi) * (jnp.sin(phi) + (jnp.pi - phi) * cosine)


def _start(key: RandomKey, inputs: Float[Array, " d"], neurons: Float[Array, " p"]) -> TwoLayer:
    """Draw the network of the size that the masks say, in standard scaling."""
    net = TwoLayer(LARGEST, width=WIDEST, key=key)
    w = net.w * inputs[None, :] * jnp.sqrt(LARGEST / jnp.sum(inputs))
    return eqx.tree_at(lambda net: (net.a, net.w), net, (net.a * jnp.sqrt(WIDEST / jnp.sum(neurons)), w))


def _train(
    key: RandomKey, start: TwoLayer, x: Array, y: Array, neurons: Float[Array, " p"], frozen: float | Array
) -> tuple[Float[Array, " p"], Float[Array, "p d"]]:
    apply, params = functional(start)

    def used(params: Any) -> tuple[Array, Array]:
        return params.a * neurons, start.w + (1.0 - frozen) * (params.w - start.w)

    def masked(params: Any, x: Array) -> Array:
        return apply(eqx.tree_at(lambda net: (net.a, net.w, net.b), params, (*used(params), 0.0 * params.b)), x)

    optimizer = optax.adam(optax.cosine_decay_schedule(STEP_SIZE, STEPS))
    risk = EmpiricalRisk(masked, least_squares, Data(x, y))
    return used(descend(risk, params, optimizer, STEPS, key=key, batch=BATCH, every=STEPS).params)


def _alignment(a: Float[Array, " p"], w: Float[Array, "p d"]) -> Float[Array, ""]:
    weight = jnp.abs(a) * jnp.linalg.norm(w, axis=1)
    return jnp.sum(weight * jnp.abs(_units(w)[:, 0])) / jnp.sum(weight)


def picture(data: Mapping[str, Any]) -> Picture:
    """Draw both errors against the number of neurons and against the dimension, and where the neurons point."""
    units = data["units"]
    d = int(units["d"][len(units["d"]) // 2])
    p = int(units["p"][len(units["p"]) // 2])
    words, rows = [], []
    for where, axis, label in (({"d": d}, "p", "neurons $p$"), ({"p": p}, "d", "dimension $d$")):
        cut = units.sel(where)
        marks = [
            m for name, color in (("fixed", "vermilion"), ("learned", "blue")) for m in _marks(cut, axis, name, color)
        ]
        title = ", ".join(f"${k} = {v}$" for k, v in where.items())
        rows.append(Panel(marks, title, label, "error / variance", y_log=True, limits=_limits(cut[axis], 1e-7, 3.0)))
        values = [np.median(cut[name].isel({axis: -1})) for name in ("fixed", "learned")]
        words.append(f"{values[0]:.2f} against {values[1]:.1e} at {axis} = {int(cut[axis][-1])} ({title.strip('$')})")
    cut = units.sel({"p": p})
    turned = [
        m
        for name, color in (("random", "vermilion"), ("aligned", "blue"))
        for m in _marks(cut, "d", name, color, key=False)
    ]
    rows.append(
        Panel(
            turned,
            "alignment of neurons",
            "dimension $d$",
            "mean $|\\cos|$ with $x_1$",
            limits=_limits(cut["d"], 0.0, 1.0),
        )
    )
    text = "; ".join(words).replace("$", "")
    return panels(
        rows,
        words=(
            f"Fixed random features against learned ones for the target relu(x_1), error over variance (medians over seeds): {text}. "
            f"Training turns the neurons towards the one direction that matters: |cos| {float(cut['random'].mean()):.2f} before, "
            f"{float(cut['aligned'].mean()):.2f} after."
        ),
        salt="risk.learned_features",
        height=2.4,
    )  # fmt: skip


def _marks(units: Any, axis: str, name: str, color: str, *, key: bool = True) -> list[Any]:
    """One line through the medians and a faint dot for each seed."""
    places, values = np.asarray(units[axis], dtype=float), np.asarray(units[name].transpose(axis, "seed"))
    across = np.broadcast_to(places[:, None], values.shape)
    return [
        lines(places, np.nanmedian(values, axis=1), f"{name} features" if key else "", color=color),
        scatter(across.ravel(), values.ravel(), color=color, size=2.2, alpha=0.35),
    ]


def _limits(places: Any, low: float, high: float) -> tuple[float, float, float, float]:
    first, last = float(places[0]), float(places[-1])
    room = 0.06 * max(last - first, 1.0)
    return first - room, last + room, low, high


claim = Claim(
    id="risk.learned_features",
    statement=(
        r"f(x) = \max(x_1, 0), \; x \sim N(0, I_d): \quad"
        r" \frac{\| f - \sum_{s \le p} \hat a_s \, \sigma(\langle \hat w_s, \cdot\rangle) \|^2}"
        r"{\min_a \| f - \sum_{s \le p} a_s \, \sigma(\langle w_s, \cdot\rangle) \|^2} \le \frac{1}{100}"
        r" \quad ((\hat a, \hat w) \text{ trained}, \; w \text{ random})"
    ),
    reading=(
        "Kernel methods fix the features and deep learning learns them: for a target that depends on one direction, learned "
        "features of the same number have an error at least a hundred times smaller than the best use of random ones."
    ),
    source="ghorbani:2021, Section 1; cho:2009, Section 2",
    assumes=[
        "the target depends on one direction of the input",
        "the directions of the neurons are trained, not only their weights in the sum",
        "both have the same number of neurons, fewer than d^2",
        "inputs are Gaussian",
    ],
    predicts={
        "advantage": Bound("share", below=0.01),
        "fixed": Trend("fixed", over="d", increasing=True),
    },
    measure=Experiment(measure, traced=("d", "p")),
    grid={"d": [20, 28, 40], "p": [10, 20, 50]},
    quick={"d": [20, 40], "p": [20]},
    controls=[
        Control(
            "features not trained",
            "Only the weights in the sum are trained, so the features stay random.",
            change={"frozen": 1.0},
            grid={"d": [20], "p": [20]},
            on=["advantage"],
        ),
        Control(
            "many directions",
            "The target is the mean of 64 neurons in random directions, more than the network has.",
            change={"spread": 1.0},
            grid={"d": [20], "p": [20]},
            on=["advantage"],
        ),
    ],
    picture=picture,
)
