"""Gradient descent on a quadratic: too small, best, too large a step."""

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float

from limes._types import Data, RandomKey
from limes.claims.claim import Claim, Control, Experiment
from limes.claims.kinds import Identity, Law
from limes.draw import Panel, Picture, contours, lines, panels, scatter, texts
from limes.laws import gradient_descent as laws
from limes.models.functional import functional
from limes.models.linear import Linear
from limes.optimize.descent import descend
from limes.risk.empirical import EmpiricalRisk
from limes.risk.losses import least_squares

NUM = 200
DIM = 20
STEPS = 150
PACES = [0.1, 1.0, 1.9, 2.1]
LARGEST = 1.0
COLOR = {"small": 0, "optimal": 2, "too large": 1}


def measure(
    key: RandomKey,
    *,
    kappa: float | Float[Array, ""],
    weight: float | Float[Array, ""] = 1.0,
    bend: float | Float[Array, ""] = 0.0,
) -> dict[str, Array]:
    r"""Descend $\frac{1}{n}|X\theta - y|^2$ whose Hessian $H = \frac{2}{n} X^\top X$ has eigenvalues from $1/\kappa$ to $L = 1$.

    `factor` is $|e_l| / |e_{l-1}|$ at the last step, from $e_0 = v_{\min} + v_{\max}$, for the steps $\tau = \mathrm{pace}/L$.
    `path` is the largest distance of $e_l$ from $\sum_i (1 - \tau\lambda_i)^l \langle e_0, v_i\rangle v_i$ over all steps and paces,
    from a random start, in units of the largest $|e_l|$. `optimal` is the largest deviation of the ratio of
    successive errors from $(\kappa - 1)/(\kappa + 1)$ at $\tau = 2/(\mu + L)$, over the first $2\kappa$ steps; `boundary` that of
    $\langle e_l, v_{\max}\rangle$ from $(-1)^l$ at $\tau = 2/L$. The loss is `weight` times the square, bent towards $2 \log\cosh$ by
    `bend`.
    """
    key_x, key_theta, key_start = jax.random.split(key, 3)
    spectrum = LARGEST * jnp.asarray(kappa) ** jnp.linspace(-1.0, 0.0, DIM)
    X, V = _design(key_x, spectrum)
    theta = jax.random.normal(key_theta, (DIM,))
    ends = jnp.zeros(DIM).at[jnp.array([0, -1])].set(1.0)
    generic = jax.random.normal(key_start, (DIM,))
    best = 2.0 / (spectrum[0] + spectrum[-1])
    tau = jnp.concatenate([jnp.asarray(PACES) / LARGEST, jnp.stack([best, jnp.asarray(2.0 / LARGEST)])])

    def loss(output: Array, target: Array) -> Array:
        r = output - target
        smooth = 2.0 * (jnp.logaddexp(r, -r) - jnp.log(2.0))
        return weight * ((1.0 - bend) * least_squares(output, target) + bend * smooth)

    def run(tau: Array, start: Array) -> Float[Array, "steps d"]:
        return _errors(EmpiricalRisk(functional(Linear(DIM))[0], loss, Data(X, X @ theta)), theta, V, tau, start)

    starts = jnp.stack([ends, generic])
    runs, free = jax.vmap(lambda start: jax.vmap(lambda tau: run(tau, start))(tau))(starts)
    base = 1.0 - tau[:, None, None] * spectrum[None, None, :]
    law = base ** jnp.arange(1.0 + STEPS)[None, :, None] * generic[None, None, :]
    size = jnp.linalg.norm(runs, axis=-1)
    ratios = size[:, 1:] / size[:, :-1]
    early = jnp.arange(1.0 * STEPS) < 2.0 * jnp.asarray(kappa)
    defect = jnp.abs(ratios[-2] - (kappa - 1.0) / (kappa + 1.0))
    signs = 1.0 - 2.0 * (jnp.arange(STEPS + 1) % 2).astype(float)
    away = jnp.max(jnp.linalg.norm(free - law, axis=-1), axis=1) / jnp.max(jnp.linalg.norm(law, axis=-1), axis=1)
    return {
        "factor": ratios[: len(PACES), -1],
        "path": jnp.max(away),
        "optimal": jnp.max(jnp.where(early, defect, 0.0)),
        "boundary": jnp.max(jnp.abs(runs[-1, :, -1] - signs)),
    }


def _design(key: RandomKey, spectrum: Float[Array, " d"]) -> tuple[Float[Array, "n d"], Float[Array, "d d"]]:
    r"""Draw $X$ with $\frac{2}{n} X^\top X = V \mathrm{diag}(\lambda) V^\top$, and $V$."""
    key_left, key_right = jax.random.split(key)
    Q = jnp.linalg.qr(jax.random.normal(key_left, (NUM, DIM)))[0]
    V = jnp.linalg.qr(jax.random.normal(key_right, (DIM, DIM)))[0]
    return jnp.sqrt(NUM / 2.0) * (Q * jnp.sqrt(spectrum)[None, :]) @ V.T, V


def _errors(risk: EmpiricalRisk, theta: Array, V: Array, tau: Array, start: Array) -> Float[Array, "steps d"]:
    r"""Return $\langle e_l, v_i\rangle$ at every step $l$ of gradient descent from $e_0 = V \mathrm{start}$."""
    params = jax.tree.map(lambda _: theta + V @ start, functional(Linear(DIM))[1])

    def record(params: Any) -> dict[str, Array]:
        return {"error": V.T @ (jax.tree.leaves(params)[0] - theta)}

    run = descend(risk, params, optax.sgd(tau), STEPS, key=jax.random.key(0), record=record, every=1)
    return run.values["error"]


