"""Sentences for what JAX raises."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from limes._errors import InputError
from limes.instruments.graph.local import Local
from limes.instruments.graph.refusals import Irreversible, NoForwardMode, find_equation, no_derivative, refusal


def caught(fn, *args):
    try:
        jax.make_jaxpr(fn)(*args)
    except Exception as error:  # noqa: BLE001
        return error
    raise AssertionError


@pytest.mark.parametrize(
    ("fn", "words"),
    [
        (lambda x: np.sin(x), "a NumPy call on a traced value"),
        (lambda x: 1 if x > 0 else 2, "an if, while, and, or, assert"),
        (lambda x: int(x), "turn a traced value into a Python number"),
        (lambda x: range(3)[x.astype(int)], "as a Python integer"),
        (lambda x: "text", "raised TypeError"),
    ],
)
def test_refusals_are_one_sentence(fn, words):
    sentence = refusal(caught(fn, 1.0))
    assert words in sentence
    assert sentence.startswith("graph: fn must ")
    assert "; " in sentence
    assert "\n" not in sentence


def test_an_error_without_words():
    assert "raised ValueError: nothing said" in refusal(ValueError())


def test_missing_derivatives_have_kinds():
    @jax.custom_vjp
    def own(x):
        return x

    own.defvjp(lambda x: (x, None), lambda _, g: (g,))
    local = Local("scan", jax.make_jaxpr(lambda x: jax.lax.scan(lambda c, _: (own(c), None), x, length=2))(1.0))
    assert isinstance(no_derivative("tangents", local, TypeError()), NoForwardMode)
    assert isinstance(no_derivative("backward", local, ValueError("lax.while_loop")), Irreversible)
    other = no_derivative("backward", local, ValueError("no rule.\nmore"))
    assert type(other) is InputError
    assert "backward: scan must have a derivative, got ValueError: no rule;" in str(other)


def test_find_equation_looks_inside():
    closed = jax.make_jaxpr(lambda x: jax.lax.fori_loop(0, 3, lambda i, x: jax.jit(jnp.sin)(x), x))(1.0)
    assert find_equation(closed, "sin").primitive.name == "sin"
    assert find_equation(closed, "cos") is None
