r"""The kernel of two sets of examples: from their features, or by pushing derivatives of one through the other."""

import functools
from collections.abc import Sequence
from typing import Any, Literal

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from .program import Call
from .sweep import Features

Outputs = Literal["trace", "mean", "full"]


def kernel_of(one: Features, two: Features, outputs: Outputs) -> Float[Array, "n k o o"]:
    r"""Return the kernel, with one pair of outputs in the end where `outputs` is not "full".

    Factors of a matrix add $\sum_{t,s} \langle a_t, a'_s\rangle \langle c_t, c'_s\rangle$, rows their inner products.
    """
    parts = [_from_factors(*pair, outputs) for pair in zip(one.factors, two.factors, strict=True)]
    parts += [_from_rows(*pair, outputs) for pair in zip(one.rows, two.rows, strict=True)]
    dtype = wide(*(part.dtype for part in parts))
    total = functools.reduce(jnp.add, [part.astype(dtype) for part in parts])
    num_outputs = (one.rows[0] if one.rows else one.factors[0][1]).shape[1]
    return total / num_outputs if outputs == "mean" else total


def wide(*dtypes: Any) -> Any:
    """Return the widest of these types of numbers, at least single precision."""
    return max(jnp.dtype(jnp.float32), *map(jnp.dtype, dtypes), key=lambda dtype: dtype.itemsize)


def _inner(formula: str, one: Array, two: Array) -> Array:
    """Inner products in the full precision of the numbers, at least single."""
    dtype = wide(one.dtype, two.dtype)
    one, two = one.astype(dtype), two.astype(dtype)
    return jnp.einsum(formula, one, two, precision=jax.lax.Precision.HIGHEST)


def _from_rows(one: Array, two: Array, outputs: Outputs) -> Array:
    if outputs == "full":
        return _inner("iop,jqp->ijoq", one, two)
    return _inner("iop,jop->ij", one, two)[..., None, None]


def _from_factors(one: tuple[Array, Array], two: tuple[Array, Array], outputs: Outputs) -> Array:
    (a, c), (a2, c2) = one, two
    formula = "nobtf,mpbsf->bntmsop" if outputs == "full" else "nobtf,mobsf->bntms"
    P, Q = _inner("nbti,mbsi->bntms", a, a2), _inner(formula, c, c2)
    dtype = wide(P.dtype, Q.dtype)
    P = P[..., None, None] if outputs == "full" else P
    total = jnp.sum(P.astype(dtype) * Q.astype(dtype), axis=(0, 2, 4))
    return total if outputs == "full" else total[..., None, None]


def column(call: Call, leaves: Sequence[Array], some: Any, z: Any, outputs: Outputs) -> Float[Array, "n o q"]:
    """Return the kernel of several examples with one: its derivative, output by output, pushed through them."""
    leaves = list(leaves)

    def batch(leaves: list[Array]) -> Array:
        values = jax.vmap(call, (None, 0))(leaves, some)
        return values.reshape(values.shape[0], -1)

    out, pull = jax.vjp(lambda leaves: call(leaves, z).reshape(-1), leaves)
    (tangents,) = jax.vmap(pull)(jnp.eye(out.size, dtype=out.dtype))
    _, push = jax.linearize(batch, leaves)
    return _kept(jax.vmap(push)(tangents).transpose(1, 2, 0), outputs)


def _kept(tile: Float[Array, "n o q"], outputs: Outputs) -> Float[Array, "n o q"]:
    if outputs == "full":
        return tile
    total = jnp.trace(tile, axis1=1, axis2=2)[:, None, None]
    return total / tile.shape[1] if outputs == "mean" else total
