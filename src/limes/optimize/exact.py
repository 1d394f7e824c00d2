"""Exact minimizers of the risks that have one: least squares, ridge, logistic."""

from collections.abc import Callable
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import lineax as lx
import numpy as np
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Bool, Float, Shaped

from limes._errors import InputError
from limes._types import Params
from limes.risk.empirical import EmpiricalRisk
from limes.risk.losses import least_squares, logistic
from limes.risk.penalty import Ridge

_STEPS = 100
_HALVINGS = 30
_DECREASE = 1e-4


def solve(risk: EmpiricalRisk, params: Params) -> Params:
    r"""Return the exact minimizer of a risk whose model is affine in its parameters.

    - least squares: the solution of least norm, $\theta = X^+ (y - f_0)$ with $f_0$ the output at $\theta = 0$;
    - with `Ridge(strength)`: $(X^\top X + n\lambda I)\theta = X^\top (y - f_0)$, solved without forming $X^\top X$;
    - logistic, with or without ridge: damped Newton steps to rounding error.

    `params` gives the structure; its values do not matter. Inside `jit` and `vmap` an answer
    that does not exist is NaN, as an exception would stop every seed.

    Raises `InputError` for another loss or penalty, a model that is not affine in its
    parameters, and a logistic risk without minimizer (the data are separable).
    Source: `golub:2013`, Sections 5.5 and 6.1; `boyd:2004`, Section 9.5.
    """
    _check_risk(risk)
    flat, unravel = ravel_pytree(params)
    _check_affine(risk, flat, unravel)
    if risk.loss is least_squares:
        return unravel(_least_squares(risk, jnp.zeros_like(flat), unravel))
    theta, found = _logistic(risk, jnp.zeros_like(flat), unravel)
    if _known(found) is False:
        raise InputError(
            "solve: the logistic risk must have a minimizer, but the data are separable, so it falls for ever "
            "as the parameters grow; add penalty=Ridge(strength) or use descent"
        )
    return unravel(jnp.where(found, theta, jnp.nan))


def _check_risk(risk: EmpiricalRisk) -> None:
    if not isinstance(risk, EmpiricalRisk):
        raise InputError(
            f"solve: risk must be an EmpiricalRisk, got {type(risk).__name__}; build EmpiricalRisk(apply, loss, data)"
        )
    if risk.loss is not least_squares and risk.loss is not logistic:
        name = getattr(risk.loss, "__name__", repr(risk.loss))
        raise InputError(
            f"solve: an exact minimizer is known for the losses least_squares and logistic, got {name}; use descent instead"
        )
    if not (risk.penalty is None or isinstance(risk.penalty, Ridge)):
        raise InputError(
            f"solve: the penalty must be None or Ridge(strength), got {type(risk.penalty).__name__}; use descent instead"
        )


def _check_affine(risk: EmpiricalRisk, zero: Array, unravel: Callable[[Array], Params]) -> None:
    """Compare f(a) + f(b) with f(a + b) + f(0); silent where the model itself is traced."""
    draw = np.random.default_rng(0)
    shape, dtype = (3, *risk.data.x.shape[1:]), risk.data.x.dtype
    with jax.ensure_compile_time_eval():
        x = jnp.asarray(draw.standard_normal(shape), dtype) if jnp.issubdtype(dtype, jnp.inexact) else risk.data.x[:3]
        a, b = (jnp.asarray(draw.standard_normal(zero.shape), zero.dtype) for _ in range(2))
        origin, left, right, both = (_outputs(risk, t, unravel, x) for t in (0.0 * a, a, b, a + b))
        scale = jnp.max(jnp.abs(left)) + jnp.max(jnp.abs(right)) + jnp.max(jnp.abs(origin))
        defect = jnp.max(jnp.abs(left + right - both - origin)) / jnp.maximum(scale, jnp.finfo(zero.dtype).tiny)
        wrong = _known(~(defect <= jnp.sqrt(jnp.finfo(zero.dtype).eps)))
    if wrong:
        raise InputError(
            "solve: apply must be affine in its parameters, but f(a) + f(b) differs from f(a + b) + f(0) by "
            f"{float(defect):.1e} of its size; use descent instead"
        )


