"""Leaves of arguments and results."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import limes
from limes._errors import InputError
from limes.instruments.graph.signature import Signature

S = Signature(requested=(0, 2), arguments=({"a": 0, "n": 1}, 2), result={"y": 0, "k": 1})
INPUTS = [jax.ShapeDtypeStruct((2,), jnp.float64), jax.ShapeDtypeStruct((), int), jax.ShapeDtypeStruct((), complex)]
OUTPUTS = [jax.ShapeDtypeStruct((), jnp.float64), jax.ShapeDtypeStruct((), int)]


def test_directions():
    found = S.direction(({"a": np.ones(2, np.float32), "n": None}, 1), INPUTS)
    assert sorted(found) == [0, 2]
    assert (found[0].dtype, found[2].dtype) == (jnp.float64, jnp.complex128)
    with pytest.raises(InputError, match="direction must match"):
        S.direction((jnp.ones(2), 1.0), INPUTS)
    with pytest.raises(InputError, match=r"got complex128 of shape \(2,\)"):
        S.direction(({"a": 1j * np.ones(2), "n": 0}, 1.0), INPUTS)


def test_cotangents():
    assert S.cotangent({"y": 3.0, "k": None}, OUTPUTS) == {0: 3.0}
    assert Signature((), (), 0).cotangent(None, OUTPUTS[:1]) == {0: 1.0}
    with pytest.raises(InputError, match="fn must return one real number unless a cotangent is given"):
        S.cotangent(None, OUTPUTS)
    with pytest.raises(InputError, match="got complex128"):
        Signature((), (), 0).cotangent(None, INPUTS[2:])


def test_jacobians_are_nested_like_those_of_jax():
    blocks = S.jacobian(lambda j, i: (j, i))
    assert blocks["y"] == ({"a": (0, 0), "n": None}, (0, 2))
    assert Signature.of_leaves([1], 2, 1).jacobian(lambda j, i: 10 * j + i) == ((None, 1),)
    fn = lambda p, x: (p["w"] @ x, {"s": jnp.sum(x)})
    args = {"w": jnp.ones((2, 3))}, jnp.arange(3.0)
    expected = jax.jacrev(fn, argnums=(0, 1))(*args)
    graph = limes.graph(fn, *args)
    for found in (graph.reverse_jacobian(), graph.forward_jacobian()):
        jax.tree.map(np.testing.assert_allclose, found, expected)
