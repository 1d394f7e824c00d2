r"""Gaussian integrals of functions with a kink or a jump: all depend on the angle $t = \arccos(k/\sqrt{q q'})$.

The derivative of $t$ is infinite where two inputs are collinear, and so is what automatic differentiation makes of the formulas.
Here derivatives are written by hand with quotients that are 0 where their denominator is, so that every derivative of every
order is finite; at collinear and antipodal pairs an infinite derivative, whose two sides have opposite signs, is taken as 0.
Rounding of $k$ moves an angle $t$ by $\epsilon/t$: angles below $\sqrt{64 \epsilon}$ (1e-7 in double precision) from 0 or $\pi$ are
taken as 0 or $\pi$, which keeps exact pairs exact.
Source: `cho:2009`, Section 2.
"""

import functools
from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax.custom_derivatives import SymbolicZero
from jaxtyping import Array, Float

Pairs = Float[Array, "..."]
_RESOLUTION = 32.0  # of 1 - |cos t|, in units of rounding


def root(x: Pairs) -> Pairs:
    r"""Return $\sqrt{x}$ for $x > 0$, else 0 with derivative 0."""
    positive = x > 0
    return jnp.where(positive, jnp.sqrt(jnp.where(positive, x, 1.0)), 0.0)


def quotient(x: Pairs, y: Pairs) -> Pairs:
    r"""Return $x / y$, and 0 where $y = 0$."""
    nonzero = y != 0
    return jnp.where(nonzero, x / jnp.where(nonzero, y, 1.0), 0.0)


def cosine(q1: Pairs, q2: Pairs, k: Pairs) -> Pairs:
    r"""Return $\cos t = k / \sqrt{q q'}$, kept in $[-1, 1]$, 0 where a variance is 0."""
    c = quotient(k, root(q1) * root(q2))
    return c - jax.lax.stop_gradient(c - jnp.clip(c, -1.0, 1.0))


def height(q1: Pairs, q2: Pairs, k: Pairs) -> Pairs:
    r"""Return $\sqrt{q q'} \sin t = \sqrt{q q' - k^2}$, exactly 0 where $\sin t$ is 0 up to rounding.

    For variances within a factor 2 it is $|k| (a + b) + a b$ with $a = q - |k|$, $b = q' - |k|$, differences without rounding.
    """
    m = jnp.abs(k)
    a, b = q1 - m, q2 - m
    alike = (q1 <= 2.0 * q2) & (q2 <= 2.0 * q1)
    square = jnp.where(alike, m * (a + b) + a * b, q1 * q2 - k**2)
    near = square <= 2.0 * _RESOLUTION * jnp.finfo(k.dtype).eps * (q1 * q2)
    return root(jnp.where(near, 0.0, square))


def _sum(*terms: tuple[Pairs, Callable[[], Pairs]]) -> Pairs:
    """Return the sum of tangents times their factors, without those that are known to be zero."""
    return functools.reduce(
        jnp.add, [tangent * factor() for tangent, factor in terms if not isinstance(tangent, SymbolicZero)]
    )


@jax.custom_jvp
def angle(q1: Pairs, q2: Pairs, k: Pairs) -> Pairs:
    r"""Return $t = \arccos(k / \sqrt{q q'})$ in $[0, \pi]$; $\pi/2$ where a variance is 0."""
    h = height(q1, q2, k)
    return jnp.arctan2(jnp.where((h == 0) & (k == 0), 1.0, h), k)


@functools.partial(angle.defjvp, symbolic_zeros=True)
def _(primals: tuple[Pairs, ...], tangents: tuple[Pairs, ...]) -> tuple[Pairs, Pairs]:
    r"""$\partial_k = -1/h$, $\partial_q = k / 2 q h$ with $h = \sqrt{q q'} \sin t$."""
    q1, q2, k = primals
    d1, d2, dk = tangents
    h = height(q1, q2, k)
    slope = _sum(
        (d1, lambda: quotient(k, 2.0 * q1 * h)),
        (d2, lambda: quotient(k, 2.0 * q2 * h)),
        (dk, lambda: quotient(-jnp.ones_like(h), h)),
    )
    return angle(q1, q2, k), slope


