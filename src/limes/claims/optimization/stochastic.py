"""Stochastic gradient descent: one random sample a step, with decreasing and with constant steps."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float, Int

from limes._types import Data, RandomKey
from limes.claims.claim import Claim, Control, Experiment
from limes.claims.kinds import Law
from limes.draw import Panel, Picture, contours, lines, panels, scatter
from limes.laws import stochastic_gradient as laws
from limes.models.functional import functional
from limes.models.linear import Linear
from limes.optimize.descent import descend
from limes.risk.empirical import EmpiricalRisk
from limes.risk.losses import least_squares

NUM = 64
SPECTRUM = (0.25, 0.25, 0.5, 0.5, 0.5, 1.0, 1.0, 1.0)
DIM = len(SPECTRUM)
REPLICAS = 256
EVERY = 8
RECORDS = [8, 16, 32, 64, 128, 256, 512, 1024]
STEPS = RECORDS[-1]
SHARE = 0.125
START = 0.5 * np.array([1.0, 1.0, -1.0, 1.0, -1.0, -1.0, 1.0, -1.0])


class Sampled(eqx.Module):
    """A risk whose samples come as drawn (`shuffle` 0) or in a random order fixed once for all passes (1)."""

    risk: EmpiricalRisk
    shuffle: float | Float[Array, ""]

    @property
    def data(self) -> Data:
        """The samples."""
        return self.risk.data

    def __call__(self, params: Any) -> Array:
        """Return the risk over all samples."""
        return self.risk(params)

    def evaluate(self, params: Any, batch: Int[Array, " b"], *, key: Any, state: Any) -> tuple[Array, Any]:
        """Return the risk of one sample and the number of the next step; the order is part of the state."""
        del key
        order, step = state
        turn = order[step % NUM][None]
        value = self.risk(params, jnp.where(jnp.asarray(self.shuffle) > 0.5, turn, batch))
        return value, (order, step + 1)


@cache
def problem() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    r"""Draw the one problem of this claim with NumPy, from a fixed stream: design, targets, start.

    The columns are orthogonal, so that $H = \frac{2}{n} X^\top X$ is diagonal with eigenvalues from 1/4 to 1; the
    residuals have variance about 1 and are orthogonal to the columns.
    """
    draw = np.random.default_rng(3)
    Q = np.linalg.qr(draw.standard_normal((NUM, DIM)))[0]
    X = Q * np.sqrt(0.5 * NUM * np.array(SPECTRUM))
    residual = draw.standard_normal(NUM)
    theta = draw.standard_normal(DIM)
    return X, X @ theta + residual - Q @ (Q.T @ residual), theta + START


def load() -> dict[str, Array]:
    r"""Load the problem, its minimizer and $R^2$."""
    X, y, start = problem()
    known, theta = laws.least_squares(X, y)
    arrays = {"x": X, "y": y, "start": start, "theta": theta, "smoothness": np.asarray(known.smoothness)}
    return {name: jnp.asarray(value) for name, value in arrays.items()}


def measure(
    key: RandomKey,
    *,
    given: dict[str, Array] | None = None,
    pace: float | Float[Array, ""],
    decay: float | Float[Array, ""],
    guard: float | Float[Array, ""] = 1.0,
    shuffle: float | Float[Array, ""] = 0.0,
) -> dict[str, Array]:
    r"""Descend the least squares risk along one random sample a step; average $|e_l|^2$ over inner runs.

    With `decay` 1 the step is $\tau_l = \tau/(l + l_0)$, $\tau = \mathrm{pace}/\mu$, $l_0 = \mathrm{guard} \cdot \tau R^2$; with `decay` 0
    it is constant, $\mathrm{pace}/(8 R^2)$. `error` is the mean of $|e_l|^2$ at the recorded steps, `last` the last one,
    times $l + l_0$ if the step decreases. `shuffle` 1 draws without replacement: an order fixed once, again and again.
    """
    known = load() if given is None else given
    decreasing = jnp.asarray(decay)
    tau = decreasing * pace / SPECTRUM[0] + (1.0 - decreasing) * SHARE * pace / known["smoothness"]
    offset = guard * tau * known["smoothness"]
    apply, blank = functional(Linear(DIM))
    risk = Sampled(EmpiricalRisk(apply, least_squares, Data(known["x"], known["y"])), shuffle)
    optimizer = optax.sgd(lambda count: tau * (jnp.asarray(count, tau.dtype) + 1.0 + offset) ** -decreasing)
    params = jax.tree.map(lambda _: known["start"], blank)

    def record(params: Any) -> dict[str, Array]:
        return {"square": jnp.sum((jax.tree.leaves(params)[0] - known["theta"]) ** 2)}

    def run(key: RandomKey) -> Float[Array, " records"]:
        key_order, key_steps = jax.random.split(key)
        state = (jax.random.permutation(key_order, NUM), jnp.zeros((), int))
        path = descend(risk, params, optimizer, STEPS, key=key_steps, batch=1, record=record, every=EVERY, state=state)
        return path.values["square"][jnp.array(RECORDS) // EVERY]

    error = jnp.mean(jax.vmap(run)(jax.random.split(key, REPLICAS)), axis=0)
    return {"error": error, "last": error[-1] * (STEPS + offset) ** decreasing}


def step_sizes(pace: float, decay: float, guard: float = 1.0) -> np.ndarray:
    """Return the step sizes of a cell."""
    known, _ = _moments()
    if decay == 0.0:
        return np.full(STEPS, SHARE * pace / known.smoothness)
    tau = pace / SPECTRUM[0]
    return tau / (np.arange(1, STEPS + 1) + guard * tau * known.smoothness)


@cache
def _moments() -> tuple[laws.Moments, np.ndarray]:
    X, y, _ = problem()
    return laws.least_squares(X, y)


@cache
def curve(pace: float, decay: float, guard: float = 1.0) -> np.ndarray:
    """Return the exact mean of the squared error after 0, 1, 2, ... steps."""
    known, theta = _moments()
    return laws.mean_square(known, problem()[2] - theta, step_sizes(pace, decay, guard), range(STEPS + 1))


def mean_square(pace: float, decay: float, step: float) -> float:
    """Return the exact mean of the squared error after a number of steps."""
    return float(curve(pace, decay)[int(step)])


def falling(pace: float, step: float) -> float:
    """Return the exact mean of the squared error under the decreasing step."""
    return mean_square(pace, 1.0, step)


def limit(pace: float, decay: float) -> float:
    r"""Return $\lim\,(l + l_0)\,E|e_l|^2$ for the decreasing step, $\lim E|e_l|^2$ for the constant one."""
    known, _ = _moments()
    if decay == 0.0:
        return float(np.trace(laws.stationary(known, SHARE * pace / known.smoothness)))
    return laws.decreasing_constant(known, pace / SPECTRUM[0])


def illustrate(key: RandomKey, given: Any) -> dict[str, Any]:
    """Run three stochastic descents in the plane with either step, and the exact curves of this claim."""
    del key, given
    draw = np.random.default_rng(1)
    angle = 2.0 * np.pi * np.arange(12) / 12
    X = np.stack([np.sqrt(2.0) * np.cos(angle), np.sin(angle) / np.sqrt(2.0)], axis=1)
    y = 0.35 * np.where(np.arange(12) % 2 == 0, 1.0, -1.0)
    rules = {"decreasing": lambda l: 1.6 / (l + 8.0), "constant": lambda l: 0.12 * l**0}
    paths = {name: _paths(draw, X, y, rule) for name, rule in rules.items()}
    exact = {f"{decay:.0f} {pace}": curve(pace, decay) for decay in (0.0, 1.0) for pace in (1.0, 4.0)}
    return {"paths": paths, "exact": exact, "unguarded": {p: curve(p, 1.0, 0.0) for p in (1.0, 4.0)}}


def _paths(draw: np.random.Generator, X: np.ndarray, y: np.ndarray, rule: Any) -> np.ndarray:
    theta = np.tile([2.2, 2.4], (3, 1)) * np.array([[1.0, 1.0], [-1.0, 1.0], [1.0, -1.0]])
    path = [theta]
    for l in range(1, 241):
        i = draw.integers(len(y), size=3)
        theta = theta - 2.0 * rule(l) * ((X[i] * theta).sum(1) - y[i])[:, None] * X[i]
        path.append(theta)
    return np.stack(path)


def picture(data: Mapping[str, Any]) -> Picture:
    """Draw paths with both steps over level lines, and mean squared errors beside their exact curves."""
    x = np.linspace(-2.8, 2.8, 91)
    z = x[None, :] ** 2 + 0.25 * x[:, None] ** 2
    levels = [float(level) for level in np.array([0.08, 0.35, 0.8, 1.4, 2.1, 3.0]) ** 2]
    drawn = [
        Panel(
            [
                contours(x, x, z, levels=levels),
                *(lines(path[:, k, 0], path[:, k, 1], color=k, width=0.7) for k in range(3)),
                scatter(path[0, :, 0], path[0, :, 1], color="ink", size=3.0),
            ],
            title=f"{name} step",
            ticks=False,
            limits=(-2.8, 2.8, -2.8, 2.8),
        )
        for name, path in data["paths"].items()
    ]
    words = (
        "Stochastic gradient descent, one sample a step: with a decreasing step three runs settle at the minimizer, with a "
        "constant step they wander around it. Below, the mean squared error measured (points) on the exact curve (lines): "
        f"it falls like 1/l, to {mean_square(1.0, 1.0, STEPS):.2g} after {STEPS} steps at pace 1, or stays at "
        f"{limit(1.0, 0.0):.2g} and {limit(4.0, 0.0):.2g}. Last, the step tau/l taken literally, without l0: its exact mean first "
        f"rises to {data['unguarded'][1.0].max():.1g} at pace 1 and {data['unguarded'][4.0].max():.1g} at pace 4."
    )
    return panels([drawn, [_errors(data), _unguarded(data)]], words=words, height=5.2, salt=claim.id)


def _errors(data: Mapping[str, Any]) -> Panel:
    error, step, marks = data["units"]["error"].mean("seed"), np.arange(1, STEPS + 1), []
    for k, pace in enumerate((1.0, 4.0)):
        for decay, word, dashes in ((1.0, "decreasing", "solid"), (0.0, "constant", "dashed")):
            exact = data["exact"][f"{decay:.0f} {pace}"][1:]
            marks.append(lines(step, exact, f"{word}, pace {pace:.0f}", color=k + 3, dashes=dashes))
            measured = error.sel(pace=pace, decay=decay)
            marks.append(scatter(measured["step"].values, measured.values.ravel(), color=k + 3, marker=k, size=3.6))
    return Panel(marks, title="mean squared error", x="step", x_log=True, y_log=True)


def _unguarded(data: Mapping[str, Any]) -> Panel:
    step = np.arange(1, STEPS + 1)
    marks = [
        lines(step, values[1:], f"$\\tau/l$ literally, pace {pace:.0f}", color=k + 3, dashes="dotted", width=1.4)
        for k, (pace, values) in enumerate(data["unguarded"].items())
    ]
    guarded = [lines(step, data["exact"][f"1 {pace}"][1:], color=k + 3) for k, pace in enumerate((1.0, 4.0))]
    return Panel([*marks, *guarded], title="without and with $l_0$", x="step", x_log=True, y_log=True)


claim = Claim(
    id="optimization.stochastic",
    statement=(
        r"\theta_{l} = \theta_{l-1} - \tau_l \nabla E_{i_l}(\theta_{l-1}), \quad \tau_l = \frac{\tau}{l + l_0}: \quad"
        r" (l + l_0)\, \mathbb{E}|e_l|^2 \to \tau^2 \sum_i \frac{u_i^\top S u_i}{2\tau\lambda_i - 1} \ (\tau\mu > \tfrac12); \qquad"
        r" \tau_l = \tau: \quad \mathbb{E}\, e_l e_l^\top \to C = \overline{(I - \tau H_i) C (I - \tau H_i)} + \tau^2 S"
    ),
    reading=(
        "Along one random sample a step, a step size that falls like one over the step number makes the mean squared error fall "
        "like one over the step number, with a known constant; a constant step stops at a known plateau instead."
    ),
    source="robbins:1951, Section 2; chung:1954, Theorem 1; moulines:2011, Theorem 1; bach:2013, Section 2",
    assumes=[
        "the risk is a quadratic: least squares with a linear model, no factor 1/2",
        "every step draws one of the samples uniformly, with replacement, independent of the past",
        "the first steps are guarded: l_0 = tau R^2, so that no step is larger than 1/R^2",
        "tau times the smallest eigenvalue exceeds 1/2",
    ],
    predicts={
        "moments": Law("error", equals=mean_square),
        "limit": Law("last", equals=limit, band=0.1),
    },
    measure=Experiment(measure, given=load, outputs={"error": ("step",)}, coords={"step": RECORDS}),
    grid={"pace": [0.75, 1.0, 2.0, 4.0], "decay": [0.0, 1.0]},
    quick={"pace": [1.0, 4.0], "decay": [0.0, 1.0]},
    controls=[
        Control(
            "tau/l taken literally",
            "Without l_0 the first steps multiply some errors by large factors: the mean explodes before it falls.",
            change={"guard": 0.0},
            grid={"pace": [4.0], "decay": [1.0]},
            predicts={"moments": Law("error", equals=mean_square, statistic="median")},
        ),
        Control(
            "without replacement",
            "Samples come in one order, drawn once and repeated: their noises add up to 0 after every pass.",
            change={"shuffle": 1.0},
            grid={"pace": [1.0], "decay": [1.0]},
        ),
        Control(
            "constant step",
            "A step that does not decrease leaves a floor, so the error is not that of the decreasing step.",
            grid={"pace": [3.0], "decay": [0.0]},
            predicts={"falls like 1/l": Law("error", equals=falling)},
        ),
    ],
    illustrate=illustrate,
    picture=picture,
)
