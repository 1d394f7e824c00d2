"""Logistic regression: the loss of classification, its curvature, and its minimizer found by two programs."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float
from sklearn.linear_model import LogisticRegression

from limes._types import Data, RandomKey
from limes.claims.claim import Claim, Control, Experiment
from limes.claims.kinds import Bound, Identity
from limes.data.datasets import breast_cancer
from limes.draw import Panel, Picture, lines, panels, scatter
from limes.models.functional import functional
from limes.models.linear import Linear
from limes.optimize.exact import solve
from limes.risk.empirical import EmpiricalRisk
from limes.risk.losses import logistic
from limes.risk.penalty import Ridge

NUM = 400
DIM = 10
SIGNAL = 2.0
RANDOM = 32


def load() -> dict[str, Array]:
    """Load 569 tumors: the ten mean measurements, standardized; 1 is benign, -1 malignant."""
    data = breast_cancer(standardized=True)
    return {"x": data.x[:, :DIM], "y": data.y}


def measure(
    key: RandomKey,
    *,
    given: dict[str, Array] | None = None,
    data: str,
    strength: float,
    low: float = -1.0,
    power: float = 1.0,
    slope: float = 1.0,
) -> dict[str, float]:
    r"""Minimize $E(\theta) = \frac1n \sum_i \log(1 + e^{-y_i \langle x_i, \theta\rangle}) + \lambda |\theta|^2$ twice, on 400 samples with a bias.

    `solution` is the relative difference of the minimizers of `limes.solve` and of scikit-learn, `gradient` that of
    $\nabla E$ at ours from 0 (over the norm of $\frac1n X^\top y$). `curvature` is the largest eigenvalue of $\nabla^2 E - 2\lambda I$
    over $\lambda_{\max}(X^\top X) / 4n$, the largest over random $\theta$ of all lengths; `flat` the distance of this ratio from 1 at
    $\theta = 0$. `swap` is the relative defect of $E_y(\theta) - E_{-y}(\theta) = -\frac1n \sum_i y_i \langle x_i, \theta\rangle$.

    Ours sees `low` for the label -1 and the loss $\log(1 + e^{-s y y'})$ with $s$ = `slope`; scikit-learn has
    $n^{\mathrm{power}} \lambda$ for $n \lambda$.
    """
    key_data, key_theta = jax.random.split(key)
    sample = _gaussian(key_data) if data == "gaussian" else _tumors(key_data, given)
    length = jnp.logspace(-2.0, 1.0, RANDOM)[:, None]
    thetas = length * jax.random.normal(key_theta, (RANDOM, DIM + 1))
    labels = jnp.where(sample.y > 0, 1.0, low)
    found = _ours(sample.x, labels, strength, slope, thetas, penalized=strength > 0)
    ours, gradient, curvature, flat, swap = (np.asarray(part) for part in found)
    X, y = np.column_stack([sample.x, np.ones(NUM)]), np.asarray(sample.y)
    theirs = _scikit_learn(X, y, float(NUM) ** power * strength)
    largest = float(np.linalg.eigvalsh(X.T @ X / (4 * NUM))[-1])
    return {
        "solution": float(np.linalg.norm(ours - theirs) / np.linalg.norm(theirs)),
        "gradient": float(np.linalg.norm(gradient) / np.linalg.norm(X.T @ y / NUM)),
        "curvature": float(curvature.max()) / largest,
        "flat": abs(float(flat) / largest - 1.0),
        "swap": float(np.max(np.abs(swap))),
    }


@partial(jax.jit, static_argnames="penalized")
def _ours(
    x: Float[Array, "n d"],
    y: Float[Array, " n"],
    strength: float | Array,
    slope: float | Array,
    thetas: Float[Array, "k m"],
    *,
    penalized: bool,
) -> tuple[Array, ...]:
    """Return our minimizer, the gradient there, the curvatures at `thetas` and at 0, and the defects of the swap."""
    apply, params = functional(Linear(DIM, bias=True))
    _, unravel = ravel_pytree(params)
    penalty = Ridge(strength) if penalized else None

    def risk(theta: Array, labels: Array = y) -> Array:
        sharper = lambda params, x: slope * apply(params, x)
        return EmpiricalRisk(sharper, logistic, Data(x, labels, "binary"))(unravel(theta))

    def penalized_risk(theta: Array) -> Array:
        return risk(theta) if penalty is None else risk(theta) + penalty(unravel(theta))

    def curvature(theta: Array) -> Array:
        return jnp.linalg.eigvalsh(jax.hessian(risk)(theta))[-1]

    def swap(theta: Array) -> Array:
        both = risk(theta), risk(theta, -y)
        mean = jnp.mean(y * jax.vmap(lambda x: apply(unravel(theta), x))(x))
        return (both[0] - both[1] + mean) / (both[0] + both[1])

    flat, _ = ravel_pytree(solve(EmpiricalRisk(apply, logistic, Data(x, y, "binary"), penalty), params))
    return (
        flat,
        jax.grad(penalized_risk)(flat),
        jax.lax.map(curvature, thetas),
        curvature(0.0 * flat),
        jax.vmap(swap)(thetas),
    )


def _scikit_learn(X: np.ndarray, y: np.ndarray, shift: float) -> np.ndarray:
    r"""Minimize $\sum_i \log(1 + e^{-y_i \langle x_i, \theta\rangle}) + \mathrm{shift} |\theta|^2$: scikit-learn's $C$ is 1/(2 shift)."""
    model = LogisticRegression(
        C=np.inf if shift == 0 else 1.0 / (2.0 * shift),
        fit_intercept=False,
        solver="newton-cholesky",
        tol=1e-12,
        max_iter=1000,
    )
    return model.fit(X, y).coef_[0]


def _gaussian(key: RandomKey) -> Data:
    key_x, key_theta, key_y = jax.random.split(key, 3)
    x = jax.random.normal(key_x, (NUM, DIM))
    theta = jax.random.normal(key_theta, (DIM,))
    odds = jax.nn.sigmoid(SIGNAL * x @ theta / jnp.linalg.norm(theta))
    return Data(x, jnp.where(jax.random.uniform(key_y, (NUM,)) < odds, 1.0, -1.0), "binary")


def _tumors(key: RandomKey, given: dict[str, Array] | None) -> Data:
    table = load() if given is None else given
    index = jax.random.choice(key, table["x"].shape[0], (NUM,), replace=False)
    return Data(table["x"][index], table["y"][index], "binary")


def illustrate(key: RandomKey, given: dict[str, Array]) -> dict[str, np.ndarray]:
    """Fit two variables: 120 points of two Gaussian classes, and two measurements of the tumors."""
    y = jnp.where(jnp.arange(120) < 60, 1.0, -1.0)
    x = jax.random.normal(key, (120, 2)) + jnp.outer(y, jnp.asarray([1.0, 0.6]))
    tumors = given["x"][:, jnp.asarray([0, 7])]
    drawn = {"x": x, "y": y, "line": _line(x, y)}
    drawn |= {"tumors": tumors, "kind": given["y"], "tumor line": _line(tumors, given["y"])}
    return {name: np.asarray(value) for name, value in drawn.items()}


def _line(x: Float[Array, "n d"], y: Float[Array, " n"]) -> Float[Array, " m"]:
    apply, params = functional(Linear(2, bias=True))
    return ravel_pytree(solve(EmpiricalRisk(apply, logistic, Data(x, y, "binary")), params))[0]


def picture(data: Mapping[str, Any]) -> Picture:
    """Draw two data sets with their separating lines, and the loss beside two others."""
    m = np.linspace(-2.2, 3.4, 141)
    losses = [
        lines(m, np.log1p(np.exp(-m)), "logistic loss", color="ink"),
        lines(m, (1 - m) ** 2, "least squares", color="gray", dashes="dashed"),
        lines(m, np.where(m > 0, 0.0, 1.0), "number of errors", color="gray", dashes="dotted"),
    ]
    wrong = [
        _errors(data[x], data[y], data[line]) for x, y, line in (("x", "y", "line"), ("tumors", "kind", "tumor line"))
    ]
    worst = data["units"]["solution"].max()
    return panels(
        [
            Panel(_classes(data["x"], data["y"], data["line"], key=True), "two classes", "$x_1$", "$x_2$", limits=(-3.5, 3.5, -3.5, 3.5)),
            Panel(
                _classes(data["tumors"], data["kind"], data["tumor line"]),
                "569 tumors", "radius (standardized)", "concave points", limits=(-2.3, 4.2, -1.6, 4.2),
            ),
            Panel(losses, "the loss of a label $y$", "$y y'$", "loss", limits=(-2.2, 3.4, 0.0, 4.0)),
        ],
        words=(
            f"Logistic regression separates two classes by the line where both are equally likely (dotted: 9 to 1): {wrong[0]} of 120 points "
            f"and {wrong[1]} of 569 tumors lie on the wrong side. Its loss never rises with the margin, unlike least squares. "
            f"Over all units our minimizers and those of scikit-learn differ by at most {float(worst):.1e}."
        ),
        salt="risk.logistic",
        height=2.4,
    )  # fmt: skip


def _classes(x: np.ndarray, y: np.ndarray, line: np.ndarray, *, key: bool = False) -> list[Any]:
    labels = ("$y = 1$", "$y = -1$", "separating line", "odds of 9 to 1") if key else ("", "", "", "")
    across = np.array([-4.0, 5.0])
    heights = [(odds - line[2] - line[0] * across) / line[1] for odds in (0.0, -np.log(9.0), np.log(9.0))]
    return [
        scatter(x[y > 0, 0], x[y > 0, 1], labels[0], color="blue", size=2.4, alpha=0.7),
        scatter(x[y < 0, 0], x[y < 0, 1], labels[1], color="vermilion", size=2.4, marker=1, alpha=0.7),
        lines(across, heights[0], labels[2], color="ink"),
        lines(across, np.stack(heights[1:], axis=1), labels[3], color="ink", dashes="dotted", width=0.8),
    ]


def _errors(x: np.ndarray, y: np.ndarray, line: np.ndarray) -> int:
    return int(np.sum(y * (x @ line[:2] + line[2]) <= 0))


claim = Claim(
    id="risk.logistic",
    statement=(
        r"E(\theta) = \frac{1}{n} \sum_{i=1}^{n} \log\big(1 + e^{-y_i \langle x_i, \theta\rangle}\big) + \lambda |\theta|^2, \; y_i \in \{-1, 1\}:"
        r" \quad \nabla E(\hat\theta) = 0, \quad \lambda_{\max}\big(\nabla^2 E(\theta)\big) \le \frac{\lambda_{\max}(X^\top X)}{4n} + 2\lambda,"
        r" \text{ attained at } \theta = 0"
    ),
    reading=(
        "The logistic risk of a linear classifier has one lowest point, which an independent solver finds too, and it is nowhere "
        "more curved than a quarter of the data's own curvature."
    ),
    source="boyd:2004, Section 7.1.1; hastie:2009, Section 4.4; street:1993",
    assumes=[
        "the loss is log(1 + exp(-y y'))",
        "labels are -1 and 1",
        "the risk is a mean over n samples and the penalty is not",
        "without penalty the two classes overlap: no hyperplane separates them",
    ],
    predicts={
        "solution": Identity("solution", tolerance=1e-8),
        "gradient": Identity("gradient", tolerance=1e-12),
        "curvature": Bound("curvature", below=1.0, resolution=1e-10),
        "flat": Identity("flat", tolerance=1e-12),
        "swap": Identity("swap", tolerance=1e-12),
    },
    measure=Experiment(measure, given=load, host=True),
    grid={"data": ["gaussian", "tumors"], "strength": [0.0, 0.0001, 0.01, 1.0]},
    quick={"data": ["gaussian", "tumors"], "strength": [0.0, 0.01]},
    controls=[
        Control(
            "labels 0 and 1",
            "A label 0 costs log 2 whatever the prediction, so only one class is fitted.",
            change={"low": 0.0},
            grid={"data": ["gaussian", "tumors"], "strength": [0.01]},
            on=["solution", "flat"],
        ),
        Control(
            "penalty without n",
            "The other solver's penalty is that of a sum over the samples, not of a mean.",
            change={"power": 0.0},
            grid={"data": ["gaussian", "tumors"], "strength": [0.01]},
            on=["solution"],
        ),
        Control(
            "steeper loss",
            "With log(1 + exp(-2 y y')) the curvature is four times as large.",
            change={"slope": 2.0},
            grid={"data": ["gaussian", "tumors"], "strength": [0.01]},
            on=["curvature", "flat", "swap"],
        ),
    ],
    illustrate=illustrate,
    picture=picture,
)
