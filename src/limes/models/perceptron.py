"""Perceptrons: one hidden layer in three scalings of its width, or several."""

from collections.abc import Callable, Sequence
from numbers import Integral
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from limes._errors import InputError
from limes._types import RandomKey

from .functional import Constant
from .layers import Dense
from .scaling import SCALINGS, Scalar, Size, alive, check_scaling, two_layer_scaling

__all__ = ["MLP", "SCALINGS", "TwoLayer"]


class TwoLayer(eqx.Module):
    r"""The perceptron $f(x) = c \sum_{s < p} a_s\,\sigma(\alpha \langle x, w_s\rangle + \beta b_s)$, one number out.

    Parameters start as independent centered normal variables; with $v$ = `weight_std` and $u$ = `bias_std`:

    - "standard": $c = \alpha = \beta = 1$, standard deviations $v/\sqrt{d}$ of $w$, $u$ of $b$, $v/\sqrt{p}$ of $a$;
    - "ntk": $c = p^{-1/2}$, $\alpha = v/\sqrt{d}$, $\beta = u$, all standard deviations 1;
    - "mean-field": $c = 1/p$, $\alpha = \beta = 1$, standard deviations $v$ of $w$ and $a$, $u$ of $b$.

    One step that changes $f$ by a fixed amount has a size of order $1/p$, 1 and $p$. As `bias_std` is 0 unless
    given, biases start at zero; in "ntk" they then have no effect and never move.

    With `pad` the arrays have that many neurons, of which the first `width` are in use: `width` may then be traced, and one
    program serves all widths. The others are zero and have no gradient.

    Raises `InputError` for another scaling, a size below 1, or a `pad` below the width. Source: `jacot:2018`, Section 3;
    `chizat:2018`, Section 2.
    """

    a: Float[Array, " p"]
    w: Float[Array, "p d"]
    b: Float[Array, " p"]
    factors: Constant
    sigma: Callable[[Array], Array] = eqx.field(static=True)
    scaling: str = eqx.field(static=True)
    used: Constant | None = None

    def __init__(
        self,
        in_size: int,
        *,
        width: Size,
        sigma: Callable[[Array], Array] = jax.nn.relu,
        scaling: str = "standard",
        weight_std: Scalar = 1.0,
        bias_std: Scalar = 0.0,
        pad: int | None = None,
        key: RandomKey,
    ):
        check_scaling(scaling, "TwoLayer")
        if in_size < 1 or (isinstance(width, Integral) and width < 1):
            raise InputError(
                f"TwoLayer: in_size and width must be at least 1, got {in_size!r} and {width!r}; correct the size"
            )
        rows = _padded(width, pad, "TwoLayer")
        stds, factors = two_layer_scaling(scaling, in_size, width, weight_std, bias_std, owner="TwoLayer")
        key_a, key_w, key_b = jax.random.split(key, 3)
        self.a = stds[0] * jax.random.normal(key_a, (rows,))
        self.w = stds[1] * jax.random.normal(key_w, (rows, in_size))
        self.b = stds[2] * jax.random.normal(key_b, (rows,))
        self.factors = Constant(factors)
        self.sigma = sigma
        self.scaling = scaling
        self.used = None
        if pad is not None:
            mask = alive(width, pad, "TwoLayer")
            self.a, self.w, self.b = mask * self.a, mask[:, None] * self.w, mask * self.b
            self.used = Constant(mask)

    def __call__(self, x: Float[Array, " d"]) -> Float[Array, ""]:
        """One point in, one number out."""
        c, alpha, beta = self.factors.value
        return c * (self.a @ _masked(self.sigma(alpha * (self.w @ x) + beta * self.b), self.used))

    @property
    def width(self) -> int | Int[Array, ""]:
        """The number $p$ of neurons in use."""
        return self.a.shape[0] if self.used is None else jnp.sum(self.used.value > 0)


