"""Implicit bias of least squares: which of the many interpolating solutions an optimizer finds."""

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float

from limes._types import Data, RandomKey
from limes.claims.claim import Claim, Control, Experiment
from limes.claims.kinds import Identity
from limes.draw import Panel, Picture, lines, panels, scatter
from limes.models.functional import functional
from limes.models.linear import Linear
from limes.optimize.descent import descend
from limes.optimize.exact import solve
from limes.risk.empirical import EmpiricalRisk
from limes.risk.losses import least_squares

from ._blend import blend

NUM = 20
DIM = 80
STEPS = 800
SAMPLED = 8000
TOLERANCE = 1e-11


def measure(
    key: RandomKey,
    *,
    momentum: float | Float[Array, ""],
    start: float | Float[Array, ""],
    adaptive: float | Float[Array, ""] = 0.0,
    memory: float | Float[Array, ""] = 1.0,
) -> dict[str, Array]:
    r"""Descend $\frac{1}{n}|X\theta - y|^2$ with $n < d$ from $\theta_0$, of length `start` times that of $X^+ y$.

    `gradient` is the distance of the last iterate of gradient descent with momentum from
    $P_{\ker X}\theta_0 + X^+ y$, `stochastic` that of stochastic gradient descent with a constant step, `kernel` the
    length of $P_{\ker X}(\theta_l - \theta_0)$, the largest over the recorded steps of both; all relative to
    $|X^+ y|$. `residual` is the training error left by gradient descent, relative to $|y|$. `adaptive` 1 replaces the
    optimizer by Adam with decreasing steps, whose averages are shortened by `memory`: 0 is sign descent.
    """
    key_x, key_y, key_start, key_full, key_one = jax.random.split(key, 5)
    X = jax.random.normal(key_x, (NUM, DIM))
    y = jax.random.normal(key_y, (NUM,))
    apply, blank = functional(Linear(DIM))
    risk = EmpiricalRisk(apply, least_squares, Data(X, y))
    least = jax.tree.leaves(solve(risk, blank))[0]
    length = jnp.linalg.norm(least)
    z = jax.random.normal(key_start, (DIM,))
    origin = start * length * z / jnp.linalg.norm(z)
    rows = jnp.linalg.svd(X, full_matrices=False)[2]
    target = least + origin - rows.T @ (rows @ origin)

    def record(params: Any) -> dict[str, Array]:
        moved = jax.tree.leaves(params)[0] - origin
        return {"kernel": jnp.linalg.norm(moved - rows.T @ (rows @ moved))}

    def run(key: RandomKey, tau: Array, steps: int, batch: int | None) -> tuple[Array, Array]:
        falling = optax.cosine_decay_schedule(0.02, steps)
        adam = optax.adam(falling, b1=0.9 * memory, b2=0.99 * memory, eps=1e-12)
        optimizer = blend(optax.sgd((1.0 - momentum) * tau, momentum=momentum), adam, adaptive)
        params = jax.tree.map(lambda _: origin, blank)
        path = descend(risk, params, optimizer, steps, key=key, batch=batch, record=record, every=steps // 8)
        return jax.tree.leaves(path.params)[0], jnp.max(path.values["kernel"])

    full, drift = run(key_full, NUM / (2.0 * jnp.linalg.norm(X, ord=2) ** 2), STEPS, None)
    one, wander = run(key_one, 1.0 / (2.0 * jnp.max(jnp.sum(X**2, axis=1))), SAMPLED, 1)
    return {
        "gradient": jnp.linalg.norm(full - target) / length,
        "stochastic": jnp.linalg.norm(one - target) / length,
        "kernel": jnp.maximum(drift, wander) / length,
        "residual": jnp.linalg.norm(X @ full - y) / jnp.linalg.norm(y),
    }


def illustrate(key: RandomKey, given: Any) -> dict[str, Any]:
    """Follow three optimizers in the plane, where one sample leaves a line of interpolating solutions."""
    del key, given
    x, y = np.array([2.0, 1.0]) / np.sqrt(5.0), 1.0
    starts = np.array([[0.0, 0.0], [-0.9, 0.7], [1.9, -0.1], [1.6, 1.3]])
    rules: dict[str, Any] = {
        "gradient descent": lambda gradient, _: 0.06 * gradient,
        "gradient descent with momentum": lambda gradient, _: 0.06 * gradient,
        "sign descent": lambda gradient, l: 0.12 * 0.95**l * np.sign(gradient),
    }
    paths = {}
    for name, rule in rules.items():
        theta, speed, path = starts, 0.0 * starts, [starts]
        for l in range(120):
            gradient = 2.0 * (theta @ x - y)[:, None] * x
            speed = (0.8 if "momentum" in name else 0.0) * speed + rule(gradient, l)
            theta = theta - speed
            path.append(theta)
        paths[name] = np.stack(path)
    return {"x": x, "y": y, "paths": paths, "nearest": starts + (y - starts @ x)[:, None] * x}


def picture(data: Mapping[str, Any]) -> Picture:
    """Draw the paths, the line of interpolating solutions and the nearest of them."""
    x, near, units = data["x"], data["nearest"], data["units"]
    ends = data["y"] * x + np.array([[-3.0], [3.0]]) * np.array([-x[1], x[0]])
    row = []
    for name, path in data["paths"].items():
        marks: list[Any] = [lines(ends[:, 0], ends[:, 1], "interpolating solutions", color="ink", width=0.8)]
        marks += [lines(path[:, k, 0], path[:, k, 1], color=k, width=1.0) for k in range(path.shape[1])]
        marks += [scatter(path[:1, k, 0], path[:1, k, 1], color=k, size=3.4) for k in range(path.shape[1])]
        marks.append(scatter(near[:, 0], near[:, 1], "nearest to the start", color="ink", marker=2, size=3.4))
        row.append(Panel(marks, title=name, equal=True, ticks=False, limits=(-1.2, 2.2, -1.2, 2.2)))
    worst = max(float(units[name].max()) for name in ("gradient", "stochastic"))
    words = (
        "One sample in the plane leaves a line of interpolating solutions. Gradient descent, with or without momentum, goes "
        "straight to the one nearest to its start (diamonds), sign descent elsewhere. In the runs of this claim, with "
        f"{NUM} samples and {DIM} parameters, the relative distance from the nearest one is at most {worst:.1e}."
    )
    return panels(row, words=words, height=2.7, salt=claim.id)


claim = Claim(
    id="optimization.min_norm",
    statement=(
        r"\theta_{l+1} - \theta_l \in \mathrm{span}\{\nabla E(\theta_0), \dots, \nabla E(\theta_l)\} \;\Rightarrow\;"
        r" \theta_l \to P_{\ker X}\,\theta_0 + X^+ y, \qquad E(\theta) = \tfrac{1}{n}|X\theta - y|^2, \ n < d"
    ),
    reading=(
        "With more parameters than samples, gradient descent, with momentum or along single samples, finds the interpolating "
        "solution that is nearest to its start: no penalty asks for it, the optimizer does."
    ),
    source="gunasekar:2018, Section 2.1; wilson:2017, Section 3",
    assumes=[
        "the model is linear, the loss the square, and the data can be interpolated",
        "every update is a combination of the gradients of single samples seen so far",
        "the step is small enough for the iteration to converge",
    ],
    predicts={
        "gradient": Identity("gradient", tolerance=TOLERANCE),
        "stochastic": Identity("stochastic", tolerance=TOLERANCE),
        "kernel": Identity("kernel", tolerance=TOLERANCE),
        "interpolation": Identity("residual", tolerance=TOLERANCE),
    },
    measure=Experiment(measure),
    grid={"momentum": [0.0, 0.5, 0.9], "start": [0.0, 1.0, 10.0]},
    quick={"momentum": [0.0, 0.9], "start": [0.0, 1.0]},
    controls=[
        Control(
            "Adam",
            "Adam divides every coordinate by its own scale, so its updates leave the span of the gradients.",
            change={"adaptive": 1.0},
            grid={"momentum": [0.0], "start": [0.0]},
            on=["gradient", "stochastic", "kernel"],
        ),
        Control(
            "sign descent",
            "Steps along the signs of the gradient follow another geometry and end at another interpolating solution.",
            change={"adaptive": 1.0, "memory": 0.0},
            grid={"momentum": [0.0], "start": [0.0]},
            on=["gradient", "stochastic", "kernel"],
        ),
    ],
    illustrate=illustrate,
    picture=picture,
)
