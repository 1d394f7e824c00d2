import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax
from row_cases import Case, check, check_rows

from limes.instruments.counts import contraction, count

RNG = np.random.default_rng(0)


def normal(*shape):
    return RNG.normal(size=shape)


def conv(stride=(1, 1), padding="SAME", base=(1, 1), taps=(1, 1), layout=("NCHW", "OIHW", "NCHW"), **groups):
    return lambda x, w: lax.conv_general_dilated(
        x, w, stride, padding, lhs_dilation=base, rhs_dilation=taps, dimension_numbers=layout, **groups
    )


def pullback(fn, part):
    """The cotangent of one operand: convolutions with dilated, cropped and swapped operands."""

    def pulled(*args):
        return jax.vjp(fn, *args)[1](jnp.ones(jax.eval_shape(fn, *args).shape))[part]

    return pulled


X, W = normal(2, 3, 5, 6), normal(4, 3, 3, 2)
CONVOLUTIONS = [
    (conv(), X, W),
    (conv((2, 1), "VALID"), X, W),
    (conv((2, 3), ((2, 1), (0, 3))), X, W),
    (conv(padding=((-1, 2), (0, -2))), X, W),
    (conv(base=(3, 2), padding=((1, 2), (2, 2))), X, W),
    (conv(taps=(2, 2)), X, W),
    (conv((2, 1), ((3, 1), (2, 2)), (2, 1), (1, 3)), X, W),
    (conv(padding=((7, 7), (7, 7))), X, W),
    (conv(feature_group_count=3), X, normal(6, 1, 3, 2)),
    (conv(batch_group_count=2), X, W),
    (conv(layout=("NHWC", "HWIO", "NHWC")), normal(2, 4, 5, 3), normal(2, 3, 3, 4)),
]
CASES = [
    Case("dot_general", jnp.matmul, (normal(2, 3), normal(3, 4))),
    Case("dot_general", jnp.matmul, (normal(2, 2, 3), normal(2, 3, 2))),
    Case("dot_general", lambda a, b: jnp.einsum("abc,dbc->ad", a, b), (normal(2, 3, 2), normal(4, 3, 2))),
    Case("dot_general", jnp.matmul, (normal(2, 3) + 1j * normal(2, 3), normal(3, 2) + 1j * normal(3, 2))),
    Case("dot_general", jnp.matmul, (np.arange(6, dtype=np.int32).reshape(2, 3), np.ones((3, 2), np.int32))),
    Case("dot_general", lambda a, b: jnp.tensordot(a, b, 0), (normal(2), normal(3))),
    *(Case("conv_general_dilated", fn, (x, w)) for fn, x, w in CONVOLUTIONS),
    *(Case("conv_general_dilated", pullback(fn, part), (x, w)) for fn, x, w in CONVOLUTIONS[:6] for part in (0, 1)),
    Case("conv_general_dilated", pullback(CONVOLUTIONS[8][0], 1), CONVOLUTIONS[8][1:]),
    Case("conv_general_dilated", lambda x, w: jnp.convolve(x, w, mode="full"), (normal(7), normal(3))),
    Case(
        "ragged_dot_general",
        lambda a, b: lax.ragged_dot(a, b, np.array([2, 3], np.int32)),
        (normal(5, 3), normal(2, 3, 4)),
    ),
    Case(
        "ragged_dot_general",
        pullback(lambda a, b: lax.ragged_dot(a, b, np.array([2, 3], np.int32)), 1),
        (normal(5, 3), normal(2, 3, 4)),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_counts_what_the_loop_does(case):
    check(case)


def test_a_product_of_scaled_blocks():
    """Values come in eight-bit formats only, so the loop runs on their doubles."""
    blocks = [jnp.ones(shape, jnp.bfloat16) for shape in ((4, 8), (8, 4))]
    counted = count(jax.make_jaxpr(lambda a, b: lax.scaled_dot(a, b))(*blocks))
    assert (counted.mul, counted.add) == (16 * 8 + 2 * 32, 16 * 7)


def test_every_row_has_a_case():
    check_rows(contraction.RULES, CASES, {"scaled_dot"})
