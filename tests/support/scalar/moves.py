"""Free primitives: JAX does them on the plain values; nothing may be computed, which the tests check entry by entry."""

import numpy as np

from .numbers import Whole, filled, to_array, to_scalars

MOVES = (
    *("reshape", "broadcast_in_dim", "transpose", "squeeze", "rev", "pad", "concatenate", "split", "stack", "unstack"),
    *("tile", "slice", "copy", "iota", "empty", "empty2", "dynamic_slice", "dynamic_update_slice", "gather"),
    *("real", "imag", "complex", "stop_gradient", "name", "optimization_barrier", "device_put", "sharding_constraint"),
    *("lu_pivots_to_permutation", "nonbatchable", "nontraceable", "nondifferentiable_backward", "select_if_vmap"),
)
CASTS = (
    *("convert_element_type", "bitcast_convert_type", "reduce_precision"),
    *("create_token", "after_all", "platform_index", "dce_sink", "debug_callback", "debug_print"),
    *("random_wrap", "random_unwrap", "random_clone", "pure_callback", "io_callback"),
)


def free(equation, *operands):
    """Run one equation in JAX and read its values back."""
    arrays = [
        to_array(operand, value.aval) if hasattr(value.aval, "dtype") else operand
        for operand, value in zip(operands, equation.invars, strict=True)
    ]
    out = equation.primitive.bind(*arrays, **equation.params)
    outs = out if equation.primitive.multiple_results else [out]
    return [to_scalars(array) if hasattr(array, "dtype") else array for array in outs]


def _new_ref(equation, start):
    return [start.copy()]


def _get(equation, reference):
    """Read a whole reference: an array that is written in place."""
    return [reference.copy()]


def _swap(equation, reference, value):
    old = reference.copy()
    reference[...] = value
    return [old]


def _addupdate(equation, reference, update):
    for at in np.ndindex(*reference.shape):
        reference[at] = reference[at] + update[at]
    return []


SCALAR = {
    **dict.fromkeys((*MOVES, *CASTS), free),
    "new_ref": _new_ref,
    "get": _get,
    "freeze": _get,
    "swap": _swap,
    "addupdate": _addupdate,
    "pvary": lambda _, operand: [operand],
    "axis_index": lambda _: [filled((), lambda _: Whole(0))],
}