class MLP(eqx.Module):
    r"""The perceptron $x_{k+1} = \sigma(W_k x_k + b_k)$ with `depth` hidden layers and a linear read-out.

    `layers` holds the `depth + 1` dense layers, drawn and multiplied by the table of `limes.models.scaling`; in "ntk" the read-out
    is a layer like the others. `final_sigma=sigma` is the course's form, in which the last layer has its non-linearity too.
    `width` is one number or one for each hidden layer; without `out_size` the output is one number.

    With `pad` the hidden layers have that many neurons (one number, or one for each), of which the first `width` are in use:
    `width` may then be traced, and one program serves all widths. The others are zero and have no gradient; nets with one `pad` and
    one key share the draws of the neurons that both have.

    Raises `InputError` for "mean-field", which deeper networks do not have, sizes below 1, or a `pad` below the width.
    """

    layers: tuple[Dense, ...]
    used: tuple[Constant, ...] | None
    sigma: Callable[[Array], Array] = eqx.field(static=True)
    final_sigma: Callable[[Array], Array] | None = eqx.field(static=True)
    scaling: str = eqx.field(static=True)

    def __init__(
        self,
        in_size: int,
        out_size: int | None = None,
        *,
        width: Size | Sequence[Size],
        depth: int,
        sigma: Callable[[Array], Array] = jax.nn.relu,
        scaling: str = "standard",
        weight_std: Scalar = 1.0,
        bias_std: Scalar = 0.0,
        final_sigma: Callable[[Array], Array] | None = None,
        pad: int | Sequence[int] | None = None,
        key: RandomKey,
    ):
        widths = _per_layer(width, depth, "width")
        pads = (None,) * depth if pad is None else _per_layer(pad, depth, "pad")
        _check_sizes(in_size, out_size, widths)
        rows = [_padded(p, most, "MLP") for p, most in zip(widths, pads, strict=True)]
        make = lambda d, o, fan_in, key: Dense(
            d, o, scaling=scaling, weight_std=weight_std, bias_std=bias_std, fan_in=fan_in, key=key
        )
        sizes, outputs, fans = (in_size, *rows), (*rows, out_size), (in_size, *widths)
        layers = [
            make(d, o, fan_in, key)
            for d, o, fan_in, key in zip(sizes, outputs, fans, jax.random.split(key, depth + 1), strict=True)
        ]
        self.used = None
        if pad is not None:
            masks = [alive(p, most, "MLP") for p, most in zip(widths, rows, strict=True)]
            layers = _silenced(layers, masks)
            self.used = tuple(Constant(mask) for mask in masks)
        self.layers = tuple(layers)
        self.sigma, self.final_sigma, self.scaling = sigma, final_sigma, scaling

    def __call__(self, x: Float[Array, " d"]) -> Float[Array, "*o"]:
        """One point in, one vector or number out."""
        *hidden, readout = self.layers
        for index, layer in enumerate(hidden):
            x = _masked(self.sigma(layer(x)), None if self.used is None else self.used[index])
        output = readout(x)
        return output if self.final_sigma is None else self.final_sigma(output)

    @property
    def depth(self) -> int:
        """The number of hidden layers."""
        return len(self.layers) - 1


def _masked(h: Float[Array, " p"], used: Constant | None) -> Float[Array, " p"]:
    return h if used is None else jnp.where(used.value > 0, h, 0.0)


def _silenced(layers: list[Dense], masks: list[Float[Array, " p"]]) -> list[Dense]:
    """Set the weights from and to neurons that are not in use to zero."""
    out = []
    for index, layer in enumerate(layers):
        weight, bias = layer.weight, layer.bias
        if index > 0:
            weight = weight * masks[index - 1].reshape((1,) * (weight.ndim - 1) + (-1,))
        if index < len(masks):
            weight, bias = weight * masks[index][:, None], bias * masks[index]
        out.append(eqx.tree_at(lambda layer: (layer.weight, layer.bias), layer, (weight, bias)))
    return out


def _padded(width: Size, pad: int | None, owner: str) -> int:
    """Return the number of rows to allocate."""
    if pad is not None:
        return pad
    if not isinstance(width, Integral):
        raise InputError(
            f"{owner}: width must be an integer, got {type(width).__name__}; a traced width needs pad, the largest one"
        )
    return int(width)


def _per_layer(given: Any, depth: int, name: str) -> tuple[Any, ...]:
    if not isinstance(depth, int) or depth < 1:
        raise InputError(
            f"MLP: depth must be at least 1, got {depth!r}; a network without hidden layers is models.Linear"
        )
    if not isinstance(given, tuple | list):
        return (given,) * depth
    if len(given) != depth:
        raise InputError(
            f"MLP: {name} must be one number or {depth} numbers, one for each hidden layer, got {len(given)}; correct it or depth"
        )
    return tuple(given)


def _check_sizes(in_size: int, out_size: int | None, widths: tuple[Size, ...]) -> None:
    known = [size for size in (in_size, out_size, *widths) if isinstance(size, Integral)]
    if min(known) < 1:
        raise InputError(f"MLP: in_size, out_size and width must be at least 1, got {min(known)}; correct the size")
