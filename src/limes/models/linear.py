"""The linear model."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from limes._types import RandomKey


class Linear(eqx.Module):
    r"""The linear model $f_\theta(x) = \langle x, \theta\rangle$, or $\Theta x$ with several outputs.

    There is no bias unless asked for. Weights start at zero, or with a key as independent
    $N(0, 1/d)$; the bias starts at zero. Without `out_size` the output is one number.
    """

    theta: Float[Array, "*o d"]
    bias: Float[Array, "*o"] | None

    def __init__(self, in_size: int, out_size: int | None = None, *, bias: bool = False, key: RandomKey | None = None):
        outputs = () if out_size is None else (out_size,)
        shape = (*outputs, in_size)
        self.theta = jnp.zeros(shape) if key is None else jax.random.normal(key, shape) / jnp.sqrt(float(in_size))
        self.bias = jnp.zeros(outputs) if bias else None

    def __call__(self, x: Float[Array, " d"]) -> Float[Array, "*o"]:
        """One point in, one prediction out."""
        output = self.theta @ x
        return output if self.bias is None else output + self.bias
