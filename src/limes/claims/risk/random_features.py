"""Random Fourier features approach the Gaussian kernel like the inverse root of their number."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from limes._types import RandomKey
from limes.claims.claim import Claim, Control, Experiment
from limes.claims.kinds import Law, Rate
from limes.laws import random_features as laws
from limes.models.kernel import GaussianKernel, RandomFeatures, gram

DIM = 3
POINTS = 32
DRAWS = 48
BLOCK = 64
FEW = [4, 12, 36, 108, 324]


def measure(
    key: RandomKey,
    *,
    D: int | Int[Array, ""],
    shared: float | Float[Array, ""] = 0.0,
    scale: float | Float[Array, ""] = 1.0,
) -> dict[str, Array]:
    r"""Compare the kernel matrix $K$ with that of $D$ random frequencies, $K_D$, on a Gaussian design.

    Each of `DRAWS` inner draws takes its own points and frequencies; the mean square runs over
    draws and pairs of points. `shared` is the correlation between any two frequencies of a draw,
    each of which stays $N(0, I)$; `scale` multiplies the frequencies.
    """
    squares, largest = jax.vmap(lambda key: _errors(key, D, shared, scale))(jax.random.split(key, DRAWS))
    mean = jnp.mean(squares)
    return {"error": jnp.sqrt(mean), "mean_square": mean, "sup": jnp.mean(largest)}


def _errors(key: RandomKey, D: int | Array, shared: float | Array, scale: float | Array) -> tuple[Array, Array]:
    key_x, key_common, key_omega = jax.random.split(key, 3)
    x = jax.random.normal(key_x, (POINTS, DIM))
    common = jax.random.normal(key_common, (1, DIM))
    count = jnp.asarray(D, dtype=int)

    def add(block: Array, K: Array) -> Array:
        own = jax.random.normal(jax.random.fold_in(key_omega, block), (BLOCK, DIM))
        omega = scale * (jnp.sqrt(1.0 - shared) * own + jnp.sqrt(shared) * common)
        phi = jax.vmap(RandomFeatures(omega))(x)
        used = (block * BLOCK + jnp.arange(BLOCK) < count).astype(x.dtype)
        return K + (phi * jnp.tile(used, 2)[None, :]) @ phi.T

    blocks = (count + BLOCK - 1) // BLOCK
    total = jax.lax.fori_loop(0, blocks, add, jnp.zeros((POINTS, POINTS), x.dtype))
    pairs = jnp.triu_indices(POINTS, k=1)
    error = (total * (BLOCK / count.astype(x.dtype)) - gram(GaussianKernel(), x, x))[pairs]
    return jnp.mean(error**2), jnp.max(jnp.abs(error))


def mean_square(D: int) -> float:
    """Return the predicted mean square for `D` frequencies on this design."""
    return float(laws.mean_square(D, DIM))


claim = Claim(
    id="risk.random_features",
    statement=(
        r"K_D(x, x') = \tfrac{1}{D} \sum_{k=1}^{D} \cos\langle\omega_k, x - x'\rangle \;\to\; e^{-|x - x'|^2/2}"
        r" \text{ like } D^{-1/2}, \quad \mathbb{E}\,(K_D - K)^2 = \frac{(1 - e^{-|x - x'|^2})^2}{2D}"
    ),
    reading=(
        "Training on D random features is training with a kernel as D goes to infinity, and the two kernels differ by an error "
        "that halves when D is multiplied by four."
    ),
    source="rahimi:2007, Claim 1; sutherland:2015, Section 2",
    assumes=[
        "the frequencies are independent of one another and of the points",
        "the frequencies follow the spectrum of the kernel, N(0, I)",
        "features are pairs of a cosine and a sine, D pairs",
    ],
    predicts={
        "rate": Rate("error", over="D", exponent=-0.5, corrections=(0.5, 1.0), resolution=1e-14),
        "uniform": Rate("sup", over="D", exponent=-0.5, corrections=(0.5, 1.0), resolution=1e-14),
        "law": Law("mean_square", equals=mean_square),
    },
    measure=Experiment(measure, traced=("D",)),
    grid={"D": [4, 16, 64, 256, 1024, 4096]},
    quick={"D": FEW},
    controls=[
        Control(
            "shared frequency",
            "All frequencies of a draw are one and the same, so that more of them say nothing new.",
            change={"shared": 1.0},
            grid={"D": FEW},
        ),
        Control(
            "wrong spectrum",
            "Frequencies 1.5 times too large belong to another kernel, and the error keeps a floor.",
            change={"scale": 1.5},
            grid={"D": FEW},
        ),
    ],
)
