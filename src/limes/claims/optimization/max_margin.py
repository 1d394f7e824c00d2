r"""Implicit bias of classification: separable data, a loss without minimizer, a direction that is found.

Descent on $\log E$ is descent on $E$ with the step divided by the loss: the same path on a clock $s = -\log E$ that
runs evenly. Plain descent needs about $e^s$ steps for what takes $s$ here.
"""

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float

from limes._types import RandomKey
from limes.claims.claim import Claim, Control, Experiment
from limes.claims.kinds import Law, Rate
from limes.draw import Panel, Picture, lines, panels, scatter
from limes.laws import margin as laws
from limes.optimize.descent import descend

from ._blend import blend

NUM = 20
DIM = 5
EVERY = 128
RECORDS = [128, 256, 512, 1024, 2048, 4096, 8192]
STEPS = RECORDS[-1]
LATE = STEPS // 2
CLIP = 30.0


def measure(
    key: RandomKey,
    *,
    margin: float | Float[Array, ""],
    step_size: float | Float[Array, ""],
    geometry: float | Float[Array, ""] = 0.0,
    wrong: float | Float[Array, ""] = 0.0,
) -> dict[str, Array]:
    r"""Descend $\log E$, $E$ the logistic risk, on separable data whose hard-margin direction $u$ is known.

    `gap` is $|w/|w| - u|$ at the recorded steps, `lack` the relative lack of margin there, `s` is $-\log E$. Late in
    the run: `growth`, what $s$ gains per step over $\tau\gamma^2$; `norm`, $\gamma |w| / s$; `offset`, the length of the part of $w$
    orthogonal to $u$ over its predicted limit. `geometry` 1 steps along signs; `wrong` 1 gives one point both labels.
    """
    Z, u, limit = problem(key, margin)
    Z = Z.at[-1].set((1.0 - wrong) * Z[-1] - wrong * Z[0])

    def record(w: Array) -> dict[str, Array]:
        length = jnp.linalg.norm(w) + jnp.finfo(w.dtype).tiny
        return {
            "gap": jnp.linalg.norm(w / length - u),
            "lack": 1.0 - jnp.min(Z @ w) / (margin * length),
            "norm": margin * length,
            "offset": jnp.linalg.norm(w - u * (u @ w)) / limit,
        }

    optimizer = blend(optax.sgd(step_size), optax.sign_sgd(step_size), geometry)
    path = descend(lambda w: log_risk(Z, w), jnp.zeros(DIM), optimizer, STEPS, key=key, record=record, every=EVERY)
    s, late = -path.values["risk"], LATE // EVERY
    return {
        "gap": path.values["gap"][jnp.array(RECORDS) // EVERY],
        "lack": path.values["lack"][jnp.array(RECORDS) // EVERY],
        "s": s[jnp.array(RECORDS) // EVERY],
        "growth": (s[-1] - s[late]) / ((STEPS - LATE) * step_size * margin**2),
        "norm": path.values["norm"][-1] / s[-1],
        "offset": path.values["offset"][-1],
    }


def log_risk(signed: Float[Array, "n d"], w: Float[Array, " d"]) -> Float[Array, ""]:
    r"""Return $\log \frac{1}{n} \sum_i \log(1 + e^{-\langle z_i, w\rangle})$, without underflow.

    Beyond a margin of 30 the logistic loss is $e^{-m}$ to rounding; the branch is closed for the gradient too.
    """
    m = signed @ w
    near = jnp.log(jax.nn.softplus(-jnp.minimum(m, CLIP)))
    return jax.nn.logsumexp(jnp.where(m > CLIP, -m, near)) - jnp.log(1.0 * signed.shape[0])


def problem(
    key: RandomKey, margin: float | Float[Array, ""]
) -> tuple[Float[Array, "n d"], Float[Array, " d"], Float[Array, ""]]:
    r"""Draw $z_i = y_i x_i$ with margin $\gamma$ in the direction $u$, and the limit of the part of $w$ orthogonal to $u$.

    Support vectors are $z_i = \gamma u + v_i$, $i < d$, with dual weights $\alpha_i$, so $\sum_i \alpha_i v_i = 0$; the others lie at
    twice the margin or more. Softmax weights become the dual weights: $\langle v_i, \tilde w\rangle = \sum_j \alpha_j \log\alpha_j - \log\alpha_i$.
    """
    key_frame, key_weights, key_excess, key_rest = jax.random.split(key, 4)
    frame = jnp.linalg.qr(jax.random.normal(key_frame, (DIM, DIM)))[0].T
    u, basis = frame[0], frame[1:]
    alpha = jax.random.uniform(key_weights, (DIM,), minval=0.5, maxval=1.5)
    alpha = alpha / jnp.sum(alpha)
    v = jnp.concatenate([basis, -(alpha[:-1] @ basis)[None, :] / alpha[-1]])
    entropy = jnp.sum(alpha * jnp.log(alpha))
    limit = jnp.linalg.norm(entropy - jnp.log(alpha[:-1]))
    excess = 1.0 + jax.random.exponential(key_excess, (NUM - DIM,))
    rest = jax.random.normal(key_rest, (NUM - DIM, DIM - 1)) @ basis
    far = margin * (1.0 + excess)[:, None] * u[None, :] + rest
    return jnp.concatenate([margin * u[None, :] + v, far]), u, limit


def illustrate(key: RandomKey, given: Any) -> dict[str, Any]:
    """Separate points of the plane: the line found on the way, by both clocks, and the hard-margin line."""
    del key, given
    draw = np.random.default_rng(6)
    angle = np.array([0.5, -0.62, 0.1, -0.2, 0.3, -0.45, 0.0, 0.6])
    radius = np.array([1.1, 1.3, 1.9, 2.2, 2.4, 2.2, 2.7, 2.5])
    Z = radius[:, None] * np.stack([np.cos(angle + 0.9), np.sin(angle + 0.9)], axis=1)
    return {
        "signed": Z,
        "labels": np.where(draw.random(len(Z)) < 0.5, -1.0, 1.0),
        "log": _descent(Z, 0.1, clock=True),
        "plain": _descent(Z, 0.1, clock=False),
    }


def _descent(Z: np.ndarray, tau: float, *, clock: bool) -> np.ndarray:
    w, path = np.array([0.3, -0.2]), []
    for _ in range(20001):
        path.append(w)
        m = Z @ w
        shift = m.min() if clock else 0.0
        slope = np.exp(shift - np.logaddexp(0.0, m))
        loss = np.mean(np.exp(shift + _log_loss(m))) if clock else 1.0
        w = w + tau * (slope @ Z) / len(Z) / loss
    return np.stack(path)


def _log_loss(m: np.ndarray) -> np.ndarray:
    return np.where(m > CLIP, -m, np.log(np.logaddexp(0.0, -np.minimum(m, CLIP))))


def picture(data: Mapping[str, Any]) -> Picture:
    """Draw the separating line with its margin, and what is left of the gap on either clock."""
    known = laws.hard_margin(data["signed"])
    step = np.unique(np.geomspace(1, 20000, 200).astype(int))
    gaps = {
        name: np.linalg.norm(path / np.linalg.norm(path, axis=1, keepdims=True) - known.direction, axis=1)[step]
        for name, path in (("log E", data["log"]), ("E", data["plain"]))
    }
    curves = [lines(step, gap, f"descent on {name}", color=k) for k, (name, gap) in enumerate(gaps.items())]
    drawn = Panel(curves, title="gap of the direction, this example", x="step", y="", x_log=True, y_log=True)
    words = (
        f"Left, the line of largest margin ({known.margin:.2f}, dashed) and those found by descent on log E after 1, 10 and 100 "
        f"steps. Middle, after 20000 steps descent on log E is {gaps['log E'][-1]:.1e} away from it, plain descent "
        f"{gaps['E'][-1]:.1e}. Right, in the runs of this claim the gap falls like 1/s."
    )
    return panels([_line(data, known), drawn, _law(data["units"])], words=words, height=2.7, salt=claim.id)


def _line(data: Mapping[str, Any], known: laws.HardMargin) -> Panel:
    x = data["labels"][:, None] * data["signed"]
    u, reach = known.direction, 4.0
    along = np.array([-u[1], u[0]]) * reach
    marks: list[Any] = [
        scatter(*x[data["labels"] == label].T, color=color, marker=marker, size=4.5)
        for label, color, marker in ((-1.0, "ink", 0), (1.0, "gray", 1))
    ]
    for shift in (-known.margin, known.margin):
        ends = np.stack([shift * u - along, shift * u + along])
        marks.append(lines(ends[:, 0], ends[:, 1], color="ink", dashes="dotted", width=0.8))
    for step, width in ((1, 0.5), (10, 0.8), (100, 1.2)):
        w = data["log"][step] / np.linalg.norm(data["log"][step])
        ends = np.stack([-reach * np.array([-w[1], w[0]]), reach * np.array([-w[1], w[0]])])
        marks.append(lines(ends[:, 0], ends[:, 1], color=0, width=width))
    marks.append(lines([-along[0], along[0]], [-along[1], along[1]], color="ink", dashes="dashed", width=0.9))
    return Panel(marks, title="line of largest margin", equal=True, ticks=False, limits=(-2.8, 2.8, -2.8, 2.8))


def _law(units: Any) -> Panel:
    marks: list[Any] = []
    for k, margin in enumerate(units["margin"].values):
        cell = units.sel(margin=margin, step_size=units["step_size"].values[-1])
        s, gap = cell["s"].values.reshape(-1, len(RECORDS)), cell["gap"].values.reshape(-1, len(RECORDS))
        middle = np.exp(np.log(gap).mean(axis=0))
        marks.append(scatter(s.ravel(), gap.ravel(), color=k + 3, size=1.6, alpha=0.4))
        marks.append(scatter(s.mean(axis=0), middle, f"margin {margin:g}", color=k + 3, marker=k, size=4.0))
        marks.append(
            lines(s.mean(axis=0), middle[-1] * s.mean(axis=0)[-1] / s.mean(axis=0), color="ink", dashes="dashed")
        )
    return Panel(marks, title="gap of the direction, all runs", x="$s = -\\log E$", x_log=True, y_log=True)


claim = Claim(
    id="optimization.max_margin",
    statement=(
        r"w_{l+1} = w_l - \tau \nabla \log E(w_l), \quad E = \tfrac{1}{n}\sum_i \log(1 + e^{-\langle z_i, w\rangle}): \qquad"
        r" s_{l+1} - s_l \to \tau\gamma^2, \quad \frac{\gamma |w_l|}{s_l} \to 1, \quad"
        r" \Big|\frac{w_l}{|w_l|} - u\Big| \sim \frac{\gamma |\tilde w|}{s_l}, \qquad s = -\log E"
    ),
    reading=(
        "On separable data the logistic risk has no minimizer, the parameters grow for ever, and their direction becomes that of "
        "the largest margin: the gap falls like one over the logarithm of the risk, with a known constant."
    ),
    source="soudry:2018, Theorem 3; nacson:2019, Theorem 5",
    assumes=[
        "a hyperplane through 0 separates the data",
        "support vectors are linearly independent, with positive dual weights",
        "updates follow the gradient: steepest descent in the Euclidean norm",
        "the step is divided by the loss; plain descent takes the same path, exponentially more slowly",
    ],
    predicts={
        "growth": Law("growth", equals=1.0, band=1e-6, resolution=1e-9),
        "offset": Law("offset", equals=1.0, band=1e-4, resolution=1e-9),
        "norm": Law("norm", equals=1.0, band=0.02),
        "direction": Rate("gap", over="step", exponent=-1.0, corrections=(1.0,)),
        "margin": Rate("lack", over="step", exponent=-1.0, corrections=(1.0,)),
    },
    measure=Experiment(
        measure,
        outputs={"gap": ("step",), "lack": ("step",), "s": ("step",)},
        coords={"step": RECORDS},
    ),
    grid={"margin": [0.5, 0.7, 1.0], "step_size": [0.05, 0.1, 0.2]},
    quick={"margin": [0.5, 1.0], "step_size": [0.1]},
    controls=[
        Control(
            "one point with both labels",
            "The data are not separable: the risk has a minimizer, and the parameters stop there.",
            change={"wrong": 1.0},
            grid={"margin": [1.0], "step_size": [0.1]},
            predicts={
                "growth": Law("growth", equals=1.0, statistic="median"),
                "offset": Law("offset", equals=1.0),
                "direction": Rate("gap", over="step", exponent=-1.0, corrections=(1.0,)),
            },
        ),
        Control(
            "sign descent",
            "Steps along the signs of the gradient are steepest descent in another norm, and maximize the margin in that norm.",
            change={"geometry": 1.0},
            grid={"margin": [1.0], "step_size": [0.1]},
            on=["growth", "direction"],
        ),
    ],
    illustrate=illustrate,
    picture=picture,
)
