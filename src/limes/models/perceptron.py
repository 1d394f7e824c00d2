"""Perceptrons with one hidden layer, in three scalings of their width."""

from collections.abc import Callable

import equinox as eqx
import jax
from jaxtyping import Array, Float

from limes._errors import InputError
from limes._types import RandomKey

from .functional import Constant

SCALINGS = ("standard", "ntk", "mean-field")
Scalar = float | Float[Array, ""]


class TwoLayer(eqx.Module):
    r"""The perceptron $f(x) = c \sum_{s < p} a_s\,\sigma(\alpha \langle x, w_s\rangle + \beta b_s)$, one number out.

    Parameters start as independent centered normal variables; with $v$ = `weight_std` and $u$ = `bias_std`:

    - "standard": $c = \alpha = \beta = 1$, standard deviations $v/\sqrt{d}$ of $w$, $u$ of $b$, $v/\sqrt{p}$ of $a$;
    - "ntk": $c = p^{-1/2}$, $\alpha = v/\sqrt{d}$, $\beta = u$, all standard deviations 1;
    - "mean-field": $c = 1/p$, $\alpha = \beta = 1$, standard deviations $v$ of $w$ and $a$, $u$ of $b$.

    One step that changes $f$ by a fixed amount has a size of order $1/p$, 1 and $p$. As `bias_std` is 0 unless
    given, biases start at zero; in "ntk" they then have no effect and never move.

    Raises `InputError` for another scaling or a size below 1. Source: `jacot:2018`, Section 3; `chizat:2018`, Section 2.
    """

    a: Float[Array, " p"]
    w: Float[Array, "p d"]
    b: Float[Array, " p"]
    factors: Constant
    sigma: Callable[[Array], Array] = eqx.field(static=True)
    scaling: str = eqx.field(static=True)

    def __init__(
        self,
        in_size: int,
        *,
        width: int,
        sigma: Callable[[Array], Array] = jax.nn.relu,
        scaling: str = "standard",
        weight_std: Scalar = 1.0,
        bias_std: Scalar = 0.0,
        key: RandomKey,
    ):
        if scaling not in SCALINGS:
            raise InputError(
                f"TwoLayer: scaling must be one of {', '.join(SCALINGS)}, got {scaling!r}; correct the name"
            )
        if in_size < 1 or width < 1:
            raise InputError(
                f"TwoLayer: in_size and width must be at least 1, got {in_size!r} and {width!r}; correct the size"
            )
        d, p = float(in_size), float(width)
        (stds, factors) = {
            "standard": ((weight_std / p**0.5, weight_std / d**0.5, bias_std), (1.0, 1.0, 1.0)),
            "ntk": ((1.0, 1.0, 1.0), (p**-0.5, weight_std / d**0.5, bias_std)),
            "mean-field": ((weight_std, weight_std, bias_std), (1.0 / p, 1.0, 1.0)),
        }[scaling]
        key_a, key_w, key_b = jax.random.split(key, 3)
        self.a = stds[0] * jax.random.normal(key_a, (width,))
        self.w = stds[1] * jax.random.normal(key_w, (width, in_size))
        self.b = stds[2] * jax.random.normal(key_b, (width,))
        self.factors = Constant(factors)
        self.sigma = sigma
        self.scaling = scaling

    def __call__(self, x: Float[Array, " d"]) -> Float[Array, ""]:
        """One point in, one number out."""
        c, alpha, beta = self.factors.value
        return c * (self.a @ self.sigma(alpha * (self.w @ x) + beta * self.b))

    @property
    def width(self) -> int:
        """The number $p$ of neurons."""
        return self.a.shape[0]
