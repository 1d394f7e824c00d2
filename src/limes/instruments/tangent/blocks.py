"""Kernels tile by tile: a block of examples against another, inside one program or from outside, tile after tile."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float

from .sweep import Features

Sweep = Callable[[Any], Features]
Pair = Callable[[Features, Features], Array]
Column = Callable[[Any, Any], Array]
Tile = Any  # an array of JAX or NumPy


def length(x: Any) -> int:
    """Return the number of examples."""
    return jax.tree.leaves(x)[0].shape[0]


def chosen(x: Any, number: Any) -> Any:
    """Return one entry of the leading axis."""
    return jax.tree.map(lambda leaf: leaf[number], x)


def blocks(x: Any, rows: int) -> Any:
    """Cut a batch into blocks of `rows` examples; the last example is repeated until the last block is full."""

    def cut(leaf: Array) -> Array:
        missing = -leaf.shape[0] % rows
        if missing:
            leaf = jnp.concatenate([leaf, jnp.broadcast_to(leaf[-1:], (missing, *leaf.shape[1:]))])
        return leaf.reshape(-1, rows, *leaf.shape[1:])

    return jax.tree.map(cut, x)


def turned(tile: Tile) -> Tile:
    """Exchange the two examples, and their outputs."""
    return tile.swapaxes(0, 1).swapaxes(2, 3)


def symmetric(tile: Tile) -> Tile:
    """Return the symmetric part: rounding differs above and below the diagonal."""
    return (tile + turned(tile)) / 2


def at_once(sweep: Sweep, pair: Pair, x1: Any, x2: Any) -> Float[Array, "n k o o"]:
    """Return the kernel from the features of all examples."""
    one = sweep(x1)
    return symmetric(pair(one, one)) if x2 is None else pair(one, sweep(x2))


def looped(sweep: Sweep, pair: Pair, x1: Any, x2: Any, rows: int, *, keep: bool) -> Float[Array, "n k o o"]:
    """Return the kernel from loops inside one program; a symmetric one is computed above the diagonal only."""
    first = blocks(x1, rows)
    second = first if x2 is None else blocks(x2, rows)
    if keep:
        first = lax.map(sweep, first)
        second = first if x2 is None else lax.map(sweep, second)

    def block(stack: Any, number: Any) -> Features:
        return chosen(stack, number) if keep else sweep(chosen(stack, number))

    tile = jax.eval_shape(lambda: pair(block(first, 0), block(second, 0)))
    (g1, g2) = map(length, (first, second))
    empty = jnp.zeros((g1 * rows, g2 * rows, *tile.shape[2:]), tile.dtype)

    def put(kernel: Array, tile: Array, i: Any, j: Any) -> Array:
        return lax.dynamic_update_slice(kernel, tile, (i * rows, j * rows, i * 0, i * 0))

    def row(i: Any, kernel: Array) -> Array:
        one = block(first, i)

        def column(j: Any, kernel: Array) -> Array:
            tile = pair(one, block(second, j))
            if x2 is not None:
                return put(kernel, tile, i, j)
            tile = jnp.where(i == j, symmetric(tile), tile)
            return put(put(kernel, tile, i, j), turned(tile), j, i)

        return lax.fori_loop(i if x2 is None else 0, g2, column, kernel)

    kernel = lax.fori_loop(0, g1, row, empty)
    return kernel[: length(x1), : length(x1 if x2 is None else x2)]


def streamed(sweep: Sweep, pair: Pair, x1: Any, x2: Any, rows: int, *, keep: bool) -> Float[Array, "n k o o"]:
    """Return the kernel from many calls of two programs: XLA runs some primitives much slower inside loops."""
    first = _source(sweep, x1, rows, keep)
    second = first if x2 is None else _source(sweep, x2, rows, keep)
    n1, n2 = length(x1), length(x1 if x2 is None else x2)
    kernel = np.empty(0)
    for i in range(0, n1, rows):
        one = first(i)
        for j in range(i if x2 is None else 0, n2, rows):
            tile = np.asarray(pair(one, one if x2 is None and i == j else second(j)))[: n1 - i, : n2 - j]
            kernel = kernel if kernel.size else np.empty((n1, n2, *tile.shape[2:]), tile.dtype)
            tile = symmetric(tile) if x2 is None and i == j else tile
            kernel[i : i + rows, j : j + rows] = tile
            if x2 is None and i != j:
                kernel[j : j + rows, i : i + rows] = turned(tile)
    return jnp.asarray(kernel)


def _source(sweep: Sweep, x: Any, rows: int, keep: bool) -> Callable[[int], Features]:
    """Return the features of the block that starts at an example; the last example fills the last block."""

    def block(start: int) -> Features:
        places = np.minimum(np.arange(start, start + rows), length(x) - 1)
        return sweep(chosen(x, places))

    if not keep:
        return block
    return {start: block(start) for start in range(0, length(x), rows)}.__getitem__


def columns_looped(column: Column, x1: Any, x2: Any, rows: int) -> Float[Array, "n k o o"]:
    """Return the kernel column after column, in loops inside one program."""
    stacked = lax.map(lambda some: jnp.swapaxes(lax.map(lambda z: column(some, z), x2), 0, 1), blocks(x1, rows))
    return stacked.reshape(-1, *stacked.shape[2:])[: length(x1)]


def columns_streamed(column: Column, x1: Any, x2: Any, rows: int) -> Float[Array, "n k o o"]:
    """Return the kernel column after column, one call of a program for each."""
    parts = []
    for i in range(0, length(x1), rows):
        some = chosen(x1, np.minimum(np.arange(i, i + rows), length(x1) - 1))
        tiles = [np.asarray(column(some, chosen(x2, j)))[: length(x1) - i] for j in range(length(x2))]
        parts.append(np.stack(tiles, axis=1))
    return jnp.asarray(np.concatenate(parts))
