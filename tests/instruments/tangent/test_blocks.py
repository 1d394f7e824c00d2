import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from limes.instruments.tangent.blocks import (
    at_once,
    blocks,
    columns_looped,
    columns_streamed,
    length,
    looped,
    streamed,
    symmetric,
    turned,
)


def sweep(x):
    return jnp.sin(x)[:, None] * jnp.arange(1.0, 3.0)[None, :, None]


def pair(one, two):
    return jnp.einsum("nod,kqd->nkoq", one, two)


X1, X2 = (jnp.asarray(np.random.default_rng(0).standard_normal((num, 3))) for num in (7, 5))
EXPECTED = {True: pair(sweep(X1), sweep(X1)), False: pair(sweep(X1), sweep(X2))}


@pytest.mark.parametrize("alone", [True, False])
@pytest.mark.parametrize("keep", [True, False])
@pytest.mark.parametrize("rows", [1, 3, 4, 7, 9])
def test_tiles_make_the_kernel(rows, keep, alone):
    x2 = None if alone else X2
    inside = jax.jit(functools.partial(looped, sweep, pair, rows=rows, keep=keep))(X1, x2)
    outside = streamed(jax.jit(sweep), jax.jit(pair), X1, x2, rows, keep=keep)
    for kernel in (inside, outside, at_once(sweep, pair, X1, x2)):
        assert np.allclose(kernel, EXPECTED[alone], rtol=1e-14)
        assert not alone or jnp.array_equal(kernel, turned(kernel))


def test_a_symmetric_kernel_is_swept_above_the_diagonal_only():
    calls = []

    def counted(one, two):
        calls.append(1)
        return pair(one, two)

    streamed(sweep, counted, X1, None, 2, keep=True)
    assert len(calls) == 4 * 5 // 2


@pytest.mark.parametrize("rows", [1, 3, 7])
def test_columns_make_the_kernel(rows):
    column = lambda some, z: pair(sweep(some), sweep(z[None]))[:, 0]
    for way in (columns_looped, columns_streamed):
        assert np.allclose(way(column, X1, X2, rows), EXPECTED[False], rtol=1e-14)


def test_the_last_block_is_filled_with_the_last_example():
    cut = blocks({"x": X2, "n": jnp.arange(5)}, 3)
    assert length(cut) == 2
    assert jnp.array_equal(cut["n"], jnp.array([[0, 1, 2], [3, 4, 4]]))


def test_the_symmetric_part_exchanges_outputs_too():
    tile = jnp.asarray(np.random.default_rng(1).standard_normal((3, 3, 2, 2)))
    half = symmetric(tile)
    assert jnp.array_equal(half, half.transpose(1, 0, 3, 2))
    assert jnp.array_equal(turned(turned(tile)), tile)
