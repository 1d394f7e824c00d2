"""One sentence about what is wrong with a function of parameters and one example."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from limes._errors import InputError
from limes._types import Apply, Params


def check_apply(apply: Apply, params: Params, x: Array) -> jax.ShapeDtypeStruct:
    """Check that `apply(params, x)` maps one example to one floating-point array.

    The shapes are checked before anything is computed, then the values, then the gradient.
    Returns the shape and type of the output.

    Raises `InputError` with one sentence: what was expected, what came, which leaf it is.
    """
    if not callable(apply):
        raise InputError(
            f"check_apply: apply must be a function apply(params, x), got {type(apply).__name__}; pass the function"
        )
    _check_params(params)
    output = _shape(apply, params, x)
    _check_values(apply, params, x)
    return output


def _check_params(params: Params) -> None:
    leaves = jax.tree_util.tree_leaves_with_path(params)
    if not leaves:
        raise InputError(
            "check_apply: params must hold at least one array, got none; pass the trained arrays as params"
        )
    for path, leaf in leaves:
        name = _name(path)
        if not isinstance(leaf, jax.Array | np.ndarray):
            raise InputError(
                f"check_apply: params{name} must be an array, got {type(leaf).__name__}; keep it inside apply or make it an array"
            )
        if not jnp.issubdtype(leaf.dtype, jnp.inexact):
            raise InputError(
                f"check_apply: params{name} must be of floating-point type, got {leaf.dtype}; keep it inside apply or convert it"
            )
        if not np.all(np.isfinite(np.asarray(leaf))):
            raise InputError(
                f"check_apply: params{name} must be finite, got a value that is not; repair or retrain these parameters"
            )


def _shape(apply: Apply, params: Params, x: Array) -> jax.ShapeDtypeStruct:
    output = _try_shape(apply, params, x)
    if isinstance(output, Exception):
        batched = _try_shape(apply, params, jnp.expand_dims(x, 0))
        remedy = "check the sizes of the example and of params"
        if not isinstance(batched, Exception):
            remedy = "it works with a batch axis in front: wrap it so that it takes one example"
        cause = str(output).strip().splitlines() or [""]
        raise InputError(
            f"check_apply: apply(params, x) must work for one example of shape {jnp.shape(x)}, but it raised "
            f"{type(output).__name__}: {cause[0]}; {remedy}"
        ) from output
    if not isinstance(output, jax.ShapeDtypeStruct):
        raise InputError(
            f"check_apply: apply must return one array, got {type(output).__name__}; return the output alone"
        )
    if not jnp.issubdtype(output.dtype, jnp.floating):
        raise InputError(
            f"check_apply: apply must return real floating-point numbers, got {output.dtype}; return scores, not labels"
        )
    return output


def _try_shape(apply: Apply, params: Params, x: Array) -> Any:
    try:
        return jax.eval_shape(apply, params, x)
    except Exception as error:  # noqa: BLE001  (whatever the user's function raises is reported)
        return error


def _check_values(apply: Apply, params: Params, x: Array) -> None:
    def total(params: Params) -> Array:
        return jnp.sum(apply(params, x))

    value, gradient = jax.value_and_grad(total)(params)
    if not bool(jnp.isfinite(value)):
        raise InputError(
            "check_apply: apply(params, x) must be finite, got a value that is not; check the example and the parameters"
        )
    for path, leaf in jax.tree_util.tree_leaves_with_path(gradient):
        if not bool(jnp.all(jnp.isfinite(leaf))):
            raise InputError(
                f"check_apply: the gradient in params{_name(path)} must be finite, got a value that is not; "
                "look for a square root, norm or logarithm at 0"
            )


def _name(path: tuple[Any, ...]) -> str:
    return jax.tree_util.keystr(path)
