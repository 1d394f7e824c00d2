"""Penalties: functions of the parameters alone."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from limes._types import Params


class Ridge(eqx.Module):
    r"""The ridge penalty $\lambda |\theta|^2$ over all parameters.

    Next to a mean over $n$ samples its normal equations are
    $(X^\top X + n \lambda I)\theta = X^\top y$: the factor $n$ is easily lost.
    """

    strength: float | Float[Array, ""]

    def __call__(self, params: Params) -> Float[Array, ""]:
        """Return the penalty of these parameters."""
        squares = [jnp.sum(leaf**2) for leaf in jax.tree.leaves(params)]
        total = squares[0]
        for square in squares[1:]:
            total = total + square
        return self.strength * total
