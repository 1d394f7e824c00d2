"""Convolution and pooling in one and two dimensions; one image `h w c` (or signal `w c`) in, one out."""

import math
from typing import Literal, get_args

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from limes._errors import InputError
from limes._types import RandomKey

from .functional import Constant
from .layers import draw_layer
from .scaling import Scalar, layer_scaling

Padding = Literal["circular", "same", "valid"]
PADDINGS = get_args(Padding)
_LAYOUTS = {1: ("NWC", "WIO", "NWC"), 2: ("NHWC", "HWIO", "NHWC")}


class Conv(eqx.Module):
    r"""The convolution $z_o(s) = \alpha \sum_{\delta, c} W_{\delta c o}\, x_c(r s + \delta) + \beta b_o$ with stride $r$.

    `kernel` is the size of the window, one number for each dimension: `(3,)` for signals, `(3, 3)` for images. The padding
    is "circular" (positions wrap around), "same" (zeros outside) or "valid" (windows that fit). The first two place the window of
    output $s$ at the same inputs for every stride, from $r s - \lfloor (k - 1)/2 \rfloor$ on, and give $\lceil n/r \rceil$ outputs.
    Draws and factors follow the table of `limes.models.scaling`, with the fan-in window times `in_channels`.

    Raises `InputError` for another padding, sizes below 1, or a window of other than 1 or 2 dimensions.
    """

    weight: Float[Array, "*k i o"]
    bias: Float[Array, " o"]
    factors: Constant
    stds: Constant
    scaling: str = eqx.field(static=True)
    strides: tuple[int, ...] = eqx.field(static=True)
    padding: Padding = eqx.field(static=True)

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel: tuple[int, ...],
        *,
        stride: int | tuple[int, ...] = 1,
        padding: Padding = "circular",
        scaling: str = "standard",
        weight_std: Scalar = 1.0,
        bias_std: Scalar = 0.0,
        key: RandomKey,
    ):
        window, self.strides = checked_window("Conv", kernel, stride, padding)
        if in_channels < 1 or out_channels < 1:
            raise InputError(
                f"Conv: in_channels and out_channels must be at least 1, got {in_channels!r} and {out_channels!r}; correct them"
            )
        row = layer_scaling(scaling, math.prod(window) * in_channels, weight_std, bias_std, owner="Conv")
        self.weight, self.bias = draw_layer(key, (*window, in_channels, out_channels), (out_channels,), row)
        self.factors = Constant((row.weight_factor, row.bias_factor))
        self.stds = Constant((weight_std, bias_std))
        self.scaling, self.padding = scaling, padding

    @property
    def window(self) -> tuple[int, ...]:
        """The size of the window in each dimension."""
        return self.weight.shape[:-2]

    def __call__(self, x: Float[Array, "*s i"]) -> Float[Array, "*r o"]:
        """One image or signal in, one out."""
        dims, channels = len(self.window), self.weight.shape[-2]
        check_image("Conv", x, dims, channels)
        for axis, size in enumerate(self.window):
            x = padded(x, axis, size, self.padding)
        alpha, beta = self.factors.value
        z = jax.lax.conv_general_dilated(x[None], self.weight, self.strides, "VALID", dimension_numbers=_LAYOUTS[dims])
        return alpha * z[0] + beta * self.bias.reshape((1,) * dims + (-1,))


class AveragePool(eqx.Module):
    """The mean over a window, channel by channel; zeros of the padding "same" count.

    The stride is the window unless given; `window` and `padding` are those of `Conv`.
    """

    window: tuple[int, ...] = eqx.field(static=True)
    strides: tuple[int, ...] = eqx.field(static=True)
    padding: Padding = eqx.field(static=True)

    def __init__(
        self, window: tuple[int, ...], *, stride: int | tuple[int, ...] | None = None, padding: Padding = "valid"
    ):
        self.window, self.strides = checked_window("AveragePool", window, window if stride is None else stride, padding)
        self.padding = padding

    def __call__(self, x: Float[Array, "*s c"]) -> Float[Array, "*r c"]:
        """One image or signal in, one out."""
        check_image("AveragePool", x, len(self.window))
        for axis, (size, stride) in enumerate(zip(self.window, self.strides, strict=True)):
            x = window_sum(x, (axis,), size, stride, self.padding) / size
        return x


