r"""Gaussian integrals of smooth functions without a closed form, by Gauss-Hermite quadrature and Mehler's series.

With $a_j(q) = E\,\sigma(\sqrt{q} Z) h_j(Z)$, $h_j$ the normalized Hermite polynomials, $\Phi(q, q', k) = \sum_j a_j(q) a_j(q') \cos^j t$. The
coefficients of each input are one-dimensional integrals over $m$ nodes, and the series stops at $J = m/2$. What it leaves out is
at most $\sqrt{R R'}$ with $R(q) = E \sigma^2 - \sum_{j < J} a_j^2$, and the same for $\dot\sigma$ bounds the error of the derivative that
tangent kernels need. The number of nodes is the least of `LEVELS` for which both are below `AIM` of their integral, else the one with
the least error.

Only a function that is *known to be smooth* is integrated: one of `SMOOTH`, one wrapped as `Smooth`, or one whose traced program
holds nothing but operations that are analytic on the whole line (sums, products, tanh, exp, sin, ...; no quotient, root, comparison).
"""

import functools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int
from scipy import special

from limes.models.activations import Sigma, Smooth

from .angles import Pairs, cosine, root

LEVELS = (32, 96, 192, 384)
AIM = 1e-11
PROBES = 8
ANALYTIC = frozenset(
    [
        "add",
        "add_any",
        "sub",
        "mul",
        "neg",
        "tanh",
        "exp",
        "exp2",
        "expm1",
        "logistic",
        "sin",
        "cos",
        "sinh",
        "cosh",
        "asinh",
        "atan",
        "erf",
        "erfc",
        "square",
        "copy",
        "broadcast_in_dim",
    ]
)
CALLS = frozenset(
    ["pjit", "jit", "closed_call", "core_call", "custom_jvp_call", "custom_vjp_call", "remat", "checkpoint"]
)
SMOOTH = (jax.nn.softplus, jax.nn.log_sigmoid, jax.nn.mish)  # written with a maximum, and analytic all the same


def is_smooth(sigma: Sigma) -> bool:
    """Tell whether a function of one number is known to be smooth."""
    if isinstance(sigma, Smooth) or any(sigma is known for known in SMOOTH):
        return True
    try:
        program = jax.make_jaxpr(sigma)(jnp.zeros((3,)))
    except Exception:  # noqa: BLE001  (whatever it raises, it is not known to be smooth)
        return False
    return _analytic(program.jaxpr)


def _analytic(jaxpr: Any) -> bool:
    return all(_analytic_operation(equation) for equation in jaxpr.eqns)


def _analytic_operation(equation: Any) -> bool:
    name, params = equation.primitive.name, equation.params
    if name in CALLS:
        inner = params["call_jaxpr" if "call_jaxpr" in params else "jaxpr"]
        return _analytic(getattr(inner, "jaxpr", inner))
    if name == "integer_pow":
        return params["y"] >= 0
    if name == "convert_element_type":
        return bool(jnp.issubdtype(params["new_dtype"], jnp.inexact))
    return name in ANALYTIC


