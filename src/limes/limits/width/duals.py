r"""Which Gaussian integral belongs to a non-linearity: found by the function itself, or by the type of an object with numbers.

A person adds a closed form with `register_dual(sigma, Dual(mean))`, or for a class of functions with `dual.register(Class)`.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from limes._errors import InputError
from limes.models import activations
from limes.models.activations import Hermite, LeakyRelu, Monomial, Sigma, name_of

from . import angles, closed_forms
from .quadrature import is_smooth, quadrature_error, quadrature_mean, quadrature_variance


@dataclass(frozen=True)
class Dual:
    r"""The integral `mean(q, q', k)` $= E \sigma(u) \sigma(v)$ of a non-linearity.

    `variance(q)` is $E \sigma(u)^2$, if that is cheaper than `mean(q, q, q)`.
    `frozen` says that gradients of $\sigma$ are 0 although its integral depends on $k$: a function with jumps, whose
    derivative is 0 almost everywhere, passes no gradient on. `error(q, q')` gives the relative error where `mean` is not exact.
    """

    mean: Callable[[Array, Array, Array], Array]
    variance: Callable[[Array], Array] | None = None
    frozen: bool = False
    error: Callable[[Array, Array], Float[Array, ""]] | None = None


def _leaky(left: float) -> Dual:
    return Dual(partial(angles.leaky_mean, right=1.0, left=left), lambda q: (1.0 + left**2) / 2.0 * q)


_KNOWN: list[tuple[Any, Dual]] = [
    (activations.identity, Dual(closed_forms.identity_mean)),
    (jax.nn.relu, Dual(angles.relu_mean, lambda q: q / 2.0)),
    (jax.nn.leaky_relu, _leaky(0.01)),
    (activations.squared_relu, Dual(angles.squared_relu_mean, lambda q: 1.5 * q**2)),
    (jnp.abs, _leaky(-1.0)),
    (jax.lax.abs, _leaky(-1.0)),
    (activations.step, Dual(angles.step_mean, lambda q: jnp.full_like(q, 0.5), frozen=True)),
    (jnp.sign, Dual(angles.sign_mean, jnp.ones_like, frozen=True)),
    (jax.lax.sign, Dual(angles.sign_mean, jnp.ones_like, frozen=True)),
    (jax.lax.erf, Dual(closed_forms.erf_mean)),
    (jax.scipy.special.erf, Dual(closed_forms.erf_mean)),
    (jnp.sin, Dual(closed_forms.sin_mean)),
    (jax.lax.sin, Dual(closed_forms.sin_mean)),
    (jnp.cos, Dual(closed_forms.cos_mean)),
    (jax.lax.cos, Dual(closed_forms.cos_mean)),
    (jnp.exp, Dual(closed_forms.exp_mean)),
    (jax.lax.exp, Dual(closed_forms.exp_mean)),
    (activations.gaussian, Dual(closed_forms.gaussian_mean)),
    (activations.gelu, Dual(closed_forms.gelu_mean)),
    (jnp.square, Dual(partial(closed_forms.polynomial_mean, coefficients=(0.0, 0.0, 1.0)))),
    (jax.lax.square, Dual(partial(closed_forms.polynomial_mean, coefficients=(0.0, 0.0, 1.0)))),
]


def register_dual(sigma: Sigma, form: Dual) -> None:
    """Make `form` the Gaussian integral of the function `sigma`, found by identity; the last one given counts."""
    _KNOWN.insert(0, (sigma, form))


@functools.singledispatch
def dual(sigma: Any) -> Dual:
    """Return the Gaussian integral of a non-linearity; a class of functions registers its own.

    Raises `InputError` for a function that has no closed form and is not known to be smooth.
    """
    for known, form in _KNOWN:
        if sigma is known:
            return form
    if isinstance(sigma, partial) and not sigma.args:
        form = _with_keywords(sigma)
        if form is not None:
            return form
    if is_smooth(sigma):
        return Dual(
            partial(quadrature_mean, sigma), partial(quadrature_variance, sigma), error=partial(quadrature_error, sigma)
        )
    raise InputError(
        f"limit: the non-linearity must have a closed form or be known to be smooth, got {name_of(sigma)!r}; wrap it as models.Smooth(...) "
        "if it has no kink, register its integral with limits.width.register_dual, or estimate the kernel of finite networks "
        "with limits.width.monte_carlo"
    )


@dual.register
def _(sigma: LeakyRelu) -> Dual:
    return _leaky(sigma.slope)


@dual.register(Monomial)
@dual.register(Hermite)
def _(sigma: Monomial | Hermite) -> Dual:
    return Dual(partial(closed_forms.polynomial_mean, coefficients=sigma.coefficients))


def _with_keywords(sigma: "partial[Array]") -> Dual | None:
    """Return the closed form of a JAX function with its options set."""
    if sigma.func is jax.nn.gelu and sigma.keywords == {"approximate": False}:
        return Dual(closed_forms.gelu_mean)
    if sigma.func is jax.nn.leaky_relu and set(sigma.keywords) == {"negative_slope"}:
        return _leaky(sigma.keywords["negative_slope"])
    return None
