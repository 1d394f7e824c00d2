"""One sentence for every way in which a function cannot be traced or differentiated."""

from __future__ import annotations

from typing import Any

import jax

from limes._compat import function_name, jaxprs_inside, open_jaxpr
from limes._errors import InputError

_SENTENCES = (
    (
        jax.errors.TracerArrayConversionError,
        "fn must be made of JAX functions, got a NumPy call on a traced value; use jax.numpy in its place",
    ),
    (
        jax.errors.TracerBoolConversionError,
        "fn must not decide in Python on a traced value, got an if, while, and, or, assert on one; use jnp.where, "
        "jax.lax.cond or jax.lax.while_loop",
    ),
    (
        jax.errors.NonConcreteBooleanIndexError,
        "fn must not have shapes that depend on values, got an index of traced booleans; use jnp.where",
    ),
    (
        jax.errors.TracerIntegerConversionError,
        "fn must not use a traced value as a Python integer, got one as an index, a length or a shape; index with "
        "jnp.take or close over the integer",
    ),
    (
        jax.errors.UnexpectedTracerError,
        "fn must not use traced values from outside, got one that another trace left behind; pass it as an argument",
    ),
    (
        jax.errors.ConcretizationTypeError,
        "fn must not turn a traced value into a Python number, got float(), int() or a shape made of one; keep it an array",
    ),
)


def refusal(error: Exception) -> str:
    """Why a function cannot be traced."""
    for kind, sentence in _SENTENCES:
        if isinstance(error, kind):
            return f"graph: {sentence}{_place(error)}"
    return f"graph: fn must run on these arguments, but it raised {type(error).__name__}: {_first_line(error)}; correct fn or the arguments"


class NoForwardMode(InputError):  # noqa: N818
    """A custom_vjp has no tangents."""


class Irreversible(InputError):  # noqa: N818
    """A while loop inside one node has no pullback."""


def no_derivative(mode: str, local: Any, error: Exception) -> InputError:
    """Why one node has no tangent or no pullback."""
    custom = find_equation(local.closed, "custom_vjp_call") if mode == "tangents" else None
    if custom is not None:
        name = function_name(custom.params["call_jaxpr"]) or "without a name"
        return NoForwardMode(
            f"tangents: forward mode is not available through the custom_vjp {name}; use backward or reverse_jacobian"
        )
    if "while_loop" in str(error):
        return Irreversible(
            f"backward: {local.primitive} must be reversible, got a while loop inside it, where it is not unrolled; move "
            "the loop out of remat or of the custom rule, or use tangents"
        )
    return InputError(
        f"{mode}: {local.primitive} must have a derivative, got {type(error).__name__}: {_first_line(error)}; put "
        "jax.lax.stop_gradient before it if none is meant"
    )


def find_equation(jaxpr: Any, name: str) -> Any:
    """The first equation with this primitive in a jaxpr and all that it holds, or `None`."""
    for equation in open_jaxpr(jaxpr).eqns:
        if equation.primitive.name == name:
            return equation
        for inner in jaxprs_inside(equation.params):
            found = find_equation(inner, name)
            if found is not None:
                return found
    return None


def _place(error: Exception) -> str:
    """Where JAX says it happened."""
    lines = [line for line in str(error).splitlines() if " at " in line and "function" in line]
    return f" ({lines[0].split(' for ')[0].strip()})" if lines else ""


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or ["nothing said"])[0].rstrip(".")
