"""Kernels tile by tile: rows of inputs (and columns, where one row is too large) within a budget of bytes."""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from limes._errors import InputError

from .rules import needs_pairs, rule
from .state import State, start

WORK = 512 * 2**20  # bytes that a computation may take beside its result, where nobody says otherwise
Names = tuple[str, ...]
_ALIVE = 6  # arrays of the largest size that live at a time


class Tiles(NamedTuple):
    """How many inputs a tile holds on each side."""

    rows: int
    columns: int


def final_state(
    model: Any, x1: Float[Array, "n ..."], x2: Float[Array, "k ..."], same: Array | None, tangent: bool
) -> State:
    """Return the kernels of the outputs of a model.

    Raises `InputError` where outputs are not Gaussian, or stand at several positions.
    """
    state = start(x1, x2, same=same, full=needs_pairs(model, False), tangent=tangent)
    state = rule(model, state)
    if state.dims:
        raise InputError(
            "limit: the model must end in numbers, got outputs at several positions; end it with Flatten or GlobalAveragePool and Dense"
        )
    if state.kind != "gaussian":
        raise InputError(
            "limit: the model must end with a layer with weights, so that its outputs are Gaussian; add a Dense layer"
        )
    return state


def kernels(
    model: Any, x1: Float[Array, "n ..."], x2: Float[Array, "k ..."] | None, names: Names, memory_bytes: int | None
) -> tuple[tuple[Float[Array, "n k"], ...], Float[Array, ""]]:
    """Return the kernels of these names, "nngp" or "ntk", and the largest relative error of an integral.

    The error is infinite where a kernel is not finite. Raises `InputError` with the number of bytes where the budget is too small.
    """
    tiles = plan(model, x1, x2, names, memory_bytes)
    return _tiled(model, x1, x2, tiles, names)


@eqx.filter_jit
def _tiled(
    model: Any, x1: Float[Array, "n ..."], x2: Float[Array, "k ..."] | None, tiles: Tiles, names: Names
) -> tuple[tuple[Array, ...], Array]:
    itself, other = x2 is None, x1 if x2 is None else x2
    rows, columns = _split(x1, tiles.rows), _split(other, tiles.columns)

    def row(part: tuple[Array, Array]) -> Any:
        return _each(lambda across: _tile(model, part, across, itself, names), columns)

    parts, errors = _each(row, rows)
    return tuple(_joined(part, x1.shape[0], other.shape[0]) for part in parts), jnp.max(errors)


def _tile(
    model: Any, part: tuple[Array, Array], across: tuple[Array, Array], itself: bool, names: Names
) -> tuple[tuple[Array, ...], Array]:
    (x1, i), (x2, j) = part, across
    same = i[:, None] == j[None, :] if itself else None
    state = final_state(model, x1, x2, same, "ntk" in names)
    kernels = {"nngp": state.K, "ntk": state.Theta}
    found = tuple(kernels[name] for name in names)
    finite = jnp.all(jnp.stack([jnp.all(jnp.isfinite(kernel)) for kernel in found]))
    return found, jnp.where(finite, state.error, jnp.inf)


def _joined(parts: Float[Array, "many few n k"], n: int, k: int) -> Float[Array, "n k"]:
    many, few, rows, columns = parts.shape
    return parts.transpose(0, 2, 1, 3).reshape(many * rows, few * columns)[:n, :k]


def _each(function: Callable[[Any], Any], parts: tuple[Array, Array]) -> Any:
    """Map over the first axis, without a loop where it holds one part."""
    if parts[0].shape[0] > 1:
        return jax.lax.map(function, parts)
    return jax.tree.map(lambda leaf: leaf[None], function(jax.tree.map(lambda leaf: leaf[0], parts)))


def _split(x: Array, size: int) -> tuple[Array, Array]:
    """Return inputs and their numbers in parts of one size; the last input fills up the last part."""
    n = x.shape[0]
    index = jnp.arange(math.ceil(n / size) * size)
    filled = x if n % size == 0 else x[jnp.minimum(index, n - 1)]
    return filled.reshape(-1, size, *x.shape[1:]), index.reshape(-1, size)


def plan(model: Any, x1: Array, x2: Array | None, names: Names, memory_bytes: int | None) -> Tiles:
    """Choose tiles whose arrays, with the result and a copy of it, fit into the budget.

    Raises `InputError` with the number of bytes where not even the tile of one pair does.
    """
    n, k = x1.shape[0], (x1 if x2 is None else x2).shape[0]
    result = 2 * len(names) * n * k * x1.dtype.itemsize
    work = WORK if memory_bytes is None else memory_bytes - result
    rows, columns = n, k
    while (needed := _bytes(model, x1, x2, Tiles(rows, columns), names)) > work:
        if rows == columns == 1:
            raise InputError(
                f"limit: memory_bytes must be at least {needed + result:,} for {n} x {k} pairs of these inputs, got {work + result:,}; "
                "raise it, or ask for fewer inputs at a time"
            )
        factor = max(1.2, needed / max(work, 1))
        if rows > 1:
            rows = max(1, int(rows / factor))
        else:
            columns = max(1, int(columns / factor))
    return Tiles(_even(n, rows), _even(k, columns))


def _even(num: int, size: int) -> int:
    """Return the size of as many parts that differ least."""
    return math.ceil(num / math.ceil(num / size))


def _bytes(model: Any, x1: Array, x2: Array | None, tiles: Tiles, names: Names) -> int:
    """Predict the bytes that a tile takes from the largest array of its program."""
    shape = lambda x, num: (jax.ShapeDtypeStruct((num, *x.shape[1:]), x.dtype), jax.ShapeDtypeStruct((num,), jnp.int32))
    part, across = shape(x1, tiles.rows), shape(x1 if x2 is None else x2, tiles.columns)
    program = jax.make_jaxpr(lambda part, across: _tile(model, part, across, x2 is None, names))(part, across)
    return _ALIVE * _largest(program.jaxpr)


def _largest(jaxpr: Any) -> int:
    """Return the bytes of the largest value of a program, inner programs included."""
    sizes = [0]
    for equation in jaxpr.eqns:
        sizes += [math.prod(var.aval.shape) * var.aval.dtype.itemsize for var in equation.outvars]
        for value in jax.tree.leaves(list(equation.params.values()), is_leaf=lambda leaf: hasattr(leaf, "eqns")):
            inner = getattr(value, "jaxpr", value)
            if hasattr(inner, "eqns"):
                sizes.append(_largest(inner))
    return max(sizes)
