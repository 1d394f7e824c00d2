"""Least squares with more and more features: overfitting, its peak, the second descent, the penalty.

The ceiling of "no peak" is exact: the best penalty does no worse than an infinite one, which
predicts zero and has excess risk $r^2$. That the tuned risk rises with $p$ is stated as a trend.
"""

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from limes._types import Data, RandomKey
from limes.claims.claim import Claim, Control, Experiment
from limes.claims.kinds import Bound, Law, Trend
from limes.data.samplers import gaussian_design, sphere
from limes.draw import Panel, Picture, lines, panels, scatter
from limes.laws import least_squares as laws
from limes.models.functional import functional
from limes.models.linear import Linear
from limes.optimize.exact import solve
from limes.risk.empirical import EmpiricalRisk
from limes.risk.losses import least_squares

NUM = 60
NOISE = 0.5
RADIUS = 1.0
LARGEST = 240
DESIGNS = 48
PROBLEMS = 16
DEGREES = (1, 4, 13)


def measure(
    key: RandomKey,
    *,
    p: int | Int[Array, ""],
    strength: float | Float[Array, ""] = 1.0,
    decay: float | Float[Array, ""] = 0.0,
    dependence: float | Float[Array, ""] = 0.0,
) -> dict[str, Array]:
    r"""Fit $y = X\theta + s\,\xi$ by the least-norm solution and by ridge; average their risks over inner draws.

    Of the least-norm solution: `train` and `test`, its training and its excess test risk, and `fitted`,
    by how much its training risk lies below that of the true $\theta$. `ridge` is the excess test risk with
    $n\lambda$ equal to `strength` times $s^2 p / r^2$. The design has variance $k^{-\mathrm{decay}}$ in coordinate
    $k$; `dependence` mixes noise that depends on $x_1$ into $\xi$.
    """
    risks = jax.vmap(lambda key: _design(key, p, strength, decay, dependence))(jax.random.split(key, DESIGNS))
    return {name: jnp.mean(risk) for name, risk in risks.items()}


def _design(
    key: RandomKey, p: int | Array, strength: float | Array, decay: float | Array, dependence: float | Array
) -> dict[str, Array]:
    key_x, key_theta, key_noise = jax.random.split(key, 3)
    size = jnp.asarray(p, dtype=int)
    index = jnp.arange(LARGEST)
    mask = (index < size).astype(float)
    spectrum = mask * (1.0 + index.astype(float)) ** -decay
    X = gaussian_design(key_x, NUM, spectrum)
    theta = jax.vmap(lambda key: sphere(key, mask, RADIUS), out_axes=1)(jax.random.split(key_theta, PROBLEMS))
    xi = (1.0 - dependence) * jax.random.normal(key_noise, (NUM, PROBLEMS))
    xi = xi + dependence * ((X[:, :1] ** 2 - 1.0) / jnp.sqrt(2.0))
    y = X @ theta + NOISE * xi

    w, V = jnp.linalg.eigh(X @ X.T)
    kept = jnp.arange(NUM) >= NUM - jnp.minimum(size, NUM)
    c = V.T @ y
    penalty = strength * NOISE**2 * size.astype(w.dtype) / RADIUS**2

    def excess(inverse: Float[Array, " n"]) -> Float[Array, ""]:
        theta_hat = X.T @ (V @ (inverse[:, None] * c))
        return jnp.sum(spectrum[:, None] * (theta_hat - theta) ** 2) / PROBLEMS

    train = jnp.sum(jnp.where(kept[:, None], 0.0, c) ** 2) / (NUM * PROBLEMS)
    return {
        "train": train,
        "fitted": NOISE**2 * jnp.mean(xi**2) - train,
        "test": excess(jnp.where(kept, 1.0 / jnp.where(kept, w, 1.0), 0.0)),
        "ridge": excess(1.0 / (jnp.maximum(w, 0.0) + penalty)),
    }


def excess_risk(p: int) -> float:
    """Return the predicted excess test risk of the least-norm solution with `p` features."""
    return float(laws.excess_risk(NUM, p, NOISE, RADIUS))


def fitted_noise(p: int) -> float:
    """Return by how much the training risk with `p` features should lie below that of the truth."""
    return NOISE**2 - float(laws.training_risk(NUM, p, NOISE))


def has_no_variance(p: int) -> bool:
    """Tell whether the test risk has an infinite variance, so that no average settles it."""
    return not bool(laws.has_variance(NUM, p))


def illustrate(key: RandomKey, given: Any) -> dict[str, np.ndarray]:
    """Fit 14 noisy samples of a sine by polynomials of degree 1, 4 and 13."""
    del given
    x = jnp.linspace(-0.95, 0.95, 14)
    y = jnp.sin(4.0 * x) + 0.3 * jax.random.normal(key, x.shape)
    grid = jnp.linspace(-1.0, 1.0, 201)
    fits = [_polynomial(x, y, grid, degree) for degree in DEGREES]
    return {"x": np.asarray(x), "y": np.asarray(y), "grid": np.asarray(grid), "fits": np.asarray(jnp.stack(fits))}


