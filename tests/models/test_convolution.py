import jax
import jax.numpy as jnp
import numpy as np
import pytest

from limes._errors import InputError
from limes.models.convolution import AveragePool, Conv, Flatten, GlobalAveragePool, window_sum
from limes.models.functional import functional

KEY = jax.random.key(0)
SHAPES = {1: (7, 2), 2: (5, 6, 2)}


def places(size, window, stride, padding):
    """Input positions of each output, written out; None is a zero."""
    low = 0 if padding == "valid" else (window - 1) // 2
    count = (size - window) // stride + 1 if padding == "valid" else -(-size // stride)
    rows = [[s * stride + offset - low for offset in range(window)] for s in range(count)]
    return [[p % size if padding == "circular" else (p if 0 <= p < size else None) for p in row] for row in rows]


def patches(x, window, strides, padding):
    """Yield each output's place and the patch that it sees, by loops."""
    taps = [places(n, k, r, padding) for n, k, r in zip(x.shape, window, strides, strict=False)]
    for out in np.ndindex(*(len(t) for t in taps)):
        patch = np.zeros((*window, x.shape[-1]))
        for offset in np.ndindex(*window):
            at = [t[s][o] for t, s, o in zip(taps, out, offset, strict=True)]
            if None not in at:
                patch[offset] = x[tuple(at)]
        yield out, patch


@pytest.mark.parametrize("padding", ["circular", "same", "valid"])
@pytest.mark.parametrize(("window", "strides"), [((3,), (1,)), ((2,), (3,)), ((3, 2), (1, 2)), ((2, 3), (2, 1))])
def test_convolutions_are_sums_over_patches(padding, window, strides):
    x = np.asarray(jax.random.normal(KEY, SHAPES[len(window)]))
    layer = Conv(2, 3, window, stride=strides, padding=padding, scaling="ntk", weight_std=1.5, bias_std=0.5, key=KEY)
    found, W = layer(jnp.asarray(x)), np.asarray(layer.weight)
    alpha = 1.5 / np.sqrt(2 * np.prod(window))
    for out, patch in patches(x, window, strides, padding):
        expected = alpha * np.tensordot(patch, W, len(window) + 1) + 0.5 * np.asarray(layer.bias)
        assert np.allclose(found[out], expected, rtol=1e-11, atol=1e-13)
    assert found.shape[:-1] == tuple(a + 1 for a in out)


@pytest.mark.parametrize("padding", ["circular", "same", "valid"])
def test_pools_are_means_over_patches(padding):
    for window, strides in (((2,), (2,)), ((3, 2), (1, 2))):
        x = np.asarray(jax.random.normal(KEY, SHAPES[len(window)]))
        found = AveragePool(window, stride=strides, padding=padding)(jnp.asarray(x))
        for out, patch in patches(x, window, strides, padding):
            assert np.allclose(found[out], patch.mean(tuple(range(len(window)))), rtol=1e-12, atol=1e-15)
        assert found.shape[:-1] == tuple(a + 1 for a in out)


def test_strides_are_sub_sampling():
    """With "circular" and "same" a stride picks every other output and moves nothing."""
    x = jax.random.normal(KEY, (8, 8, 2))
    for padding in ("circular", "same"):
        one, two = (Conv(2, 3, (3, 3), stride=r, padding=padding, key=KEY) for r in (1, 2))
        assert np.allclose(one(x)[::2, ::2], two(x), rtol=1e-12, atol=1e-13)


def test_circular_convolutions_commute_with_shifts():
    x = jax.random.normal(KEY, (6, 7, 2))
    layer = Conv(2, 3, (3, 4), key=KEY)
    assert np.allclose(layer(jnp.roll(x, (2, 3), (0, 1))), jnp.roll(layer(x), (2, 3), (0, 1)), atol=1e-12)


def test_draws_have_the_deviations_of_the_table():
    for scaling, weight in (("standard", 1.5 / np.sqrt(9 * 40)), ("ntk", 1.0)):
        layer = Conv(40, 50, (3, 3), scaling=scaling, weight_std=1.5, key=KEY)
        assert float(layer.weight.std()) == pytest.approx(weight, rel=0.02)
    assert len(jax.tree.leaves(functional(layer)[1])) == 2


def test_the_ends_of_a_network():
    x = jax.random.normal(KEY, (3, 4, 2))
    assert np.allclose(GlobalAveragePool()(x), np.asarray(x).mean((0, 1)), rtol=1e-13)
    assert np.array_equal(Flatten()(x), np.asarray(x).ravel())


def test_a_window_sum_moves_several_axes_together():
    a = np.arange(25.0).reshape(5, 5)
    found = window_sum(jnp.asarray(a), (0, 1), 2, 1, "valid")
    assert np.array_equal(found, a[:4, :4] + a[1:, 1:])


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: Conv(2, 3, (3,), padding="reflect", key=KEY), "padding must be one of"),
        (lambda: Conv(2, 3, (3, 3, 3), key=KEY), "1 or 2 dimensions"),
        (lambda: Conv(2, 3, (0,), key=KEY), "numbers from 1 on"),
        (lambda: Conv(2, 3, (3, 3), stride=(1,), key=KEY), "2 numbers"),
        (lambda: Conv(0, 3, (3,), key=KEY), "channels must be"),
        (lambda: Conv(2, 3, (3,), scaling="mean-field", key=KEY), "two-layer"),
        (lambda: AveragePool((2,), padding="wrap"), "padding must be one of"),
        (lambda: Conv(2, 3, (3,), key=KEY)(jnp.ones((4, 5, 2))), "vmap"),
        (lambda: Conv(2, 3, (3, 3), key=KEY)(jnp.ones((2, 5, 5))), "channels last"),
        (lambda: Conv(2, 3, (9,), padding="valid", key=KEY)(jnp.ones((5, 2))), "must fit into the input"),
        (lambda: AveragePool((9,))(jnp.ones((5, 2))), "must fit into the input"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(make, reason):
    with pytest.raises(InputError, match=reason):
        make()
