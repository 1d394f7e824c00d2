r"""Early stopping: gradient flow without a penalty, stopped at time t, against ridge.

An estimator that is linear in the data, $\hat\theta = A y$, has an exact Bayes risk. So the matrix $A$ of
the flow is computed from gradient and Hessian of the risk itself: no sampling enters the bounds.
"""

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float

from limes._types import Data, RandomKey
from limes.claims.claim import Claim, Control, Experiment
from limes.claims.kinds import Bound, Law, Rate
from limes.data.datasets import diabetes
from limes.draw import Panel, Picture, lines, panels
from limes.laws import early_stopping as laws
from limes.models.functional import functional
from limes.models.linear import Linear
from limes.optimize import descend, gradient_flow
from limes.risk.empirical import EmpiricalRisk
from limes.risk.losses import least_squares

NUM = 40
DIM = 16
RADIUS = 1.0
DRAWS = 1024
TIMES = np.logspace(-3.0, 3.0, 73)
ONSET = np.logspace(-5.0, -3.1, 8)
TAU = 0.05
STEPS = (16, 32, 48, 64)


def measure(
    key: RandomKey,
    *,
    decay: float | Float[Array, ""],
    noise: float | Float[Array, ""],
    match: float | Float[Array, ""] = 1.0,
    tilt: float | Float[Array, ""] = 0.0,
) -> dict[str, Array]:
    r"""Compare flow at time $t$ with ridge at $\lambda$ = `match`$/(2t)$, on a random design with eigenvalues $\sigma_k = k^{-\mathrm{decay}}$.

    `ratio` is the largest ratio of their Bayes risks over 73 times, for $\theta$ and for its predictions $X\theta$; `best`
    that of flow at its best time over ridge at its best $\lambda$ (the larger and, as `least`, the smaller of the two
    risks). `distance` is $|A_{\mathrm{flow}} - A_{\mathrm{ridge}}|$ at early times $t$. `descent` is the mean of
    $|\hat\theta - \theta|^2$ over draws of signal and noise, for gradient descent after `step` steps.

    The signal has variance proportional to $\sigma_k^{\mathrm{tilt}}$ along direction $k$.
    """
    key_design, key_draws = jax.random.split(key)
    Z = jax.random.normal(key_design, (NUM + 1, DIM))
    U = jnp.linalg.qr(Z[:NUM])[0]
    V = jnp.eye(DIM) - 2.0 * jnp.outer(Z[NUM], Z[NUM]) / jnp.sum(Z[NUM] ** 2)
    s = (1.0 + jnp.arange(float(DIM))) ** -decay
    X = jnp.sqrt(float(NUM)) * (U * jnp.sqrt(s)[None, :]) @ V.T
    prior = RADIUS**2 * s**tilt / jnp.sum(s**tilt)

    times = jnp.asarray(np.concatenate([ONSET, TIMES]) / 2.0)
    flow = _flow(X, times)
    strengths = jnp.append(match / (2.0 * times), noise**2 * DIM / (NUM * RADIUS**2))
    ridge = jax.vmap(lambda strength: _ridge(X, strength))(strengths)

    root = V * jnp.sqrt(prior)[None, :]
    risks = lambda A: _risks(A, X, root, noise)
    early = len(ONSET)
    ours, theirs = jax.vmap(risks)(flow[early:]), jax.vmap(risks)(ridge[early:])
    best = jnp.min(ours, axis=0) / jnp.min(theirs, axis=0)
    return {
        "ratio": jnp.max(ours / theirs[:-1]),
        "best": jnp.max(best),
        "least": jnp.min(best),
        "distance": jnp.linalg.norm(flow[:early] - ridge[:early], axis=(1, 2)),
        "descent": _descent(key_draws, X, root, noise),
    }


def _risk(X: Float[Array, "n d"], y: Float[Array, "n o"]) -> tuple[EmpiricalRisk, Any]:
    """Return the risk of as many problems as `y` has columns: the outputs of one linear model."""
    apply, params = functional(Linear(X.shape[1], y.shape[1]))
    return EmpiricalRisk(apply, least_squares, Data(X, y)), params


