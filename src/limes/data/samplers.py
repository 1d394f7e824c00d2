"""Random designs and problems whose population is known in closed form."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from limes._types import Data, RandomKey


def gaussian_design(key: RandomKey, num: int, spectrum: Float[Array, " d"]) -> Float[Array, "n d"]:
    r"""Draw rows $x_i \sim N(0, \mathrm{diag}(s_1, ..., s_d))$, independent.

    A zero in `spectrum` gives a column of zeros: with a mask for a spectrum one program
    serves every dimension up to $d$.
    """
    return jax.random.normal(key, (num, spectrum.shape[0]), spectrum.dtype) * jnp.sqrt(spectrum)[None, :]


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
) -> Data:
    r"""Draw $y_i = \langle x_i, \theta\rangle + s\,\xi_i$ with Gaussian $x_i$ and $\xi_i \sim N(0, 1)$.

    `noise` is $s$; `spectrum` holds the variances of the coordinates of $x_i$ (all one by default).
    """
    key_x, key_noise = jax.random.split(key)
    x = gaussian_design(key_x, num, jnp.ones_like(theta) if spectrum is None else spectrum)
    return Data(x, x @ theta + noise * jax.random.normal(key_noise, (num,), theta.dtype))