def worst_factor(kappa: float, pace: float) -> float:
    """Return the predicted factor per step at step size `pace` over the largest eigenvalue."""
    return float(laws.factor(pace / LARGEST, LARGEST / kappa, LARGEST))


def illustrate(key: RandomKey, given: Any) -> dict[str, Any]:
    """Descend a quadratic in two dimensions with a small, the optimal and a large step."""
    del key, given
    H, start = np.array([1.0, 8.0]), np.array([1.0, 0.4])
    steps = {"small": 0.3 / H[1], "optimal": float(laws.optimal_step(H[0], H[1])), "too large": 2.05 / H[1]}
    return {
        "hessian": H,
        "steps": steps,
        "paths": {name: laws.components(np.arange(19), tau, H, start) for name, tau in steps.items()},
    }


def picture(data: Mapping[str, Any]) -> Picture:
    """Draw paths with three steps over level lines, and the steps that one digit takes beside the law."""
    H = data["hessian"]
    x, y = np.linspace(-1.2, 1.2, 121), np.linspace(-1.0, 1.0, 101)
    z = 0.5 * (H[0] * x[None, :] ** 2 + H[1] * y[:, None] ** 2)
    levels = [float(level) for level in 0.5 * H[0] * np.linspace(0.15, 2.7, 10) ** 2]
    drawn = [
        Panel(
            [
                contours(x, y, z, levels=levels),
                lines(path[:, 0], path[:, 1], color=COLOR[name]),
                scatter(path[:, 0], path[:, 1], color=COLOR[name], size=2.8),
            ],
            title=f"{name} step, $\\tau = {data['steps'][name] * H[1]:.2f}/L$",
            ticks=False,
            limits=(-1.2, 1.2, -1.0, 1.0),
        )
        for name, path in data["paths"].items()
    ]
    words = (
        "Eighteen steps of gradient descent on a quadratic with condition number 8: a small step creeps along the valley, the "
        "optimal one shrinks both directions alike, a step beyond 2/L jumps across the valley and away. Last panel: steps "
        "needed for one more digit, measured (points) and by the law (lines), for three condition numbers; each "
        "is fastest just below 2/L, where nothing converges any more."
    )
    return panels([drawn[:2], [drawn[2], _cost(data["units"])]], words=words, height=4.6, salt=claim.id)


def _cost(units: Any) -> Panel:
    marks: list[Any] = []
    pace = np.concatenate([np.linspace(0.02, 1.8, 90), 2.0 - np.geomspace(0.2, 2e-4, 60)])
    for k, kappa in enumerate(units["kappa"].values):
        law = -1.0 / np.log10(laws.factor(pace, 1.0 / kappa, 1.0))
        measured = units["factor"].sel(kappa=kappa).mean("seed").sel(pace=[p for p in PACES if p < 2])
        marks.append(lines(pace, law, f"condition number {kappa:.0f}", color=k + 3))
        marks.append(
            scatter(measured["pace"].values, -1.0 / np.log10(measured.values), color=k + 3, marker=k, size=4.0)
        )
    marks.append(lines([2.0, 2.0], [1.0, 1e6], color="ink", dashes="dotted", width=0.7))
    marks.append(texts([1.94], [2.2], ["$2/L$"], align="right"))
    return Panel(
        marks, title="steps for one digit", x="step size, in units of $1/L$", y_log=True, limits=(0.0, 2.1, 1.0, 1e6)
    )


claim = Claim(
    id="optimization.step_size",
    statement=(
        r"\theta_{l+1} = \theta_l - \tau \nabla E(\theta_l):\quad \frac{|e_{l+1}|}{|e_l|} \to \max(|1 - \tau\mu|, |1 - \tau L|), \quad"
        r" \tau^\star = \frac{2}{\mu + L} \;\Rightarrow\; \frac{\kappa - 1}{\kappa + 1} \text{ at every step}, \quad"
        r" \tau \ge \frac{2}{L} \;\Rightarrow\; e_l \not\to 0"
    ),
    reading=(
        "On a quadratic risk a small step is slow, one step is best, and a step of two over the largest curvature or more never "
        "converges: the error shrinks or grows by exactly the predicted factor."
    ),
    source="polyak:1987, Section 1.4, Theorem 3; nesterov:2018, Theorem 2.1.15",
    assumes=[
        "the risk is a quadratic with Hessian H = 2 X^T X / n, as the loss has no factor 1/2",
        "mu and L are the ends of the spectrum of H and the start has a part in both directions",
        "the gradient is that of all samples",
    ],
    predicts={
        "factor": Law("factor", equals=worst_factor, band=1e-6, resolution=1e-9),
        "path": Identity("path", tolerance=1e-12),
        "optimal": Identity("optimal", tolerance=1e-12),
        "boundary": Identity("boundary", tolerance=1e-11),
    },
    measure=Experiment(measure, outputs={"factor": ("pace",)}, coords={"pace": PACES}),
    grid={"kappa": [10.0, 100.0, 1000.0]},
    quick={"kappa": [10.0, 100.0, 1000.0]},
    controls=[
        Control(
            "not a quadratic",
            "The loss grows like a square near 0 but like |r| far away, so the curvature changes along the path.",
            change={"bend": 1.0},
            grid={"kappa": [100.0]},
        ),
        Control(
            "half the loss",
            "With a factor 1/2 in the loss the Hessian is halved, and with it every step.",
            change={"weight": 0.5},
            grid={"kappa": [100.0]},
        ),
    ],
    illustrate=illustrate,
    picture=picture,
)