def _flow(X: Float[Array, "n d"], times: Float[Array, " times"]) -> Float[Array, "times d n"]:
    r"""Return the matrices A of gradient flow: one column for each unit vector as data.

    The risk is a parabola, so from 0 the flow is $-H^{-1} (I - e^{-tH}) \nabla E(0)$ with the Hessian $H$ of one problem.
    """
    (every, at), (one, origin) = _risk(X, jnp.eye(X.shape[0])), _risk(X, jnp.zeros((X.shape[0], 1)))
    flat, unravel = ravel_pytree(origin)
    s, V = jnp.linalg.eigh(jax.hessian(lambda theta: one(unravel(theta)))(flat))
    slope = V.T @ jax.grad(every)(at).theta.T
    return jax.vmap(lambda time: V @ ((jnp.expm1(-time * s) / s)[:, None] * slope))(times)


def _ridge(X: Float[Array, "n d"], strength: Array) -> Float[Array, "d n"]:
    n, d = X.shape
    factor = jnp.linalg.cholesky(X.T @ X / n + strength * jnp.eye(d))
    return jax.scipy.linalg.cho_solve((factor, True), X.T / n)


def _risks(A: Float[Array, "d n"], X: Float[Array, "n d"], root: Array, noise: float | Array) -> Float[Array, " 2"]:
    """Return the exact Bayes risks of A y, for the parameters and for the predictions."""
    bias = A @ X @ root - root
    of = lambda B, C: jnp.sum(B**2) + noise**2 * jnp.sum(C**2)
    return jnp.stack([of(bias, A), of(X @ bias, X @ A) / X.shape[0]])


def _descent(key: RandomKey, X: Array, root: Array, noise: float | Array) -> Float[Array, " steps"]:
    z = jax.random.normal(key, (DIM + NUM, DRAWS))
    theta = root @ z[:DIM]
    risk, params = _risk(X, X @ theta + noise * z[DIM:])

    def record(params: Any) -> dict[str, Array]:
        return {"error": jnp.mean(jnp.sum((params.theta.T - theta) ** 2, axis=0))}

    path = descend(risk, params, optax.sgd(TAU), STEPS[-1], key=key, record=record, every=STEPS[0])
    return path.values["error"][1:]


def descent_risk(decay: float, noise: float, step: float) -> float:
    """Return the predicted Bayes risk of gradient descent after `step` steps."""
    s = (1.0 + np.arange(DIM)) ** -decay
    return float(laws.bayes_risk(s, laws.descent(s, TAU, step), NUM, noise, RADIUS))


def illustrate(key: RandomKey, given: Any) -> dict[str, np.ndarray]:
    """Follow the ten coefficients of the diabetes data along the flow and along ridge."""
    del key, given
    data = diabetes(standardized=True)
    X, y = data.x, (data.y - jnp.mean(data.y)) / jnp.std(data.y)
    times = jnp.logspace(-2.0, 3.0, 81)
    risk, params = _risk(X, y[:, None])
    flow = gradient_flow(risk, params, times).params.theta[:, 0]
    ridge = jax.vmap(lambda time: _ridge(X, 1.0 / (2.0 * time)) @ y)(times)
    return {"time": np.asarray(times), "flow": np.asarray(flow), "ridge": np.asarray(ridge)}


