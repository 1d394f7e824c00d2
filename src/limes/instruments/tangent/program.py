"""A function of parameters and one example as a traced program, and its parameters as a flat list."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array

from limes._compat import open_jaxpr
from limes._errors import InputError
from limes._types import Apply, Params

Call = Callable[[Sequence[Array], Any], Array]


class Program(NamedTuple):
    """The jaxpr of one example: first the parameters, then the leaves of the example."""

    jaxpr: Any
    constants: Sequence[Any]
    num_params: int

    def run_args(self, leaves: Sequence[Array], x: Any) -> list[Array]:
        """Return the arguments of the jaxpr."""
        return [*leaves, *jax.tree.leaves(x)]


def is_parameter(leaf: Any) -> bool:
    """Whether a leaf can be differentiated: a floating-point (or complex) array, a float."""
    return isinstance(leaf, float) or eqx.is_inexact_array(leaf)


def is_traced(tree: Any) -> bool:
    """Whether a tree holds arrays without values, as inside jit, vmap and grad."""
    return any(isinstance(leaf, jax.core.Tracer) for leaf in jax.tree.leaves(tree))  # pyright: ignore[reportAttributeAccessIssue]


def arrays(params: Params) -> Params:
    """Make floats arrays, so that another value is not another program."""
    return jax.tree.map(lambda leaf: jnp.asarray(leaf) if isinstance(leaf, float) else leaf, params)


def split(name: str, apply: Apply, params: Params) -> tuple[Call, list[Array]]:
    """Return `call(leaves, x)` and its leaves: inexact arrays and floats of `params`; all else stays fixed.

    Raises `InputError` when nothing can be differentiated or a parameter is complex.
    """
    if not callable(apply):
        raise InputError(
            f"{name}: apply must be a function apply(params, x) of one example, got {type(apply).__name__}; pass the function"
        )
    moving, fixed = eqx.partition(params, is_parameter)
    leaves, structure = jax.tree.flatten(jax.tree.map(jnp.asarray, moving))
    if not leaves:
        raise InputError(
            f"{name}: params must hold at least one floating-point array, got none; pass the trained arrays as params"
        )
    for leaf in leaves:
        if not jnp.issubdtype(leaf.dtype, jnp.floating):
            raise InputError(
                f"{name}: params must be real, got {leaf.dtype}; write complex parameters as real and imaginary parts"
            )

    def call(leaves: Sequence[Array], x: Any) -> Array:
        return apply(eqx.combine(jax.tree.unflatten(structure, leaves), fixed), x)

    return call, leaves


def trace(call: Call, leaves: Sequence[Array], x: Any) -> Program:
    """Trace the function on one example."""
    closed = jax.make_jaxpr(lambda leaves, x: call(leaves, x))(list(leaves), x)
    return Program(open_jaxpr(closed), getattr(closed, "consts", ()), len(leaves))


def check_output(name: str, call: Call, leaves: Sequence[Array], x: Any) -> jax.ShapeDtypeStruct:
    """Return shape and type of the output for one example.

    Raises `InputError` when the function fails there or returns anything but one real floating-point array.
    """
    try:
        out = jax.eval_shape(call, list(leaves), x)
    except Exception as error:
        cause = (str(error).strip().splitlines() or [""])[0]
        shapes = ", ".join(str(leaf.shape) for leaf in jax.tree.leaves(x))
        raise InputError(
            f"{name}: apply(params, x) must work for one example of shape {shapes}, but it raised "
            f"{type(error).__name__}: {cause}; give x one leading axis of examples"
        ) from error
    if not isinstance(out, jax.ShapeDtypeStruct) or not jnp.issubdtype(out.dtype, jnp.floating):
        got = str(out.dtype) if isinstance(out, jax.ShapeDtypeStruct) else type(out).__name__
        raise InputError(
            f"{name}: apply must return one array of real floating-point numbers, got {got}; return the outputs alone"
        )
    return out


def check_examples(name: str, argument: str, x: Any) -> int:
    """Return the number of examples: the length of the leading axis of every leaf of `x`."""
    lengths = {jnp.shape(leaf)[:1] for leaf in jax.tree.leaves(x)}
    if len(lengths) != 1 or lengths in ({()}, {(0,)}):
        raise InputError(
            f"{name}: {argument} must have one leading axis of at least one example, got "
            f"{[jnp.shape(leaf) for leaf in jax.tree.leaves(x)]}; stack the examples"
        )
    return lengths.pop()[0]


def example(x: Any) -> Any:
    """Return shape and type of one example of a batch."""
    return jax.tree.map(lambda leaf: jax.ShapeDtypeStruct(jnp.shape(leaf)[1:], jnp.result_type(leaf)), x)
