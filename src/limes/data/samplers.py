"""Random designs and problems whose population is known in closed form."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from limes._errors import InputError
from limes._types import Data, RandomKey


def geometric_spectrum(num: int, condition: float | Float[Array, ""]) -> Float[Array, " d"]:
    r"""Return $s_i = \kappa^{-(i - 1)/(d - 1)}$, $i = 1, ..., d$: from 1 down to $1/\kappa$, evenly in the logarithm.

    Raises `InputError` for fewer than two values.
    """
    if num < 2:
        raise InputError(f"geometric_spectrum: num must be at least 2, got {num!r}; one value has condition 1")
    return jnp.asarray(condition, dtype=float) ** -jnp.linspace(0.0, 1.0, num)


def power_spectrum(num: int, exponent: float | Float[Array, ""]) -> Float[Array, " d"]:
    r"""Return $s_i = i^{-a}$, $i = 1, ..., d$.

    Raises `InputError` for fewer than one value.
    """
    if num < 1:
        raise InputError(f"power_spectrum: num must be at least 1, got {num!r}; ask for one value or more")
    return jnp.arange(1.0, num + 1.0) ** -jnp.asarray(exponent, dtype=float)


def gaussian_design(key: RandomKey, num: int, spectrum: Float[Array, " d"]) -> Float[Array, "n d"]:
    r"""Draw rows $x_i \sim N(0, \mathrm{diag}(s_1, ..., s_d))$, independent.

    A zero in `spectrum` gives a column of zeros: with a mask for a spectrum one program
    serves every dimension up to $d$.
    """
    return jax.random.normal(key, (num, spectrum.shape[0]), spectrum.dtype) * jnp.sqrt(spectrum)[None, :]


def exact_design(key: RandomKey, num: int, covariance: Float[Array, "d d"] | Float[Array, " d"]) -> Float[Array, "n d"]:
    r"""Draw a design whose sample covariance is given to rounding: $\frac1n X^\top X = C$.

    $$X = \sqrt{n}\, Q R, \qquad R^\top R = C,$$

    with $Q$ the uniform orthonormal $n \times d$ matrix, a Gaussian design whitened. Rows are neither
    independent nor centered. A vector stands for a diagonal $C$; zeros are welcome there, as in `gaussian_design`.

    Raises `InputError` when $n < d$, as the rank of $C$ could not be reached. Source: `mezzadri:2007`, Section 5.
    """
    d = covariance.shape[0]
    if num < d:
        raise InputError(f"exact_design: num must be at least the dimension {d}, got {num}; draw more rows")
    Q, upper = jnp.linalg.qr(jax.random.normal(key, (num, d), covariance.dtype))
    Q = Q * jnp.where(jnp.diagonal(upper) < 0, -1.0, 1.0)[None, :]
    if covariance.ndim == 1:
        return jnp.sqrt(1.0 * num) * Q * jnp.sqrt(covariance)[None, :]
    values, vectors = jnp.linalg.eigh(covariance)
    root = (vectors * jnp.sqrt(jnp.maximum(values, 0.0))[None, :]) @ vectors.T
    return jnp.sqrt(1.0 * num) * Q @ root


def orthogonal_noise(key: RandomKey, x: Float[Array, "n d"]) -> Float[Array, " n"]:
    r"""Draw a residual orthogonal to the columns, of mean square one: $X^\top r = 0$, $\frac1n |r|^2 = 1$.

    It is Gaussian noise projected, then scaled; its direction is uniform among those allowed.

    Raises `InputError` when $n \le d$, as no direction need be left.
    """
    n, d = x.shape
    if n <= d:
        raise InputError(f"orthogonal_noise: more rows than columns are needed, got {n} and {d}; draw more rows")
    Q, _ = jnp.linalg.qr(x)
    r = jax.random.normal(key, (n,), x.dtype)
    for _ in range(2):  # a second projection takes away the rounding of the first
        r = r - Q @ (Q.T @ r)
    return jnp.sqrt(1.0 * n) * r / jnp.linalg.norm(r)


def sphere(key: RandomKey, mask: Float[Array, " d"], radius: float | Float[Array, ""] = 1.0) -> Float[Array, " d"]:
    """Draw a uniform point of the sphere of that radius in the coordinates where `mask` is 1."""
    z = jax.random.normal(key, mask.shape, mask.dtype) * mask
    return radius * z / jnp.linalg.norm(z)


def linear_problem(
    key: RandomKey,
    num: int,
    theta: Float[Array, " d"],
    *,
    noise: float | Float[Array, ""] = 0.0,
    spectrum: Float[Array, " d"] | None = None,
    exact: bool = False,
    orthogonal: bool = False,
) -> Data:
    r"""Draw $y_i = \langle x_i, \theta\rangle + s\,\xi_i$ with Gaussian $x_i$ and $\xi_i \sim N(0, 1)$.

    `noise` is $s$; `spectrum` holds the variances of the coordinates of $x_i$ (all one by default).
    With `exact` the sample has that covariance to rounding, $\frac1n X^\top X = \mathrm{diag}(s_1, ..., s_d)$;
    with `orthogonal` the noise has $X^\top \xi = 0$ and $\frac1n |\xi|^2 = 1$, so $\theta$ is the least-squares
    solution and $s^2$ the least risk. With both, $\frac1n |X\theta' - y|^2 = s^2 + \sum_k s_k (\theta'_k - \theta_k)^2$.

    Raises `InputError` for `exact` with $n < d$ and for `orthogonal` with $n \le d$.
    """
    key_x, key_noise = jax.random.split(key)
    variances = jnp.ones_like(theta) if spectrum is None else spectrum
    x = (exact_design if exact else gaussian_design)(key_x, num, variances)
    xi = orthogonal_noise(key_noise, x) if orthogonal else jax.random.normal(key_noise, (num,), theta.dtype)
    return Data(x, x @ theta + noise * xi)


def linear_classes(
    key: RandomKey,
    num: int,
    theta: Float[Array, " d"],
    *,
    flip: float | Float[Array, ""] = 0.0,
    spectrum: Float[Array, " d"] | None = None,
) -> Data:
    r"""Draw labels $y_i = \mathrm{sign}\langle x_i, \theta\rangle \in \{-1, 1\}$, each flipped with probability `flip`.

    The least probability of error is $\min(\text{flip}, 1 - \text{flip})$. At `flip` 0.5 labels are random: then
    the data are separable with probability $2^{1-n} \sum_{k<d} \binom{n-1}{k}$, which is one half at $n = 2d$.
    Source: `cover:1965`, Theorem 1.
    """
    key_x, key_flip = jax.random.split(key)
    x = gaussian_design(key_x, num, jnp.ones_like(theta) if spectrum is None else spectrum)
    clean = jnp.where(x @ theta >= 0, 1.0, -1.0).astype(theta.dtype)
    flipped = jax.random.uniform(key_flip, (num,), theta.dtype) < flip
    return Data(x, jnp.where(flipped, -clean, clean), "binary")


def separable_problem(
    key: RandomKey,
    num: int,
    direction: Float[Array, " d"],
    *,
    margin: float | Float[Array, ""] = 1.0,
    support: int = 2,
) -> Data:
    r"""Draw separable classes whose hard-margin vector is known: $\hat w = u/\gamma$, $u$ the unit `direction`.

    $$y_i x_i = (\gamma + e_i)\,u + v_i, \qquad v_i \perp u,\quad e_i = 0,\ \sum_i v_i = 0 \text{ for the first } S,
    \qquad e_i \ge \gamma \text{ beyond.}$$

    The mean of the first $S$ (`support`) of the $y_i x_i$ is $\gamma u$, so they are the support vectors with equal
    multipliers $1/(S\gamma^2)$ in $\hat w = \sum_i \alpha_i y_i x_i$, and $\gamma$ is the largest margin (no
    intercept). They are linearly independent; signs $y_i$ are independent and fair, $v_i$ is Gaussian.

    Raises `InputError` unless $2 \le S \le \min(n, d)$. Source: `soudry:2018`, Section 2.
    """
    d = direction.shape[0]
    if not 2 <= support <= min(num, d):
        raise InputError(
            f"separable_problem: support must lie between 2 and {min(num, d)}, the lesser of samples and "
            f"dimension, got {support!r}; correct it"
        )
    key_v, key_e, key_y = jax.random.split(key, 3)
    u = direction / jnp.linalg.norm(direction)
    v = jax.random.normal(key_v, (num, d), u.dtype)
    v = v - (v @ u)[:, None] * u[None, :]
    v = v.at[support - 1].set(-jnp.sum(v[: support - 1], axis=0))
    excess = 1.0 + jax.random.exponential(key_e, (num,), u.dtype)
    along = margin * jnp.where(jnp.arange(num) < support, 1.0, 1.0 + excess)
    y = jax.random.rademacher(key_y, (num,), u.dtype)
    return Data(y[:, None] * (along[:, None] * u[None, :] + v), y, "binary")