def picture(data: Mapping[str, Any]) -> Picture:
    """Draw the ratio of the risks, the risks themselves, and both paths of the diabetes data."""
    times = np.logspace(-2.5, 2.5, 141)
    s = 1.0 / (1.0 + np.arange(DIM))
    ratios, first = [], []
    for color, noise in (("blue", 1.0), ("green", 3.0), ("orange", 30.0)):
        risks = _curves(s, times, noise)
        ratios.append(lines(times, risks[0] / risks[1], f"noise {noise:g}", color=color))
        first.append(risks)
    bound = lines(times[[0, -1]], [laws.RATIO] * 2, f"bound {laws.RATIO}", color="vermilion", dashes="dashdot")
    best = first[0].min(axis=1)
    worst = float(data["units"]["ratio"].max())
    kept = data["units"]["best"].max()
    return panels(
        [
            Panel([*ratios, bound], "ratio of the risks", "time $t$", "flow / ridge", x_log=True, limits=(3e-3, 3e2, 0.6, 1.8)),
            Panel(
                [lines(times, first[0][0], "flow", color="ink"), lines(times, first[0][1], "ridge", color="ink", dashes="dashed")],
                "risk, noise 1", "time $t$", "Bayes risk", x_log=True,
            ),
            Panel(
                [lines(data["time"], data["flow"], color="ink", width=0.8), lines(data["time"], data["ridge"], color="ink", dashes="dashed", width=0.8)],
                "ten coefficients, diabetes", "time $t$", "coefficient", x_log=True,
            ),
        ],
        words=(
            f"Without any penalty, flow stopped at time t follows ridge with penalty 1/(2t): in risk (left and middle, eigenvalues 1/k) and in "
            f"the coefficients of the diabetes data (right). Over all units the ratio of risks stays below {worst:.4f} (bound {laws.RATIO}), and the "
            f"best stopping time loses at most {100 * (float(kept) - 1):.1f} % to the best penalty; for noise 1 the two have risks {best[0]:.3f} and {best[1]:.3f}."
        ),
        salt="risk.early_stopping",
        height=2.4,
    )  # fmt: skip


def _curves(s: np.ndarray, times: np.ndarray, noise: float) -> np.ndarray:
    factors = [laws.flow(s, times[:, None]), laws.ridge(s, 0.5 / times[:, None])]
    return np.stack([laws.bayes_risk(s, g, NUM, noise, RADIUS) for g in factors])


claim = Claim(
    id="risk.early_stopping",
    statement=(
        r"\dot\theta = -\nabla E(\theta), \; \theta(0) = 0, \; E(\theta) = \tfrac{1}{n} |X\theta - y|^2: \quad"
        r" \frac{\mathrm{risk}(\theta(t))}{\mathrm{risk}(\theta_{\mathrm{ridge}}(\lambda))} \le 1.6862 \; \text{at} \; \lambda = \frac{1}{2t},"
        r" \quad 1 \le \frac{\inf_t \mathrm{risk}(\theta(t))}{\inf_\lambda \mathrm{risk}(\theta_{\mathrm{ridge}}(\lambda))} \le 1.0786"
    ),
    reading=(
        "Training without a penalty but stopping at time t is nearly the same as training with ridge penalty 1/(2t): "
        "stopped at the best time it never loses more than 8 percent to the best penalty."
    ),
    source="ali:2019, Theorem 1; the constant of best against best, 1.22 there, is sharpened in limes.laws.early_stopping",
    assumes=[
        "the loss is (y - y')^2 without 1/2, so time t belongs to the penalty 1/(2t)",
        "the flow starts at zero",
        "for the best against the best: the signal has the same variance in every direction",
        "the noise is independent of the design, with one variance",
    ],
    predicts={
        "ratio": Bound("ratio", below=laws.RATIO, resolution=1e-6),
        "best": Bound("best", below=laws.BEST, resolution=1e-6),
        "ridge is best": Bound("least", above=1.0, resolution=1e-9),
        "onset": Rate("distance", over="time", exponent=2.0, band=0.05, corrections=(1.0,), resolution=1e-15),
        "descent": Law("descent", equals=descent_risk),
    },
    measure=Experiment(
        measure,
        outputs={"distance": ("time",), "descent": ("step",)},
        coords={"time": tuple(ONSET / 2.0), "step": STEPS},
    ),
    grid={"decay": [0.0, 0.5, 1.0, 2.0], "noise": [0.1, 1.0, 30.0]},
    quick={"decay": [0.0, 2.0], "noise": [1.0, 30.0]},
    controls=[
        Control(
            "factor two lost",
            "Time t is compared with the penalty 1/t, which belongs to the loss with 1/2.",
            change={"match": 2.0},
            grid={"decay": [0.0, 1.0], "noise": [30.0]},
            on=["ratio", "onset"],
        ),
        Control(
            "signal along the strong directions",
            "The signal has variance like the square of the eigenvalue, so ridge is not the posterior mean.",
            change={"tilt": 2.0},
            grid={"decay": [1.0, 2.0], "noise": [1.0]},
            on=["ridge is best", "descent"],
        ),
    ],
    illustrate=illustrate,
    picture=picture,
)