@jax.custom_jvp
def relu_mean(q1: Pairs, q2: Pairs, k: Pairs) -> Pairs:
    r"""Return $E \max(u, 0) \max(v, 0) = \sqrt{q q'} (\sin t + (\pi - t) \cos t) / 2\pi$.

    For acute angles it is $k/2$ and a small rest, which adds no rounding to the angle of the next layer.
    """
    h, t = height(q1, q2, k), angle(q1, q2, k)
    return jnp.where(k > 0, k / 2.0 + (h - t * k) / (2.0 * jnp.pi), (h + (jnp.pi - t) * k) / (2.0 * jnp.pi))


@functools.partial(relu_mean.defjvp, symbolic_zeros=True)
def _(primals: tuple[Pairs, ...], tangents: tuple[Pairs, ...]) -> tuple[Pairs, Pairs]:
    r"""$\partial_k = (\pi - t)/2\pi$, $\partial_q = h / 4\pi q$."""
    q1, q2, k = primals
    d1, d2, dk = tangents
    h = height(q1, q2, k) / (4.0 * jnp.pi)
    slope = _sum(
        (d1, lambda: quotient(h, q1)),
        (d2, lambda: quotient(h, q2)),
        (dk, lambda: (jnp.pi - angle(q1, q2, k)) / (2.0 * jnp.pi)),
    )
    return relu_mean(q1, q2, k), slope


@jax.custom_jvp
def squared_relu_mean(q1: Pairs, q2: Pairs, k: Pairs) -> Pairs:
    r"""Return $E \max(u, 0)^2 \max(v, 0)^2 = (3 h k + (\pi - t)(q q' + 2 k^2)) / 2\pi$ with $h = \sqrt{q q'} \sin t$."""
    h, t = height(q1, q2, k), angle(q1, q2, k)
    return (3.0 * h * k + (jnp.pi - t) * (q1 * q2 + 2.0 * k**2)) / (2.0 * jnp.pi)


@functools.partial(squared_relu_mean.defjvp, symbolic_zeros=True)
def _(primals: tuple[Pairs, ...], tangents: tuple[Pairs, ...]) -> tuple[Pairs, Pairs]:
    r"""$\partial_k = 4 E \max(u, 0) \max(v, 0)$, $\partial_q = (q' (\pi - t) + h k / q)/2\pi$."""
    q1, q2, k = primals
    d1, d2, dk = tangents
    beside = lambda: (jnp.pi - angle(q1, q2, k)) / (2.0 * jnp.pi)
    across = lambda: height(q1, q2, k) * k / (2.0 * jnp.pi)
    slope = _sum(
        (d1, lambda: q2 * beside() + quotient(across(), q1)),
        (d2, lambda: q1 * beside() + quotient(across(), q2)),
        (dk, lambda: 4.0 * relu_mean(q1, q2, k)),
    )
    return squared_relu_mean(q1, q2, k), slope


def step_mean(q1: Pairs, q2: Pairs, k: Pairs) -> Pairs:
    r"""Return $P(u > 0, v > 0) = (\pi - t) / 2\pi$."""
    return (jnp.pi - angle(q1, q2, k)) / (2.0 * jnp.pi)


def sign_mean(q1: Pairs, q2: Pairs, k: Pairs) -> Pairs:
    r"""Return $E\,\mathrm{sign}(u)\,\mathrm{sign}(v) = 1 - 2t/\pi$."""
    return 1.0 - 2.0 * angle(q1, q2, k) / jnp.pi


def leaky_mean(q1: Pairs, q2: Pairs, k: Pairs, right: float, left: float) -> Pairs:
    r"""Return the mean for $\sigma(x) = a \max(x, 0) + b \min(x, 0)$: $(a - b)^2$ times that of ReLU, plus $a b k$."""
    return (right - left) ** 2 * relu_mean(q1, q2, k) + right * left * k
