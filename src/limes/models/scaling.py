r"""The one table of scalings: how a layer's parameters are drawn, and what the forward pass multiplies them by.

With $v$ = `weight_std`, $u$ = `bias_std`, $d$ the fan-in of a layer (the number of terms in each of its sums) and $p$ the width:

| scaling | a layer | two layers | step for a change of $f$ of order 1 |
|---|---|---|---|
| "standard" | $z = W h + b$, $W \sim N(0, v^2/d)$, $b \sim N(0, u^2)$ | $\sum_s a_s \sigma(\langle x, w_s\rangle + b_s)$, $a \sim N(0, v^2/p)$ | $1/p$ |
| "ntk" | $z = v W h / \sqrt{d} + u b$, all $N(0, 1)$ | $p^{-1/2} \sum_s a_s \sigma(v \langle x, w_s\rangle / \sqrt{d} + u b_s)$ | $1$ |
| "mean-field" | two layers only | $p^{-1} \sum_s a_s \sigma(\langle x, w_s\rangle + b_s)$, deviations $v$, $v$, $u$ | $p$ |

The first two rows of a layer are one function in law at the start, and train differently.
Source: `jacot:2018`, Section 3; `chizat:2018`, Section 2.
"""

from numbers import Integral
from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from limes._errors import InputError

SCALINGS = ("standard", "ntk", "mean-field")
Scalar = float | Float[Array, ""]
Size = int | Int[Array, ""]


class LayerScaling(NamedTuple):
    """Standard deviations of a layer's draws, and the factors of its forward pass."""

    weight_draw: Scalar
    bias_draw: Scalar
    weight_factor: Scalar
    bias_factor: Scalar


class TwoLayerScaling(NamedTuple):
    """Standard deviations of the draws of `(a, w, b)`, and the factors of (sum, `w`, `b`)."""

    draws: tuple[Scalar, Scalar, Scalar]
    factors: tuple[Scalar, Scalar, Scalar]


def layer_scaling(scaling: str, fan_in: Size, weight_std: Scalar, bias_std: Scalar, *, owner: str) -> LayerScaling:
    """Return the row of the table for one layer; `owner` is named in errors.

    Raises `InputError` for another name, and for "mean-field", which only networks with two layers have.
    """
    check_scaling(scaling, owner)
    if scaling == "mean-field":
        raise InputError(
            f'{owner}: scaling "mean-field" exists for two-layer networks only, since in a deeper one every neuron of the second '
            'hidden layer would average the same things and all would compute one function; use TwoLayer, or "ntk"'
        )
    d = as_number(fan_in)
    if scaling == "ntk":
        return LayerScaling(1.0, 1.0, weight_std / d**0.5, bias_std)
    return LayerScaling(weight_std / d**0.5, bias_std, 1.0, 1.0)


def two_layer_scaling(
    scaling: str, in_size: int, width: Size, weight_std: Scalar, bias_std: Scalar, *, owner: str
) -> TwoLayerScaling:
    """Return the row of the table for a network with one hidden layer and one output."""
    check_scaling(scaling, owner)
    d, p = as_number(in_size), as_number(width)
    return {
        "standard": TwoLayerScaling((weight_std / p**0.5, weight_std / d**0.5, bias_std), (1.0, 1.0, 1.0)),
        "ntk": TwoLayerScaling((1.0, 1.0, 1.0), (p**-0.5, weight_std / d**0.5, bias_std)),
        "mean-field": TwoLayerScaling((weight_std, weight_std, bias_std), (1.0 / p, 1.0, 1.0)),
    }[scaling]


def check_scaling(scaling: str, owner: str) -> None:
    """Refuse a name that the table does not have."""
    if scaling not in SCALINGS:
        raise InputError(f"{owner}: scaling must be one of {', '.join(SCALINGS)}, got {scaling!r}; correct the name")


def as_number(size: Size) -> Scalar:
    """Return a size as a number of floating-point type; a traced one stays traced."""
    return float(size) if isinstance(size, Integral) else jnp.asarray(size, dtype=float)


def alive(size: Size, pad: int, owner: str) -> Float[Array, " p"]:
    """Return the mask of the first `size` of `pad` neurons.

    Raises `InputError` for a `pad` below a size that is known.
    """
    if isinstance(size, Integral) and size > pad:
        raise InputError(f"{owner}: pad must be at least the width, got pad={pad} for width {size}; raise pad")
    return (jnp.arange(pad) < size).astype(float)
