import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from limes.instruments.tangent.layout import layout_of


def normal(seed, shape):
    return jnp.asarray(np.random.default_rng(seed).standard_normal(shape))


def check(function, a, W, operand):
    """The derivative in W is the sum over terms of activations times cotangents, block by block."""
    args = [a, a]
    args[operand], args[1 - operand] = W, a
    (equation,) = jax.make_jaxpr(function)(*args).jaxpr.eqns
    layout = layout_of(equation, operand)
    out, pull = jax.vjp(function, *args)
    c = normal(1, out.shape)
    blocks = jnp.einsum("bti,btf->bif", layout.activation(a), layout.cotangent(c))
    expected = np.asarray(pull(c)[operand]).reshape(-1)[layout.matrix(np.arange(W.size).reshape(W.shape))]
    assert blocks.shape == expected.shape == (layout.sizes.blocks, layout.sizes.inputs, layout.sizes.outputs)
    assert np.allclose(blocks, expected, atol=1e-12)
    assert layout.activation(a).shape == layout.sizes[:3]


PRODUCTS = {
    "matrix-vector": ((3,), (4, 3), (((1,), (0,)), ((), ()))),
    "tokens": ((5, 3), (3, 4), (((0,), (1,)), ((), ()))),
    "two contracted": ((2, 3, 5), (5, 4, 2), (((2, 0), (0, 2)), ((), ()))),
    "batch": ((6, 5, 3), (3, 6, 4), (((0,), (2,)), ((1,), (0,)))),
    "heads": ((7, 2, 3), (2, 3, 4), (((0, 1), (1, 2)), ((), ()))),
    "outer": ((3,), (4,), (((), ()), ((), ()))),
}


@pytest.mark.parametrize("operand", [0, 1])
@pytest.mark.parametrize("name", PRODUCTS)
def test_products_of_any_axes(name, operand):
    a, W, numbers = PRODUCTS[name]
    a, W = normal(2, a), normal(3, W)
    ((cW, ca), (bW, ba)) = numbers
    pairs = ((cW, ca), (bW, ba)) if operand == 0 else ((ca, cW), (ba, bW))
    check(lambda left, right: lax.dot_general(left, right, pairs), a, W, operand)


NHWC, NCHW = ("NHWC", "HWIO", "NHWC"), ("NCHW", "OIHW", "NCHW")
CONVOLUTIONS = [
    {"window_strides": (1, 1), "padding": "SAME"},
    {"window_strides": (2, 1), "padding": ((2, 0), (1, 3)), "rhs_dilation": (1, 2)},
    {"window_strides": (1, 2), "padding": ((1, 1), (0, -1)), "lhs_dilation": (2, 1)},
    {"window_strides": (1, 1), "padding": "VALID", "feature_group_count": 2},
]


@pytest.mark.parametrize(("how", "numbers"), list(itertools.product(CONVOLUTIONS, (NHWC, NCHW))))
def test_convolutions(how, numbers):
    groups = how.get("feature_group_count", 1)
    a = normal(4, (2, 7, 6, 4) if numbers is NHWC else (2, 4, 7, 6))
    W = normal(5, (3, 2, 4 // groups, 6) if numbers is NHWC else (6, 4 // groups, 3, 2))
    check(lambda a, W: lax.conv_general_dilated(a, W, dimension_numbers=numbers, **how), a, W, 1)


def test_a_line_is_an_image_too():
    check(lambda a, W: lax.conv_general_dilated(a, W, (2,), "SAME"), normal(6, (1, 3, 9)), normal(7, (5, 3, 4)), 1)


def test_what_has_no_layout():
    (equation,) = jax.make_jaxpr(jnp.sin)(1.0).jaxpr.eqns
    assert layout_of(equation, 0) is None
    a = normal(8, (1, 3, 9))
    (equation,) = jax.make_jaxpr(lambda W, a: lax.conv_general_dilated(W, a, (1,), "SAME"))(a, a).jaxpr.eqns
    assert layout_of(equation, 0) is None
    swapped = {"batch_group_count": 2}
    image, kernel = normal(9, (2, 3, 9)), normal(10, (4, 3, 5))
    (equation,) = jax.make_jaxpr(lambda a, W: lax.conv_general_dilated(a, W, (1,), "SAME", **swapped))(
        image, kernel
    ).jaxpr.eqns
    assert layout_of(equation, 1) is None