def _polynomial(x: Array, y: Array, grid: Array, degree: int) -> Array:
    """Least squares in the Chebyshev polynomials cos(k arccos x), k <= degree."""
    phi = lambda x: jnp.cos(jnp.outer(jnp.arccos(x), jnp.arange(degree + 1.0)))
    apply, params = functional(Linear(degree + 1))
    theta = solve(EmpiricalRisk(apply, least_squares, Data(phi(x), y)), params)
    return jax.vmap(lambda features: apply(theta, features))(phi(grid))


def picture(data: Mapping[str, Any]) -> Picture:
    """Draw three fits of one sample, and the risks with their laws as features are added."""
    x, grid, units = data["x"], data["grid"], data["units"]
    sine = lines(grid, np.sin(4.0 * grid), "truth", color="gray", dashes="dashed")
    names = ("underfitting", "about right", "overfitting")
    fits = [
        Panel(
            [sine, scatter(x, data["y"], "samples", color="ink"), lines(grid, fit, "fit", color="vermilion")],
            f"degree {degree}: {name}", "$x$", "$y$", limits=(-1.0, 1.0, -2.2, 2.2),
        )
        for degree, name, fit in zip(DEGREES, names, data["fits"], strict=True)
    ]  # fmt: skip
    worst, ridge = float(units["test"].mean("seed").max()), float(units["ridge"].max())
    return panels(
        [fits[:2], [fits[2], _risks(units)]],
        words=(
            "A line underfits 14 samples of a sine, degree 4 follows it, degree 13 runs through every sample. Last, training and test risk as "
            f"features are added to {NUM} samples: the training risk falls to zero, the test risk peaks (largest measured mean {worst:.2f}) "
            f"and falls again; with the best ridge penalty it stays below {ridge:.2f}. Lines are the exact laws."
        ),
        salt="risk.overfitting",
        width="page",
    )


def _risks(units: Any) -> Panel:
    p = np.arange(1, LARGEST + 1).astype(float)
    test, train = np.asarray(laws.excess_risk(NUM, p, NOISE, RADIUS)), np.asarray(laws.training_risk(NUM, p, NOISE))
    measured = [("train", "training risk", "blue"), ("test", "test risk", "purple"), ("ridge", "with ridge", "green")]
    marks: list[Any] = [
        lines(p, np.where(np.isfinite(test), test, np.nan), color="purple", width=0.8),
        lines(p, np.where(train > 0, train, np.nan), color="blue", width=0.8),
    ]
    for k, (name, label, color) in enumerate(measured):
        mean = units[name].mean("seed")
        marks.append(scatter(mean["p"].values, mean.where(mean > 0).values, label, color=color, size=3.2, marker=k))
    title, axis = "risks of linear regression", f"features $p$ ({NUM} samples)"
    return Panel(marks, title, axis, "risk", y_log=True, limits=(0.0, 245.0, 0.004, 12.0))


claim = Claim(
    id="risk.overfitting",
    statement=(
        r"\mathbb{E}\,|\hat\theta - \theta|^2 = \begin{cases} \dfrac{s^2 p}{n - p - 1} & p < n - 1 \\[2ex]"
        r" \dfrac{s^2 n}{p - n - 1} + r^2 \Big(1 - \dfrac{n}{p}\Big) & p > n + 1 \end{cases} \qquad"
        r" \mathbb{E}\,\tfrac{1}{n} |X\hat\theta - y|^2 = s^2 \Big(1 - \frac{p}{n}\Big)_+, \quad \hat\theta = X^+ y"
    ),
    reading=(
        "With more features the training error falls to zero while the test error rises to a peak where features and samples "
        "are equal in number, then falls again; with the best ridge penalty it never passes the error of predicting zero."
    ),
    source="belkin:2020, Theorem 1; hastie:2022, Section 3; nakkiran:2021, Lemma 2",
    assumes=[
        "the design is Gaussian with the identity for covariance",
        "the noise is independent of the design, with one variance",
        "the signal has the same length whatever the number of features",
        "the ridge penalty is the best one, n lambda = s^2 p / r^2",
    ],
    predicts={
        "test": Law("test", equals=excess_risk),
        "train": Law("fitted", equals=fitted_noise),
        "ridge": Trend("ridge", over="p", increasing=True),
        "no peak": Bound("ridge", below=RADIUS**2),
    },
    measure=Experiment(measure, traced=("p",), skip=has_no_variance),
    grid={"p": [6, 15, 30, 45, 52, 58, 60, 62, 68, 75, 90, 120, 180, 240]},
    quick={"p": [6, 30, 45, 60, 75, 120, 240]},
    controls=[
        Control(
            "unequal variances",
            "The variance of coordinate k falls like 1/k, so the design is not isotropic.",
            change={"decay": 1.0},
            grid={"p": [90, 240]},
            on=["test"],
        ),
        Control(
            "noise tied to the design",
            "The noise is a function of the first feature: uncorrelated with the features, but not independent of them.",
            change={"dependence": 1.0},
            grid={"p": [6]},
            on=["test"],
        ),
        Control(
            "hardly any penalty",
            "With a thousandth of the best penalty the risk beyond n falls as features are added: the peak is back.",
            change={"strength": 0.001},
            grid={"p": [70, 85, 120]},
            on=["ridge", "no peak"],
        ),
    ],
    illustrate=illustrate,
    picture=picture,
)
