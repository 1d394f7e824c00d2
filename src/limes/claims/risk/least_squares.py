"""Least squares: the loss of regression, its Hessian, and its minimizer found by two programs."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float
from scipy.linalg import lstsq

from limes._types import Data, RandomKey
from limes.claims.claim import Claim, Control, Experiment
from limes.claims.kinds import Identity
from limes.data.datasets import diabetes
from limes.data.samplers import linear_problem
from limes.draw import Panel, Picture, contours, lines, panels, scatter
from limes.models.functional import functional
from limes.models.linear import Linear
from limes.optimize.exact import solve
from limes.risk.empirical import EmpiricalRisk
from limes.risk.losses import least_squares
from limes.risk.penalty import Ridge

NUM = 300
DIM = 10
NOISE = 0.5


def load() -> dict[str, Array]:
    """Load the 442 diabetes patients: ten standardized variables, the target in units of its spread."""
    data = diabetes(standardized=True)
    return {"x": data.x, "y": (data.y - jnp.mean(data.y)) / jnp.std(data.y) + 2.0}


def measure(
    key: RandomKey,
    *,
    given: dict[str, Array] | None = None,
    data: str,
    strength: float,
    factor: float = 1.0,
    power: float = 1.0,
) -> dict[str, float]:
    r"""Minimize $E(\theta) = \frac1n |X\theta - y|^2 + \lambda |\theta|^2$ by `limes.solve` and by LAPACK, on 300 samples with a bias.

    `solution` is the relative difference of the two minimizers, `gradient` that of $\nabla E$ at ours from 0 (over the
    norm of $\frac2n X^\top y$), `hessian` that of $\nabla^2 E$ from $\frac2n X^\top X + 2\lambda I$, `excess` that of $E(\theta) - E(\hat\theta)$ at
    a random $\theta$ from $\frac1n |X(\theta - \hat\theta)|^2 + \lambda |\theta - \hat\theta|^2$.

    The formulas and LAPACK's problem have `factor` in front of the loss, and $n^{\mathrm{power}} \lambda$ for $n\lambda$.
    """
    key_data, key_theta = jax.random.split(key)
    sample = _gaussian(key_data) if data == "gaussian" else _patients(key_data, given)
    theta = jax.random.normal(key_theta, (DIM + 1,))
    ours, gradient, hessian, excess = (
        np.asarray(part) for part in _ours(sample.x, sample.y, strength, theta, penalized=strength > 0)
    )
    X, y = np.column_stack([sample.x, np.ones(NUM)]), np.asarray(sample.y)
    inner = strength * float(NUM) ** (power - 1.0)
    theirs = _lapack(X, y, NUM * inner / factor)
    form = factor * X.T @ X / NUM + inner * np.eye(DIM + 1)
    moved = np.asarray(theta) - ours
    return {
        "solution": _relative(ours - theirs, theirs),
        "gradient": _relative(gradient, 2.0 * X.T @ y / NUM),
        "hessian": _relative(hessian - 2.0 * form, form),
        "excess": abs(float(excess - moved @ form @ moved)) / float(moved @ form @ moved),
    }


@partial(jax.jit, static_argnames="penalized")
def _ours(
    x: Float[Array, "n d"], y: Float[Array, " n"], strength: float | Array, theta: Array, *, penalized: bool
) -> tuple[Array, Array, Array, Array]:
    """Return our minimizer, the gradient and the Hessian there, and the excess risk at `theta`."""
    apply, params = functional(Linear(DIM, bias=True))
    risk = EmpiricalRisk(apply, least_squares, Data(x, y), Ridge(strength) if penalized else None)
    flat, unravel = ravel_pytree(solve(risk, params))

    def value(theta: Array) -> Array:
        return risk(unravel(theta))

    return flat, jax.grad(value)(flat), jax.hessian(value)(flat), value(theta) - value(flat)


def _lapack(X: np.ndarray, y: np.ndarray, shift: float) -> np.ndarray:
    """Solve for the same minimizer by LAPACK's complete orthogonal factorization."""
    rows = np.sqrt(shift) * np.eye(X.shape[1])
    found = lstsq(np.vstack([X, rows]), np.append(y, np.zeros(len(rows))), lapack_driver="gelsy")
    return np.asarray(found[0])  # pyright: ignore[reportOptionalSubscript]


def _relative(difference: np.ndarray, reference: np.ndarray) -> float:
    return float(np.linalg.norm(difference) / np.linalg.norm(reference))


def _gaussian(key: RandomKey) -> Data:
    key_theta, key_data = jax.random.split(key)
    return linear_problem(key_data, NUM, jax.random.normal(key_theta, (DIM,)), noise=NOISE)


def _patients(key: RandomKey, given: dict[str, Array] | None) -> Data:
    table = load() if given is None else given
    index = jax.random.choice(key, table["x"].shape[0], (NUM,), replace=False)
    return Data(table["x"][index], table["y"][index])


