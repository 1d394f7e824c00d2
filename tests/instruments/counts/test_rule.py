import types

import jax
import jax.numpy as jnp
import pytest

from limes.instruments.counts import Operations
from limes.instruments.counts.rule import Rule, number, price, shape, size, unit


def variable(dtype, *dims):
    return jax.make_jaxpr(lambda x: x)(jax.ShapeDtypeStruct(dims, dtype)).jaxpr.invars[0]


@pytest.mark.parametrize(
    ("dtype", "kind"),
    [
        (jnp.float32, "real"),
        (jnp.bfloat16, "real"),
        (jnp.complex64, "complex"),
        (jnp.int32, "integer"),
        (bool, "integer"),
        (jax.random.key(0).dtype, "integer"),
    ],
)
def test_what_numbers_are(dtype, kind):
    assert number(variable(dtype, 2, 3)) == kind
    assert (shape(variable(dtype, 2, 3)), size(variable(dtype, 2, 3))) == ((2, 3), 6)


def test_a_token_holds_no_numbers():
    token = types.SimpleNamespace(aval=object())
    assert (number(token), shape(token)) == ("none", ())


def test_prices():
    assert price("real", add=1, mul=2, div=3, nonlin=4, compare=5) == Operations(1, 5, 4, 5)
    assert price("complex", add=1) == Operations(add=2)
    assert price("complex", mul=1) == Operations(add=2, mul=4)
    assert price("complex", div=1) == Operations(add=3, mul=8)
    assert price("complex", compare=1) == Operations(compare=2)
    assert price("integer", add=1, mul=2, compare=3) == Operations(integer=6)
    assert unit("real", "integer") == unit("integer", "compare") == Operations(integer=1)


def test_a_row_that_is_never_exact_says_so():
    def body(jaxpr, used=None):
        return Operations(mul=2)

    body.used = [True]
    rows = [Rule("own", "group", "add", "1 add", lambda _: Operations(add=1), exact) for exact in ("always", "never")]
    assert [row(None, body).approximate for row in rows] == [False, True]
    inside = Rule("own", "group", "body", "what is inside", lambda _, body: body(None).times(3), has_body=True)
    assert inside(None, body) == Operations(mul=6)
