r"""Named non-linearities $\sigma$, of one number each; arrays are taken entry by entry.

Infinite-width kernels find the closed form of a non-linearity by the function itself, so that `jax.nn.relu`, `jnp.tanh` or
`jax.lax.erf` may be used as they are; the names of this module are either those functions or what JAX lacks. Functions with a number
in their name (`LeakyRelu`, `Monomial`, `Hermite`) are small frozen objects, equal when their numbers are.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from limes._errors import InputError

Sigma = Callable[[Array], Array]

relu = jax.nn.relu
absolute = jnp.abs
sign = jnp.sign
erf = jax.lax.erf
sin = jnp.sin
cos = jnp.cos
exp = jnp.exp
tanh = jnp.tanh
sigmoid = jax.nn.sigmoid
silu = jax.nn.silu
softplus = jax.nn.softplus
gelu = functools.partial(jax.nn.gelu, approximate=False)


def identity(x: Float[Array, "..."]) -> Float[Array, "..."]:
    r"""Return $x$: a network of it is linear."""
    return x


def step(x: Float[Array, "..."]) -> Float[Array, "..."]:
    r"""Return 1 where $x > 0$, else 0; its derivative counts as 0 everywhere."""
    return (x > 0).astype(x.dtype)


def squared_relu(x: Float[Array, "..."]) -> Float[Array, "..."]:
    r"""Return $\max(x, 0)^2$."""
    return jax.nn.relu(x) ** 2


def gaussian(x: Float[Array, "..."]) -> Float[Array, "..."]:
    r"""Return $e^{-x^2}$."""
    return jnp.exp(-(x**2))


@dataclass(frozen=True)
class LeakyRelu:
    r"""$\sigma(x) = \max(x, 0) + s \min(x, 0)$ with slope $s$ on the left."""

    slope: float = 0.01

    def __call__(self, x: Float[Array, "..."]) -> Float[Array, "..."]:
        """Return the non-linearity, entry by entry."""
        return jnp.where(x > 0, x, self.slope * x)


@dataclass(frozen=True)
class Monomial:
    r"""$\sigma(x) = x^k$."""

    degree: int

    def __post_init__(self) -> None:
        _check_degree("Monomial", self.degree)

    def __call__(self, x: Float[Array, "..."]) -> Float[Array, "..."]:
        """Return the non-linearity, entry by entry."""
        return x**self.degree

    @property
    def coefficients(self) -> tuple[float, ...]:
        """The coefficients of $1, x, x^2, ...$."""
        return (*(0.0,) * self.degree, 1.0)


@dataclass(frozen=True)
class Hermite:
    r"""$\sigma = \mathrm{He}_k$, the polynomials orthogonal under $N(0, 1)$: $\mathrm{He}_{k+1} = x \mathrm{He}_k - k \mathrm{He}_{k-1}$."""

    degree: int

    def __post_init__(self) -> None:
        _check_degree("Hermite", self.degree)

    def __call__(self, x: Float[Array, "..."]) -> Float[Array, "..."]:
        """Return the non-linearity, entry by entry."""
        last, current = jnp.zeros_like(x), jnp.ones_like(x)
        for k in range(self.degree):
            last, current = current, x * current - float(k) * last
        return current

    @property
    def coefficients(self) -> tuple[float, ...]:
        """The coefficients of $1, x, x^2, ...$."""
        last, current = [0.0], [1.0]
        for k in range(self.degree):
            shifted, lower = [0.0, *current], [*last, 0.0, 0.0]
            last, current = current, [a - k * b for a, b in zip(shifted, lower, strict=False)]
        return tuple(current)


@dataclass(frozen=True)
class Smooth:
    r"""The non-linearity `function`, with your word that it is smooth: no kink, no jump, no pole.

    Limits integrate such a function numerically, and still refuse it where the measured error is large.
    """

    function: Sigma

    def __call__(self, x: Float[Array, "..."]) -> Float[Array, "..."]:
        """Return the non-linearity, entry by entry."""
        return self.function(x)


ACTIVATIONS: dict[str, Sigma] = {
    "identity": identity,
    "relu": relu,
    "leaky relu": LeakyRelu(),
    "squared relu": squared_relu,
    "abs": absolute,
    "step": step,
    "sign": sign,
    "erf": erf,
    "sin": sin,
    "cos": cos,
    "gaussian": gaussian,
    "exp": exp,
    "gelu": gelu,
    "tanh": tanh,
    "sigmoid": sigmoid,
    "silu": silu,
    "softplus": softplus,
}  # every name a person may give; LeakyRelu, Monomial and Hermite take a number


def name_of(sigma: Sigma) -> str:
    """Return what a person would call this function."""
    for name, known in ACTIVATIONS.items():
        if sigma is known:
            return name
    if isinstance(sigma, functools.partial):
        return name_of(sigma.func)
    return getattr(sigma, "__name__", None) or repr(sigma)


def _check_degree(owner: str, degree: int) -> None:
    if not isinstance(degree, int) or degree < 0:
        raise InputError(f"{owner}: degree must be an integer, 0 or larger, got {degree!r}; correct the degree")