def illustrate(key: RandomKey, given: dict[str, Array]) -> dict[str, np.ndarray]:
    """Fit lines to 40 Gaussian samples and to one variable of the patients; map the risk of the first."""
    sample = linear_problem(key, 40, jnp.asarray([0.8]), noise=NOISE)
    line = Data(sample.x, sample.y + 0.5)
    mass = Data(given["x"][:, 2:3], given["y"])
    apply, params = functional(Linear(1, bias=True))
    risk = EmpiricalRisk(apply, least_squares, line)
    slope, bias = jnp.linspace(-0.4, 2.0, 61), jnp.linspace(-0.6, 1.4, 61)
    _, unravel = ravel_pytree(params)
    level = jax.vmap(lambda b: jax.vmap(lambda a: risk(unravel(jnp.stack([a, b]))))(slope))(bias)
    path = jax.vmap(lambda strength: _flat(line, strength))(jnp.logspace(-4.0, 2.0, 61))
    return {
        name: np.asarray(value)
        for name, value in {
            "x": line.x[:, 0], "y": line.y, "fit": _flat(line, 0.0), "mass": mass.x[:, 0], "disease": mass.y,
            "mass fit": _flat(mass, 0.0), "slope": slope, "bias": bias, "level": level, "path": path,
        }.items()
    }  # fmt: skip


@jax.jit
def _flat(data: Data, strength: float | Array) -> Float[Array, " m"]:
    apply, params = functional(Linear(1, bias=True))
    risk = EmpiricalRisk(apply, least_squares, data, Ridge(strength))
    return ravel_pytree(solve(risk, params))[0]


def picture(data: Mapping[str, Any]) -> Picture:
    """Draw two data sets with their fits, and the risk of the first as a function of its two parameters."""
    a, b = data["fit"]
    residuals = np.stack([data["y"], a * data["x"] + b])
    ends, masses = (np.array([data[name].min(), data[name].max()]) for name in ("x", "mass"))
    slope, bias = data["mass fit"]
    first = [
        lines(np.stack([data["x"], data["x"]]), residuals, "residual", color="gray", width=0.6),
        scatter(data["x"], data["y"], "data", color="ink", size=2.6),
        lines(ends, a * ends + b, "least squares", color="vermilion"),
    ]
    second = [
        scatter(data["mass"], data["disease"], color="ink", size=1.6, alpha=0.5),
        lines(masses, slope * masses + bias, color="vermilion"),
    ]
    least = float(data["level"].min())
    third = [
        contours(data["slope"], data["bias"], data["level"], levels=[least + 0.1 * k**2 for k in range(1, 8)]),
        lines(data["path"][:, 0], data["path"][:, 1], "ridge, $\\lambda$ from 0 to 100", color="blue", dashes="dashed"),
        scatter([a], [b], color="vermilion", size=4.0),
    ]
    worst = float(data["units"]["solution"].max())
    return panels(
        [
            Panel(first, title="40 samples", x="$x$", y="$y$"),
            Panel(second, title="diabetes, 442 patients", x="body mass (standardized)", y="disease (scaled)"),
            Panel(third, title="the risk $E$", x="slope", y="bias"),
        ],
        words=(
            f"Least squares fits a line to 40 samples (slope {a:.3f}, bias {b:.3f}) and to the disease of 442 patients as a function of "
            f"their body mass (slope {slope:.3f}); the risk of the first is a bowl with its minimum {least:.3f} at the fit, and ridge "
            f"leads from there to zero. Over all units our minimizers and those of LAPACK differ by at most {worst:.1e}."
        ),
        salt="risk.least_squares",
        height=2.3,
    )


claim = Claim(
    id="risk.least_squares",
    statement=(
        r"E(\theta) = \frac{1}{n} \sum_{i=1}^{n} (y_i - \langle x_i, \theta\rangle)^2 + \lambda |\theta|^2: \quad"
        r" (X^\top X + n \lambda I)\, \hat\theta = X^\top y, \quad \nabla^2 E = \frac{2}{n} X^\top X + 2 \lambda I, \quad"
        r" E(\theta) - E(\hat\theta) = \frac{1}{n} |X(\theta - \hat\theta)|^2 + \lambda |\theta - \hat\theta|^2"
    ),
    reading=(
        "The risk of linear regression is a parabola in its parameters: its curvature is that of the data, and its lowest point, "
        "with or without ridge penalty, is the one that an independent solver finds."
    ),
    source="golub:2013, Section 5.3; hastie:2009, Sections 3.2 and 3.4; efron:2004, Section 7",
    assumes=[
        "the loss is (y - y')^2, without a factor 1/2",
        "the risk is a mean over n samples and the penalty is not, hence n lambda in the normal equations",
        "the penalty acts on all parameters, the bias too",
    ],
    predicts={
        "solution": Identity("solution", tolerance=1e-10),
        "gradient": Identity("gradient", tolerance=1e-11),
        "hessian": Identity("hessian", tolerance=1e-12),
        "excess": Identity("excess", tolerance=1e-10),
    },
    measure=Experiment(measure, given=load, host=True),
    grid={"data": ["gaussian", "diabetes"], "strength": [0.0, 0.001, 0.1, 10.0]},
    quick={"data": ["gaussian", "diabetes"], "strength": [0.0, 0.1]},
    controls=[
        Control(
            "half the loss",
            "With (y - y')^2 / 2 the same penalty weighs twice as much, and the curvature is half as large.",
            change={"factor": 0.5},
            grid={"data": ["gaussian", "diabetes"], "strength": [0.1]},
            on=["solution", "hessian", "excess"],
        ),
        Control(
            "penalty without n",
            "The normal equations are shifted by lambda and not by n lambda, as if the risk were a sum.",
            change={"power": 0.0},
            grid={"data": ["gaussian", "diabetes"], "strength": [0.1]},
            on=["solution"],
        ),
    ],
    illustrate=illustrate,
    picture=picture,
)
