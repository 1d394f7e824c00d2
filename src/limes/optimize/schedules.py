r"""Step sizes $\tau_l$ as Optax schedules, and the step that descends $\log E$.

Optax hands a schedule the number of steps taken before, $0, 1, \dots$; formulas count steps from 1,
so that the first step uses $\tau_1$. Pass a schedule where Optax takes a learning rate:
`optax.sgd(robbins_monro(1.0, 5.0))`.
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float, Int

from limes._errors import InputError

Schedule = Callable[[Int[Array, ""]], Float[Array, ""]]
Number = float | Float[Array, ""]


def constant(step_size: Number) -> Schedule:
    r"""Return the schedule $\tau_l = \tau$."""
    _check("constant", "step_size", step_size, positive=True)
    return optax.constant_schedule(jnp.asarray(step_size, _dtype(step_size)))  # pyright: ignore[reportReturnType,reportArgumentType]


def robbins_monro(step_size: Number, offset: Number = 0.0) -> Schedule:
    r"""Return the schedule $\tau_l = \tau / (l + l_0)$, $l = 1, 2, \dots$, with $l_0$ the `offset`.

    With $l_0 = 0$ the first steps multiply a component of the error by up to $\tau|H_i|/l - 1$ and
    may explode before they converge. The guard is $l_0 = \tau R^2$ with $R^2$ the largest eigenvalue
    of $H^{-1/2}\, \overline{H_i^2}\, H^{-1/2}$: the mean error then never grows, apart from the noise.
    Source: `robbins:1951`.
    """
    _check("robbins_monro", "step_size", step_size, positive=True)
    _check("robbins_monro", "offset", offset)
    return power_law(step_size, -1.0, offset)


def power_law(step_size: Number, exponent: Number, offset: Number = 0.0) -> Schedule:
    r"""Return the schedule $\tau_l = \tau\, (l + l_0)^a$, $l = 1, 2, \dots$, with $a \le 0$ the `exponent`.

    Averaged iterates want $a$ between $-1$ and $-1/2$. Source: `polyak:1992`.
    """
    _check("power_law", "step_size", step_size, positive=True)
    _check("power_law", "offset", offset)
    if _known(exponent) and exponent > 0:
        raise InputError(
            f"power_law: exponent must be at most 0, got {exponent}; pass for example -1.0 for a step that falls like 1/l"
        )
    dtype = _dtype(step_size, exponent, offset)
    tau, a, start = (jnp.asarray(number, dtype) for number in (step_size, exponent, offset))

    def schedule(count: Int[Array, ""]) -> Float[Array, ""]:
        l = 1 + jnp.asarray(count).astype(dtype)
        return tau / (l + start) if _known(exponent) and exponent == -1 else tau * (l + start) ** a

    return schedule


def optimal_quadratic(smallest: Number, largest: Number) -> Schedule:
    r"""Return the constant step $\tau^\star = 2 / (\mu + L)$, best on quadratics.

    $\mu$ and $L$ are the smallest and largest eigenvalues of the Hessian $H$. The error then shrinks
    by at least $(\kappa - 1)/(\kappa + 1)$ a step, $\kappa = L / \mu$; for the course's least squares
    $H = 2 X^\top X / n$. Source: `nesterov:2018`, Theorem 2.1.15.
    """
    _check("optimal_quadratic", "smallest", smallest)
    _check("optimal_quadratic", "largest", largest, positive=True)
    if _known(smallest) and _known(largest) and smallest > largest:
        raise InputError(
            f"optimal_quadratic: smallest must be at most largest, got {smallest} and {largest}; swap the two"
        )
    dtype = _dtype(smallest, largest)
    return constant(2.0 / (jnp.asarray(smallest, dtype) + jnp.asarray(largest, dtype)))


def loss_normalized() -> optax.GradientTransformationExtraArgs:
    r"""Divide the gradient by the risk: $\nabla \log E = \nabla E / E$, descent of $\log E$.

    Chain it before a step: `optax.chain(loss_normalized(), optax.sgd(step_size))`; `descend` passes
    the value. On separable data plain descent needs time exponential in the norm, this one does not.
    It ends where $E$ underflows (about 1e-308): beyond, hand $\log E$ itself to `descend` as the risk.
    An exact zero risk gives a zero step.
    """

    def update(updates: Any, state: Any, params: Any = None, *, value: Any = None, **others: Any) -> Any:
        del params, others
        if value is None:
            raise InputError(
                "loss_normalized: update must be given the value of the risk, got none; call it through descend "
                "or as update(gradient, state, params, value=value)"
            )

        def divide(g: Array) -> Array:
            E = jnp.asarray(value).astype(g.dtype)
            return jnp.where(E == 0, jnp.zeros_like(g), g / jnp.where(E == 0, jnp.ones_like(E), E))

        return jax.tree.map(divide, updates), state

    return optax.GradientTransformationExtraArgs(optax.init_empty_state, update)


def _dtype(*numbers: Any) -> Any:
    with jax.numpy_dtype_promotion("standard"):
        return jnp.result_type(float, *numbers)


def _known(number: Any) -> bool:
    try:
        bool(jnp.any(jnp.asarray(number) > 0))
    except jax.errors.ConcretizationTypeError:
        return False
    return True


def _check(name: str, argument: str, number: Any, *, positive: bool = False) -> None:
    """Refuse a known number of the wrong sign; traced ones pass."""
    if not _known(number):
        return
    rule = "positive" if positive else "0 or positive"
    if jnp.ndim(number) or not (number > 0 if positive else number >= 0):
        raise InputError(f"{name}: {argument} must be one {rule} number, got {number}; correct it")
