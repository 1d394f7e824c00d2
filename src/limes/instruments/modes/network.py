r"""A perceptron and its gradient by hand: the forward and the backward pass, layer by layer.

Columns are samples. This is the course's pair of listings, to be read; `jax.grad` does the same.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from limes._errors import InputError

Activation = Callable[[Array], Array]
Columns = Float[Array, "d n"]


class NetworkGradients(NamedTuple):
    """Gradients of the loss: of every matrix `A[r]`, of every bias `b[r]`, and of the input `Z`."""

    A: list[Float[Array, "h d"]]
    b: list[Float[Array, " h"]]
    Z: Columns


def forward_nn(
    Z: Columns, A: Sequence[Float[Array, "h d"]], b: Sequence[Float[Array, " h"]], rho: Activation
) -> list[Columns]:
    r"""Return $X_0 = Z$ and $X_{r+1} = \rho(A_r X_r + b_r 1^\top)$ for $r = 0, \dots, R - 1$: all of them.

    `rho` acts on every number by itself, also in the last layer.

    Raises `InputError` where sizes do not follow one another.
    """
    _check(Z, A, b)
    X = [Z]
    for A_r, b_r in zip(A, b, strict=True):
        X.append(rho(A_r @ X[-1] + b_r[:, None]))
    return X


def backward_nn(
    X: Sequence[Columns],
    Y: Any,
    A: Sequence[Float[Array, "h d"]],
    b: Sequence[Float[Array, " h"]],
    rho: Activation,
    loss: Callable[[Columns, Any], Float[Array, ""]],
) -> NetworkGradients:
    r"""Return the gradients of $\ell(X_R, Y)$, `X` being what `forward_nn` returned.

    From $g = \nabla \ell(\cdot, Y)$ at $X_R$ on, for $r = R - 1, \dots, 0$:

    $$M = \rho'(A_r X_r + b_r 1^\top) \odot g, \qquad g \leftarrow A_r^\top M, \qquad
      \nabla_{A_r} = M X_r^\top, \qquad \nabla_{b_r} = M 1.$$

    What is left of $g$ at the end is the gradient of $Z$.

    Raises `InputError` where sizes do not follow one another.
    """
    _check(X[0], A, b)
    if len(X) != len(A) + 1:
        raise InputError(
            f"backward_nn: X must hold the input and the output of all {len(A)} layers, got {len(X)} arrays; pass what "
            "forward_nn returned"
        )
    g = jax.grad(loss)(X[-1], Y)
    gA: list[Array] = []
    gb: list[Array] = []
    for r in reversed(range(len(A))):
        M = _derivative(rho, A[r] @ X[r] + b[r][:, None]) * g
        g = A[r].T @ M
        gA.insert(0, M @ X[r].T)
        gb.insert(0, M.sum(axis=1))
    return NetworkGradients(gA, gb, g)


def _derivative(rho: Activation, x: Array) -> Array:
    r"""Return $\rho'$ at every number of an array."""
    return jax.jvp(rho, (x,), (jnp.ones_like(x),))[1]


def _check(Z: Any, A: Sequence[Any], b: Sequence[Any]) -> None:
    if jnp.ndim(Z) != 2 or len(A) != len(b) or len(A) == 0:
        raise InputError(
            "forward_nn and backward_nn: Z must be a matrix whose columns are samples, A and b lists of one matrix and one "
            f"vector a layer; got an array of shape {jnp.shape(Z)}, {len(A)} matrices and {len(b)} vectors"
        )
    size = jnp.shape(Z)[0]
    for r, (A_r, b_r) in enumerate(zip(A, b, strict=True)):
        if jnp.ndim(A_r) != 2 or jnp.shape(A_r)[1] != size or jnp.shape(b_r) != jnp.shape(A_r)[:1]:
            raise InputError(
                f"forward_nn and backward_nn: A[{r}] must have {size} columns and b[{r}] one number for each of its rows, "
                f"got shapes {jnp.shape(A_r)} and {jnp.shape(b_r)}; correct the sizes"
            )
        size = jnp.shape(A_r)[0]
