import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax
from row_cases import Case, check, check_rows

from limes.instruments.counts import elementwise

RNG = np.random.default_rng(0)
X = RNG.uniform(0.2, 0.9, (2, 3))
Y = RNG.uniform(0.2, 0.9, (2, 3))
Z = RNG.uniform(-0.9, 0.9, (2, 2)) + 1j * RNG.uniform(0.1, 0.9, (2, 2))
W = RNG.uniform(-0.9, 0.9, (2, 2)) + 1j * RNG.uniform(0.1, 0.9, (2, 2))
I, J = np.array([7, -3, 5, 0], np.int32), np.array([2, 2, -3, 4], np.int32)
U = np.array([7, 3, 2**31 + 5, 0], np.uint32)
B, C = np.array([True, True, False]), np.array([True, False, False])
UNARY = (
    *("neg", "square", "abs", "sign", "floor", "ceil", "round", "is_finite"),
    *("exp", "exp2", "expm1", "log", "log2", "log1p", "sqrt", "rsqrt", "cbrt", "logistic"),
    *("sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh", "atanh"),
)
BINARY = (
    "add",
    "sub",
    "mul",
    "div",
    "rem",
    "max",
    "min",
    "nextafter",
    "pow",
    "atan2",
    "eq",
    "ne",
    "lt",
    "le",
    "gt",
    "ge",
)
COMPLEX = (
    *("neg", "square", "abs", "sign", "exp", "exp2", "expm1", "log", "log2", "log1p", "sqrt", "rsqrt", "logistic"),
    *("sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh"),
)
COMPLEX_PAIRS = ("add", "sub", "mul", "div", "pow", "eq", "ne")


def fn(name):
    return getattr(lax, name)


def have(name):
    return hasattr(lax, name)


def total_order(name):
    """Comparisons in the total order of floats appear where JAX sorts or searches; bound here directly."""
    from jax.extend.core import primitives

    return getattr(primitives, f"{name}_p").bind


CASES = [
    *(Case(name, fn(name), (X,)) for name in UNARY if have(name)),
    Case("acosh", lax.acosh, (1 + X,)),
    *(Case(name, fn(name), (X, Y)) for name in BINARY),
    *(Case(name, fn(name), (Z,)) for name in COMPLEX if have(name)),
    *(Case(name, fn(name), (Z, W)) for name in COMPLEX_PAIRS),
    *(Case(name, fn(name), (I, J)) for name in ("add", "sub", "mul", "max", "min", "eq", "lt")),
    *(Case(name, fn(name), (I, np.array([2, 2, -3, 4], np.int32))) for name in ("div", "rem")),
    *(Case(name, fn(name), (I,)) for name in ("neg", "abs", "sign")),
    *(Case(name, total_order(name), (X, Y)) for name in ("eq_to", "lt_to", "le_to")),
    Case("add_any", total_order("add_jaxvals"), (X, Y)),
    Case("and", lax.bitwise_and, (I, J)),
    Case("or", lax.bitwise_or, (B, C)),
    Case("xor", lax.bitwise_xor, (I, J)),
    Case("not", lax.bitwise_not, (I,)),
    Case("not", lax.bitwise_not, (B,)),
    Case("shift_left", lax.shift_left, (U, np.uint32(3) * np.ones(4, np.uint32))),
    Case("shift_right_arithmetic", lax.shift_right_arithmetic, (I, np.ones(4, np.int32))),
    Case("shift_right_logical", lax.shift_right_logical, (I, np.ones(4, np.int32))),
    Case("population_count", lax.population_count, (U,)),
    Case("clz", lax.clz, (U,)),
    Case("mulhi", lambda a, b: lax.mulhi(a, b), (U, U + np.uint32(2**30))),
    Case("select_n", lax.select, (B, X[0], Y[0])),
    Case("select_n", lambda *cases: lax.select_n(*cases), (np.array([0, 2, 1], np.int32), X[0], Y[0], X[1])),
    Case("select_n", lax.select, (B, I[:3], J[:3])),
    Case("select_n", lax.select, (B[:2], Z[0], W[0])),
    Case("clamp", lax.clamp, (X * 0 + 0.4, Y, X * 0 + 0.6)),
    Case("clamp", lax.clamp, (np.int32(1), I, np.int32(6))),
    *(Case("integer_pow", lambda x, y=y: lax.integer_pow(x, y), (X,)) for y in (2, 3, 7, 12, -1, -5)),
    Case("integer_pow", lambda z: lax.integer_pow(z, -3), (Z,)),
    Case("integer_pow", lambda i: lax.integer_pow(i, 5), (I,)),
    Case("pow", lambda x: lax.pow(x, np.int32(3)), (X[0],)),
    Case("conj", lax.conj, (Z,)),
    Case("conj", lambda x: lax.conj(x), (X,)),
]
if have("polynomial"):
    CASES += [
        Case("polynomial", lambda x: lax.polynomial(x, [1.0, 2.0, -3.0, 0.5]), (X,)),
        Case("one_minus_square", jax.grad(lambda x: jnp.tanh(x).sum()), (X,)),
        Case("one_minus_square", lambda z: lax.one_minus_square(z), (Z,)),
    ]
NEWER = () if have("polynomial") else ("polynomial", "one_minus_square", "log2")


@pytest.mark.parametrize("case", CASES, ids=str)
def test_counts_what_the_loop_does(case):
    check(case)


def test_every_row_has_a_case():
    check_rows(elementwise.RULES, CASES, NEWER)


def test_a_complex_product_is_four_products_and_two_sums():
    assert (elementwise.PRODUCT.mul, elementwise.PRODUCT.add) == (4, 2)
