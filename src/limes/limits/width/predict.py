r"""Training a network of infinite width: a linear model in the space of its kernel."""

from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Float

Number = float | Float[Array, ""]


class Prediction(NamedTuple):
    """Mean and covariance of the outputs at the test inputs, over random initial parameters.

    Outputs of one network are independent with this covariance.
    """

    mean: Float[Array, "k *o"]
    covariance: Float[Array, "k k"]


class Blocks(NamedTuple):
    """A kernel between training inputs, test and training inputs, and test inputs."""

    train: Float[Array, "n n"]
    cross: Float[Array, "k n"]
    test: Float[Array, "k k"]


def descent(kernel: Blocks, prior: Blocks, y: Float[Array, "n *o"], time: Number | None, ridge: Number) -> Prediction:
    r"""Return gradient flow from random $f_0$ under $\frac1n \sum_i (f(x_i) - y_i)^2 + \lambda |\theta - \theta_0|^2$ at time $t$.

    With $M = \Theta + n \lambda I$ it is $f_t = f_0 + A (y - f_0(X))$, $A = \Theta_{*X} M^{-1} (I - e^{-2 M t / n})$: the
    factor 2 and the mean belong to the library's loss. Mean $A y$; covariance $K_{**} - A K_{X*} - K_{*X} A^\top + A K_{XX} A^\top$
    with $K$ the covariance of $f_0$. Without a time $t = \infty$; directions whose eigenvalue is rounding are then left alone.
    Source: `lee:2019`, Sections 2.2 and 2.3, with its loss $\frac12 \sum$ changed.
    """
    n = y.shape[0]
    s, V = jnp.linalg.eigh(kernel.train)
    learned = _learned(jnp.maximum(s, 0.0), n, time, ridge)
    A = ((kernel.cross @ V) * learned[None, :]) @ V.T
    mixed = A @ prior.cross.T
    covariance = prior.test - mixed - mixed.T + A @ prior.train @ A.T
    return Prediction(A @ y, (covariance + covariance.T) / 2.0)


def _learned(s: Float[Array, " n"], n: int, time: Number | None, ridge: Number) -> Float[Array, " n"]:
    r"""Return $(1 - e^{-2 m t/n}) / m$ with $m = s + n \lambda$, which is $2t/n$ where $m = 0$."""
    m = s + n * ridge
    if time is None:
        kept = m > n * jnp.finfo(s.dtype).eps * jnp.max(m)
        return jnp.where(kept, 1.0 / jnp.where(kept, m, 1.0), 0.0)
    rate = 2.0 * time / n
    positive = m > 0
    return jnp.where(positive, -jnp.expm1(-rate * m) / jnp.where(positive, m, 1.0), rate)


def posterior(kernel: Blocks, y: Float[Array, "n *o"], ridge: Number) -> Prediction:
    r"""Return the posterior of a centered Gaussian process with noise of variance $n \lambda$.

    Mean $K_{*X} M^{-1} y$ and covariance $K_{**} - K_{*X} M^{-1} K_{X*}$, $M = K + n \lambda I$: the mean is that of
    ridge regression with penalty $\lambda$. Source: `rasmussen:2006`, Equations 2.23 and 2.24.
    """
    s, V = jnp.linalg.eigh(kernel.train)
    rotated = kernel.cross @ V
    A = (rotated * _learned(jnp.maximum(s, 0.0), y.shape[0], None, ridge)[None, :]) @ V.T
    covariance = kernel.test - A @ kernel.cross.T
    return Prediction(A @ y, (covariance + covariance.T) / 2.0)
