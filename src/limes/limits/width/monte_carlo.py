"""Kernels of finite networks, averaged over random draws, where no rule is known."""

from collections.abc import Callable
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from limes._errors import InputError
from limes._types import RandomKey
from limes.models.functional import functional
from limes.stats.intervals import t_quantile

from .state import floating


class Estimate(NamedTuple):
    """A mean over networks and the ends of its interval, entry by entry."""

    value: Float[Array, "n k"]
    low: Float[Array, "n k"]
    high: Float[Array, "n k"]


def monte_carlo(
    build: Callable[[RandomKey], Any],
    x1: Float[Array, "n ..."],
    x2: Float[Array, "k ..."] | None = None,
    *,
    key: RandomKey,
    num: int = 64,
    which: str = "ntk",
    confidence: float = 0.95,
) -> Estimate:
    r"""Estimate a kernel from `num` networks `build(key)`, with a t interval for each entry.

    "nngp" averages $f(x) f(x')$ over networks and outputs, "ntk" the tangent kernel $\langle\partial_\theta f, \partial_\theta f'\rangle$, the mean over
    outputs. The interval is about networks *of this width*: the limit differs from them by a bias of the order of 1/width, which no
    number of draws shows; compare two widths. One network and its Jacobian are held at a time, and every network's kernel.

    Raises `InputError` for another name, fewer than two networks, or a model that cannot be called.
    """
    if which not in ("ntk", "nngp"):
        raise InputError(f"monte_carlo: which must be 'ntk' or 'nngp', got {which!r}; correct the name")
    if num < 2 or not 0 < confidence < 1:
        raise InputError(
            f"monte_carlo: num must be at least 2 and confidence inside (0, 1), got {num!r} and {confidence!r}; an interval needs both"
        )
    x1 = floating(x1)
    x2 = x1 if x2 is None else floating(x2)
    draws = _draws(build, x1, x2, jax.random.split(key, num), which)
    value, spread = jnp.mean(draws, axis=0), jnp.std(draws, axis=0, ddof=1)
    half = t_quantile((1 - confidence) / 2, num - 1) * spread / np.sqrt(num).astype(draws.dtype)
    return Estimate(value, value - half, value + half)


@eqx.filter_jit
def _draws(build: Any, x1: Array, x2: Array, keys: Array, which: str) -> Float[Array, "num n k"]:
    kernel = _outputs if which == "nngp" else _tangents
    return jax.lax.map(lambda key: kernel(build(key), x1, x2), keys)


def _outputs(model: Any, x1: Array, x2: Array) -> Float[Array, "n k"]:
    f1, f2 = (jax.vmap(model)(x).reshape(x.shape[0], -1) for x in (x1, x2))
    return f1 @ f2.T / f1.shape[1]


def _tangents(model: Any, x1: Array, x2: Array) -> Float[Array, "n k"]:
    apply, params = functional(model)
    outputs = jax.eval_shape(apply, params, x1[0]).size

    def jacobian(x: Array) -> Any:
        return jax.vmap(lambda x: jax.jacrev(lambda params: apply(params, x).reshape(-1))(params))(x)

    total = jnp.zeros((x1.shape[0], x2.shape[0]), x1.dtype)
    for one, other in zip(*(jax.tree.leaves(jacobian(x)) for x in (x1, x2)), strict=True):
        total = total + one.reshape(one.shape[0], -1) @ other.reshape(other.shape[0], -1).T
    return total / outputs