class GlobalAveragePool(eqx.Module):
    """The mean over all positions: one number for each channel."""

    def __call__(self, x: Float[Array, "*s c"]) -> Float[Array, " c"]:
        """One image or signal in, one vector out."""
        return jnp.mean(x, axis=tuple(range(x.ndim - 1)))


class Flatten(eqx.Module):
    """All positions and channels as one vector."""

    def __call__(self, x: Float[Array, "*s c"]) -> Float[Array, " d"]:
        """One image or signal in, one vector out."""
        return x.reshape(-1)


def margins(size: int, padding: Padding) -> tuple[int, int]:
    """Return how many positions are added before and after an axis for a window of this size."""
    return (0, 0) if padding == "valid" else ((size - 1) // 2, size - 1 - (size - 1) // 2)


def padded(x: Float[Array, "..."], axis: int, size: int, padding: Padding) -> Float[Array, "..."]:
    """Extend one axis as the padding says.

    Raises `InputError` for a window that fits nowhere.
    """
    low, high = margins(size, padding)
    length = x.shape[axis]
    if length + low + high < size:
        raise InputError(
            f"a window of {size} positions must fit into the input, got {length} positions; use a smaller window or another padding"
        )
    if low == high == 0:
        return x
    if padding == "circular":
        return jnp.take(x, (jnp.arange(-low, length + high)) % length, axis=axis)
    return jnp.pad(x, [(low, high) if a == axis else (0, 0) for a in range(x.ndim)])


def window_sum(
    x: Float[Array, "..."], axes: tuple[int, ...], size: int, stride: int, padding: Padding
) -> Float[Array, "..."]:
    r"""Return $\sum_{\delta < k} x(\dots, r s + \delta, \dots)$ with one and the same $\delta$ on all the `axes`."""
    for axis in axes:
        x = padded(x, axis, size, padding)
    total = None
    for offset in range(size):
        term = x
        for axis in axes:
            count = (x.shape[axis] - size) // stride + 1
            term = jax.lax.slice_in_dim(term, offset, offset + (count - 1) * stride + 1, stride, axis)
        total = term if total is None else total + term
    assert total is not None
    return total


def checked_window(
    owner: str, window: tuple[int, ...], stride: int | tuple[int, ...], padding: str
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return window and strides as tuples of one length.

    Raises `InputError` where they cannot be those of a signal or an image.
    """
    if padding not in PADDINGS:
        raise InputError(f"{owner}: padding must be one of {', '.join(PADDINGS)}, got {padding!r}; correct the name")
    if not isinstance(window, tuple | list) or len(window) not in _LAYOUTS:
        raise InputError(
            f"{owner}: the window must have one size for each of 1 or 2 dimensions, got {window!r}; pass for example (3, 3)"
        )
    strides = (stride,) * len(window) if isinstance(stride, int) else tuple(stride)
    if len(strides) != len(window) or min(*window, *strides) < 1:
        raise InputError(
            f"{owner}: window and stride must hold {len(window)} numbers from 1 on, got {window!r} and {stride!r}; correct them"
        )
    return tuple(window), strides


def check_image(owner: str, x: Array, dims: int, channels: int | None = None) -> None:
    """Refuse an input that is not one signal or image with channels last."""
    names = {1: "(width, channels)", 2: "(height, width, channels)"}[dims]
    if x.ndim != dims + 1:
        raise InputError(f"{owner}: the input must have shape {names}, got {x.shape}; vmap over a batch of examples")
    if channels is not None and x.shape[-1] != channels:
        raise InputError(
            f"{owner}: the input must have {channels} channels on its last axis, got shape {x.shape}; put channels last"
        )
