"""Primitives that only move, cast or name entries: free."""

from .operations import Operations
from .rule import Equation, Rule

SHAPES = (
    *("reshape", "broadcast_in_dim", "transpose", "squeeze", "rev", "pad", "concatenate", "split", "stack", "unstack"),
    *("tile", "slice", "copy", "iota", "empty", "empty2", "dynamic_slice", "dynamic_update_slice", "gather"),
)
CASTS = (
    *("convert_element_type", "bitcast_convert_type", "reduce_precision", "real", "imag", "complex"),
    *("stop_gradient", "name", "optimization_barrier"),
)
PLACES = (
    *("device_put", "sharding_constraint", "pvary", "axis_index", "platform_index", "create_token", "after_all"),
    *("dce_sink", "debug_callback", "debug_print"),
)
REFERENCES = ("new_ref", "get", "swap", "freeze")


def _free(equation: Equation) -> Operations:
    del equation
    return Operations()


RULES = [
    *(Rule(name, "moves", "free", "free: entries are moved, repeated or dropped", _free) for name in SHAPES),
    *(Rule(name, "moves", "free", "free: entries are cast or named", _free) for name in CASTS),
    *(Rule(name, "moves", "free", "free: where values live and what is printed", _free) for name in PLACES),
    *(Rule(name, "moves", "free", "free: a reference is read or written", _free) for name in REFERENCES),
]
