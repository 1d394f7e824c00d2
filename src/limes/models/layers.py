"""Layers that networks are put together from: dense, layer norm, dropout, chains and skip connections."""

import inspect
from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from limes._errors import InputError
from limes._types import RandomKey

from .functional import Constant
from .scaling import LayerScaling, Scalar, Size, layer_scaling

Layer = Callable[..., Array]


class Dense(eqx.Module):
    r"""The layer $z = \alpha W h + \beta b$, with draws and factors by the table of `limes.models.scaling`.

    `in_size` numbers go in, `out_size` come out; without `out_size` the output is one number. `fan_in` tells, if not
    `in_size`, how many of the inputs are in use: it may be traced.
    """

    weight: Float[Array, "*o d"]
    bias: Float[Array, "*o"]
    factors: Constant
    stds: Constant
    scaling: str = eqx.field(static=True)

    def __init__(
        self,
        in_size: int,
        out_size: int | None,
        *,
        scaling: str = "standard",
        weight_std: Scalar = 1.0,
        bias_std: Scalar = 0.0,
        fan_in: Size | None = None,
        key: RandomKey,
    ):
        if in_size < 1 or (out_size is not None and out_size < 1):
            raise InputError(
                f"Dense: in_size and out_size must be at least 1, got {in_size!r} and {out_size!r}; correct the size"
            )
        row = layer_scaling(scaling, in_size if fan_in is None else fan_in, weight_std, bias_std, owner="Dense")
        outputs = () if out_size is None else (out_size,)
        self.weight, self.bias = draw_layer(key, (*outputs, in_size), outputs, row)
        self.factors = Constant((row.weight_factor, row.bias_factor))
        self.stds = Constant((weight_std, bias_std))
        self.scaling = scaling

    def __call__(self, h: Float[Array, " d"]) -> Float[Array, "*o"]:
        """One vector in, one vector or number out."""
        alpha, beta = self.factors.value
        return alpha * (self.weight @ h) + beta * self.bias


def draw_layer(
    key: RandomKey, shape: tuple[int, ...], outputs: tuple[int, ...], row: LayerScaling
) -> tuple[Float[Array, "..."], Float[Array, "..."]]:
    """Return weights and biases of these shapes, drawn as the row of the table says."""
    key_weight, key_bias = jax.random.split(key)
    return row.weight_draw * jax.random.normal(key_weight, shape), row.bias_draw * jax.random.normal(key_bias, outputs)


class LayerNorm(eqx.Module):
    r"""$y_c = (x_c - m) / \sqrt{v + \epsilon}$ with mean $m$ and variance $v$ over the last axis; there is nothing to train."""

    epsilon: float = eqx.field(static=True, default=1e-5)

    def __check_init__(self) -> None:
        if not self.epsilon > 0:
            raise InputError(f"LayerNorm: epsilon must be positive, got {self.epsilon!r}; the default is 1e-5")

    def __call__(self, x: Float[Array, "... c"]) -> Float[Array, "... c"]:
        """Normalize every position over its channels."""
        centered = x - jnp.mean(x, axis=-1, keepdims=True)
        return centered / jnp.sqrt(jnp.mean(centered**2, axis=-1, keepdims=True) + self.epsilon)


class Dropout(eqx.Module):
    r"""$y = m x / (1 - r)$ with independent $m$, each 0 with probability $r$ = `rate`, else 1.

    Without a key, or with `inference=True` (which `equinox.nn.inference_mode` sets), it does nothing.
    """

    rate: float = eqx.field(static=True, default=0.5)
    inference: bool = False

    def __check_init__(self) -> None:
        if not 0 <= self.rate < 1:
            raise InputError(f"Dropout: rate must lie in [0, 1), got {self.rate!r}; it is the share that is dropped")

    def __call__(self, x: Float[Array, "..."], *, key: RandomKey | None = None) -> Float[Array, "..."]:
        """Drop entries at random."""
        if self.inference or key is None:
            return x
        kept = jax.random.bernoulli(key, 1.0 - self.rate, x.shape)
        return jnp.where(kept, x / (1.0 - self.rate), 0.0)


class Sequential(eqx.Module):
    """Layers one after another: modules, or functions of one array such as `jax.nn.relu`."""

    layers: tuple[Layer, ...]

    def __init__(self, *layers: Layer):
        wrong = [layer for layer in layers if not callable(layer)]
        if wrong or not layers:
            got = f"a {type(wrong[0]).__name__}" if wrong else "none"
            raise InputError(
                f"Sequential: layers must be functions or modules, at least one, got {got}; pass Sequential(a, b, c)"
            )
        self.layers = layers

    def __call__(self, x: Array, *, key: RandomKey | None = None) -> Array:
        """One example in, one out; `key` is for layers that draw."""
        for index, layer in enumerate(self.layers):
            x = call(layer, x, key, index)
        return x


class Skip(eqx.Module):
    """The sum `shortcut(x) + branch(x)`; the shortcut is the identity unless given."""

    branch: Layer
    shortcut: Layer | None = None

    def __call__(self, x: Array, *, key: RandomKey | None = None) -> Array:
        """One example in, one out."""
        y, skipped = call(self.branch, x, key, 0), x if self.shortcut is None else call(self.shortcut, x, key, 1)
        if y.shape != skipped.shape:
            raise InputError(
                f"Skip: branch and shortcut must give the same shape, got {y.shape} and {skipped.shape}; add a shortcut that fits"
            )
        return skipped + y


def call(layer: Layer, x: Array, key: RandomKey | None, index: int) -> Array:
    """Call one layer, with a key of its own where it takes one."""
    if key is None or not _takes_key(layer):
        return layer(x)
    return layer(x, key=jax.random.fold_in(key, index))


def _takes_key(layer: Any) -> bool:
    if not isinstance(layer, eqx.Module):
        return False
    return "key" in inspect.signature(type(layer).__call__).parameters
