import jax
import jax.numpy as jnp
import numpy as np
import pytest

from limes.instruments.graph.views.numbers import amount, brief, described, grouped, multiple, percent, plural


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (7, "7"),
        (9999, "9999"),
        (46272, "46.3\u202fk"),
        (3506176, "3.51\u202fM"),
        (999_950_000, "1\u202fG"),
        (2 * 10**12, "2\u202fT"),
    ],
)
def test_amounts_have_three_digits(count, text):
    assert amount(count) == text


def test_long_numbers_are_grouped():
    assert grouped(46272) == "46\u202f272"
    assert grouped(1234) == "1234"
    assert plural(1, "input") == "1 input"
    assert plural(12345, "input") == "12\u202f345 inputs"


@pytest.mark.parametrize(
    ("part", "text"), [(0, "0\u00a0%"), (0.00001, "under 0.1\u00a0%"), (0.123, "12\u00a0%"), (0.9999, "100\u00a0%")]
)
def test_shares(part, text):
    assert percent(part, 1.0) == text


def test_a_share_of_nothing_is_none():
    assert percent(0, 0) == "0\u00a0%"
    assert multiple(3, 0) == "\u2013"


@pytest.mark.parametrize(("part", "text"), [(20, "2.86"), (21, "3"), (7 * 1477, "1477"), (7 * 21822249, "21.8\u202fM")])
def test_multiples_of_a_whole(part, text):
    assert multiple(part, 7) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (jnp.float64(2.5), "2.5"),
        (jnp.array([3.0, 4.0]), "‖5‖"),
        (jnp.arange(4), "0 … 3"),
        (None, ""),
        (jnp.zeros((0,), int), ""),
        (jnp.bfloat16(1.5), "1.5"),
        (jnp.array([3.0 + 4.0j]), "‖5‖"),
    ],
)
def test_values_are_brief(value, text):
    assert brief(value) == text


def test_keys_have_no_value():
    assert brief(jax.random.key(0)) == ""
    assert described(jax.random.key(0)) == "none"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (np.float64(1.5), "1.5"),
        (np.array([1.0, 2.0]), "[1, 2]"),
        (np.arange(10.0), "from 0 to 9, norm 16.88"),
        (np.zeros(0), "empty"),
        (None, "none"),
        (np.arange(9), "from 0 to 8"),
    ],
)
def test_values_are_described(value, text):
    assert described(value) == text
