r"""Losses $\ell(y', y)$ of one example: prediction $y'$ first, target $y$ second."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float


def least_squares(output: Float[Array, "*o"], target: Float[Array, "*o"]) -> Float[Array, ""]:
    r"""Return $(y' - y)^2$, summed over the components of a vector.

    There is no factor 1/2: the Hessian of the risk of a linear model is $2 X^\top X / n$.
    """
    return jnp.sum((output - target) ** 2)


def logistic(output: Float[Array, ""], target: Float[Array, ""]) -> Float[Array, ""]:
    r"""Return $\log(1 + e^{-y y'})$ for a label $y \in \{-1, 1\}$.

    Neither the value nor the derivative overflows for large $|y'|$. Labels in {0, 1} are not
    an error that a number can show: a label 0 costs $\log 2$ whatever the prediction.
    """
    return jax.nn.softplus(-target * output)
