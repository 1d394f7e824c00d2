"""Least squares with more and more features: overfitting, its peak, the second descent, the penalty.

The ceiling of "no peak" is exact: the best penalty does no worse than an infinite one, which
predicts zero and has excess risk $r^2$. That the tuned risk rises with $p$ is stated as a trend.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from limes._types import RandomKey
from limes.claims.claim import Claim, Control, Experiment
from limes.claims.kinds import Bound, Law, Trend
from limes.data.samplers import gaussian_design, sphere
from limes.laws import least_squares as laws

NUM = 60
NOISE = 0.5
RADIUS = 1.0
LARGEST = 240
DESIGNS = 48
PROBLEMS = 16


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
)