@functools.cache
def tables() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    r"""Return nodes $z_i$, roots of weights $\sqrt{w_i}$ and $h_j(z_i) \sqrt{w_i}$ of each level, filled up with zeros to one size."""
    most = LEVELS[-1]
    nodes, roots, values = (
        np.zeros((len(LEVELS), most)),
        np.zeros((len(LEVELS), most)),
        np.zeros((len(LEVELS), most // 2, most)),
    )
    for level, num in enumerate(LEVELS):
        z, w = special.roots_hermitenorm(num)
        rows = [scale := np.sqrt(w / np.sqrt(2 * np.pi)), z * scale]
        for j in range(1, num // 2 - 1):
            rows.append((z * rows[j] - np.sqrt(j) * rows[j - 1]) / np.sqrt(j + 1))
        nodes[level, :num], roots[level, :num], values[level, : num // 2, :num] = z, scale, np.stack(rows)
    return nodes, roots, values


def quadrature_mean(sigma: Sigma, q1: Pairs, q2: Pairs, k: Pairs) -> Pairs:
    r"""Return $E \sigma(u) \sigma(v)$ with as many nodes as it takes."""
    level, _ = _level(sigma, q1, q2)
    a, b = (_coefficients(sigma, q, level) for q in (q1, q2))
    branches = [functools.partial(_series, num // 2) for num in LEVELS]
    return jax.lax.switch(level, branches, a, b, cosine(q1, q2, k))


def quadrature_variance(sigma: Sigma, q: Pairs) -> Pairs:
    r"""Return $E \sigma(u)^2$ with the largest number of nodes."""
    value, root_weights = _values(sigma, q, len(LEVELS) - 1)
    return jnp.sum((value * root_weights) ** 2, axis=-1)


def quadrature_error(sigma: Sigma, q1: Pairs, q2: Pairs) -> Float[Array, ""]:
    """Return the relative error, the largest at `PROBES` variances between the least and the largest."""
    return _level(sigma, q1, q2)[1]


def _values(sigma: Sigma, q: Pairs, level: int | Int[Array, ""]) -> tuple[Float[Array, "... m"], Float[Array, "... m"]]:
    r"""Return $\sigma(\sqrt{q} z_i)$ on a new last axis, with $\sqrt{w_i}$ beside it."""
    nodes, roots, _ = tables()
    front = (1,) * q.ndim + (-1,)
    z, scale = (jnp.asarray(part, q.dtype)[level].reshape(front) for part in (nodes, roots))
    return sigma(root(q)[..., None] * z), scale


def _coefficients(sigma: Sigma, q: Pairs, level: Int[Array, ""]) -> Float[Array, "j ..."]:
    """Return $a_j(q)$ on a new first axis, 0 beyond those of the level."""
    value, scale = _values(sigma, q, level)
    return jnp.moveaxis((value * scale) @ jnp.asarray(tables()[2], q.dtype)[level].T, -1, 0)


def _level(sigma: Sigma, q1: Pairs, q2: Pairs) -> tuple[Int[Array, ""], Float[Array, ""]]:
    r"""Return which of `LEVELS` is taken, and its error: the larger one of $\sigma$ and of $\dot\sigma$."""
    low, high = jnp.minimum(jnp.min(q1), jnp.min(q2)), jnp.maximum(jnp.max(q1), jnp.max(q2))
    q = jax.lax.stop_gradient(low + (high - low) * jnp.linspace(0.0, 1.0, PROBES, dtype=q1.dtype) ** 2)
    z, scale, h = (jnp.asarray(part, q.dtype) for part in tables())
    value, slope = jax.jvp(sigma, (u := root(q)[:, None, None] * z[None],), (jnp.ones_like(u),))
    a = jnp.einsum("plm,ljm->plj", value * scale[None], h)
    whole = jnp.sum((value * scale[None]) ** 2, axis=-1), q[:, None] * jnp.sum((slope * scale[None]) ** 2, axis=-1)
    order = jnp.arange(h.shape[1]).astype(q.dtype)[None, None, :]
    kept = jnp.sum(a**2, axis=-1), jnp.sum(order * a**2, axis=-1)
    tiny = jnp.finfo(q.dtype).tiny
    errors = [jnp.max(jnp.abs(w - k) / (w + tiny), axis=0) for w, k in zip(whole, kept, strict=True)]
    reached = jnp.maximum(*errors)
    aim = max(AIM, 8.0 * float(jnp.finfo(q.dtype).eps))
    level = jnp.where(jnp.any(reached <= aim), jnp.argmax(reached <= aim), jnp.argmin(reached))
    return level, reached[level]


def _series(terms: int, a: Float[Array, "j ..."], b: Float[Array, "j ..."], c: Pairs) -> Pairs:
    r"""Return $\sum_{j < J} a_j(q) a_j(q') \cos^j t$ by Horner's rule."""

    def add(total: Array, pair: tuple[Array, Array]) -> tuple[Array, None]:
        return total * c + pair[0] * pair[1], None

    return jax.lax.scan(add, jnp.zeros_like(c), (a[:terms], b[:terms]), reverse=True)[0]