def _known(flag: Shaped[Array, ""]) -> bool | None:
    try:
        return bool(flag)
    except jax.errors.ConcretizationTypeError:
        return None


def _outputs(risk: EmpiricalRisk, theta: Array, unravel: Callable[[Array], Params], x: Array) -> Array:
    params = unravel(theta)
    return jax.vmap(lambda example: risk.apply(params, example))(x)


def _strength(risk: EmpiricalRisk) -> Any:
    """Return lambda, or None where there is no penalty."""
    strength = None if risk.penalty is None else risk.penalty.strength  # pyright: ignore[reportFunctionMemberAccess]
    return None if isinstance(strength, float | int) and strength == 0 else strength


@eqx.filter_jit
def _least_squares(
    risk: EmpiricalRisk, zero: Float[Array, " m"], unravel: Callable[[Array], Params]
) -> Float[Array, " m"]:
    def outputs(theta: Array) -> Array:
        return _outputs(risk, theta, unravel, risk.data.x).ravel()

    X = jax.jacrev(outputs)(zero) if zero.size > risk.data.y.size else jax.jacfwd(outputs)(zero)
    target = jnp.asarray(risk.data.y, zero.dtype).ravel() - outputs(zero)
    strength = _strength(risk)
    if strength is None:
        return lx.linear_solve(lx.MatrixLinearOperator(X), target, lx.SVD(), throw=False).value
    root = jnp.sqrt(jnp.asarray(len(risk.data) * strength, zero.dtype))
    stacked = jnp.concatenate([X, root * jnp.eye(zero.size, dtype=zero.dtype)])
    padded = jnp.concatenate([target, zero])
    return lx.linear_solve(lx.MatrixLinearOperator(stacked), padded, lx.QR(), throw=False).value


class _Newton(NamedTuple):
    theta: Array
    size: Array
    taken: Array


@eqx.filter_jit
def _logistic(
    risk: EmpiricalRisk, zero: Float[Array, " m"], unravel: Callable[[Array], Params]
) -> tuple[Float[Array, " m"], Bool[Array, ""]]:
    tolerance = jnp.finfo(zero.dtype).eps ** 0.6

    def value(theta: Array) -> Array:
        return risk(unravel(theta))

    def going(state: _Newton) -> Array:
        return (state.size > tolerance) & (state.taken < _STEPS)

    def step(state: _Newton) -> _Newton:
        gradient = jax.grad(value)(state.theta)
        hessian = lx.MatrixLinearOperator(jax.hessian(value)(state.theta))
        direction = lx.linear_solve(hessian, gradient, lx.SVD(), throw=False).value
        length = _line_search(value, state.theta, direction, gradient)
        size = jnp.linalg.norm(direction) / (1.0 + jnp.linalg.norm(state.theta))
        return _Newton(state.theta - length * direction, size, state.taken + 1)

    start = _Newton(zero, jnp.asarray(jnp.inf, zero.dtype), jnp.asarray(0))
    final = jax.lax.while_loop(going, step, start)
    found = final.size <= tolerance
    if _strength(risk) is None:
        found = found & ~_separated(risk, _outputs(risk, final.theta, unravel, risk.data.x))
    return final.theta, found


def _separated(risk: EmpiricalRisk, output: Array) -> Array:
    """Tell whether no sample lies clearly on the wrong side: then no minimizer exists."""
    margin = risk.data.y * output
    largest = jnp.max(jnp.abs(margin))
    return (largest > 0) & (jnp.min(margin) >= -1e-6 * largest)


def _line_search(value: Callable[[Array], Array], theta: Array, direction: Array, gradient: Array) -> Array:
    start, slope = value(theta), gradient @ direction
    slack = 8.0 * jnp.finfo(theta.dtype).eps * jnp.abs(start)

    def halve(carry: tuple[Array, Array]) -> tuple[Array, Array]:
        return carry[0] / 2.0, carry[1] + 1

    def too_long(carry: tuple[Array, Array]) -> Array:
        length, count = carry
        enough = value(theta - length * direction) <= start - _DECREASE * length * slope + slack
        return ~enough & (count < _HALVINGS)

    return jax.lax.while_loop(too_long, halve, (jnp.ones((), theta.dtype), jnp.asarray(0)))[0]
