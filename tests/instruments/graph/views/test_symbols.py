import jax
import jax.numpy as jnp
import pytest

from limes.instruments.graph import graph
from limes.instruments.graph.views.elements import elements
from limes.instruments.graph.views.symbols import array_type, formula, short, symbol, times

X = jnp.float64(0.5)
CASES = {
    "+": lambda x: x + x * x,
    "1 − ·": lambda x: 1.0 - x,
    "× 0.25": lambda x: x * 0.25,
    "/ 3": lambda x: x / 3.0,
    "√": jnp.sqrt,
    "1/√": jax.lax.rsqrt,
    "exp": jnp.exp,
    "square": lambda x: x**2,
    "power 7": lambda x: x**7,
    "1 / ·": lambda x: jax.lax.integer_pow(x, -1),
    "max(·, 0)": lambda x: jnp.maximum(x, 0.0),
    "· ^ 0.3": lambda x: x**0.3,
    "relu": jax.nn.relu,
    "sigmoid": jax.lax.logistic,
    "| · |": jnp.abs,
    "< 2": lambda x: x < 2.0,
}


def last(fn, *args):
    return [e for e in elements(graph(fn, *args))[0] if e.kind == "operation"][-1]


@pytest.mark.parametrize("written", CASES)
def test_operations_are_written_with_the_numbers_that_belong_to_them(written):
    assert symbol(last(CASES[written], X).node) == written


def test_a_convolution_names_its_window():
    def conv(x, w):
        return jax.lax.conv_general_dilated(x, w, (2, 2), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC"))

    assert symbol(last(conv, jnp.ones((1, 8, 8, 2)), jnp.ones((3, 5, 2, 4))).node) == "conv 3\u00d75, stride 2"


@pytest.mark.parametrize(
    ("fn", "written"),
    [
        (lambda a, b: a * b, "a × b"),
        (lambda a, b: a - 2.0 * b, "a − c"),
        (lambda a, b: jnp.sqrt(a + b), "√a"),
        (lambda a, b: (a + b) ** 2, "a²"),
        (lambda a, b: jnp.exp(a + b), "exp(a)"),
        (lambda a, b: 3.0 / (a + b), "3 / a"),
        (lambda a, b: -(a + b), "−a"),
        (lambda a, b: jax.lax.rsqrt(a + b), "1/√(a)"),
    ],
)
def test_a_line_of_the_program_reads_like_a_formula(fn, written):
    element = last(fn, X, X)
    names = ["a", "c"] if "c" in written else ["a", "b"]
    assert formula(element, names) == written


def test_the_same_operand_twice_is_written_twice():
    assert formula(last(lambda x: x * x, X), ["x"]) == "x × x"


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.5, "0.5"), (-2.0, "−2"), (1e-6, "1e−06"), (True, "true"), (3, "3"), (12345678.0, "1.235e+07")],
)
def test_numbers_are_short(value, text):
    assert short(value) == text


def test_types_and_shapes():
    assert array_type(last(jnp.sin, jnp.ones((2, 3))).node) == "f64[2,3]"
    assert times((3, 4)) == "3×4"


@pytest.mark.parametrize("value", [float("inf"), float("-inf"), float("nan")])
def test_numbers_without_bounds_are_written(value):
    assert short(value).strip("−") in ("inf", "nan")
