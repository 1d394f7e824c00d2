"""Ridge regression on polynomial features is kernel ridge regression."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from limes._types import Data, RandomKey
from limes.claims.claim import Claim, Control, Experiment
from limes.claims.kinds import Identity
from limes.data.datasets import digits
from limes.models.functional import functional
from limes.models.kernel import PolynomialFeatures, PolynomialKernel, gram, kernel_ridge
from limes.models.linear import Linear
from limes.optimize.exact import solve
from limes.risk.empirical import EmpiricalRisk
from limes.risk.losses import least_squares
from limes.risk.penalty import Ridge

DIM = 16
TRAIN = 100
TEST = 50
STRENGTH = 0.01
OFFSET = 1.0


def load() -> dict[str, Array]:
    """Load the digits, pooled to 4 by 4 pixels; the target is the digit, scaled to [-1, 1]."""
    data = digits(flat=True, pool=2)
    return {"x": data.x, "y": data.y.astype(data.x.dtype) / 4.5 - 1.0}


def measure(
    key: RandomKey,
    *,
    given: dict[str, Array] | None = None,
    data: str,
    cross: float | Float[Array, ""] = 2.0,
    power: float | Float[Array, ""] = 1.0,
) -> dict[str, Array]:
    r"""Fit ridge on $\phi(x)$ and kernel ridge with $(c + \langle x, x'\rangle)^2$ to the same samples.

    `predictions` and `norm` are relative defects, between predictions at new points and between
    $|\theta|$ and $\sqrt{\alpha^\top K \alpha}$. `tolerance` is their rounding bound, $n \epsilon$ times a bound on the
    condition number, $1 + \mathrm{tr}(K)/(n\lambda)$. `cross` is the squared weight of the cross terms in $\phi$;
    the kernel's system is shifted by $n^{\mathrm{power}} \lambda$.
    """
    x, y = _gaussian(key) if data == "gaussian" else _sample(key, given)
    train = Data(x[:TRAIN], y[:TRAIN])
    kernel = PolynomialKernel(OFFSET)
    dual = kernel_ridge(kernel, train, STRENGTH * jnp.asarray(float(TRAIN)) ** (power - 1.0))

    phi = jax.vmap(PolynomialFeatures(OFFSET, cross))(x)
    apply, params = functional(Linear(phi.shape[1]))
    primal = solve(EmpiricalRisk(apply, least_squares, Data(phi[:TRAIN], train.y), Ridge(STRENGTH)), params)

    ours = jax.vmap(lambda features: apply(primal, features))(phi[TRAIN:])
    theirs = jax.vmap(dual)(x[TRAIN:])
    length = jnp.linalg.norm(jax.tree.leaves(primal)[0])
    trace = jnp.trace(gram(kernel, train.x, train.x))
    return {
        "predictions": jnp.linalg.norm(ours - theirs) / jnp.linalg.norm(theirs),
        "norm": jnp.abs(length - dual.norm()) / dual.norm(),
        "tolerance": TRAIN * jnp.finfo(x.dtype).eps * (1.0 + trace / (TRAIN * STRENGTH)),
    }


def _gaussian(key: RandomKey) -> tuple[Array, Array]:
    z = jax.random.normal(key, (TRAIN + TEST, DIM + 1))
    x = z[:, :DIM] / jnp.sqrt(float(DIM))
    return x, x[:, 0] * x[:, 1] + 0.1 * z[:, DIM]


def _sample(key: RandomKey, given: dict[str, Array] | None) -> tuple[Array, Array]:
    images = load() if given is None else given
    index = jax.random.choice(key, images["x"].shape[0], (TRAIN + TEST,), replace=False)
    return images["x"][index], images["y"][index]


claim = Claim(
    id="risk.kernel_trick",
    statement=(
        r"\min_\theta \tfrac{1}{n} |\phi(X)\theta - y|^2 + \lambda |\theta|^2 \;\text{is attained at}\; \theta = \phi(X)^\top \alpha,"
        r" \quad (K + n\lambda I)\alpha = y, \quad K_{ij} = \langle \phi(x_i), \phi(x_j) \rangle = (c + \langle x_i, x_j \rangle)^2"
    ),
    reading=(
        "Replacing x by all its products of degree two and fitting a linear model is the same as fitting with the polynomial kernel, "
        "which never forms these products: same predictions, same norm."
    ),
    source="saunders:1998, Section 2; scholkopf:2002, Section 4.2",
    assumes=[
        "the kernel is the inner product of the features",
        "both sides have the same penalty: n lambda beside K for a risk that is a mean",
        "lambda is positive",
    ],
    predicts={
        "predictions": Identity("predictions", tolerance="tolerance"),
        "norm": Identity("norm", tolerance="tolerance"),
    },
    measure=Experiment(measure, given=load),
    grid={"data": ["gaussian", "digits"]},
    quick={"data": ["gaussian", "digits"]},
    controls=[
        Control(
            "cross terms too small",
            "Products of two different coordinates enter without the factor root two, so the kernel is not the inner product.",
            change={"cross": 1.0},
        ),
        Control(
            "penalty without n",
            "The kernel's system is shifted by lambda and not by n lambda, so the two penalties differ.",
            change={"power": 0.0},
        ),
    ],
)
