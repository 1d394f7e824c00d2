"""The sweeps agree with jax.jvp, jax.grad, jax.jacfwd and jax.jacrev on functions of every kind."""

import functions
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import limes
from limes.instruments.modes import sweeps

TOLERANCE = 1e-12


def inexact(tree):
    """The real and complex arrays of a tree."""
    arrays = map(jnp.asarray, jax.tree.leaves(tree))
    return [array for array in arrays if jnp.issubdtype(array.dtype, jnp.inexact)]


def assert_close(found, expected):
    for a, b in zip(found, expected, strict=True):
        assert a.shape == b.shape
        assert jnp.issubdtype(a.dtype, jnp.complexfloating) == jnp.issubdtype(b.dtype, jnp.complexfloating)
        np.testing.assert_allclose(a, b, rtol=0, atol=TOLERANCE * (1e-300 + np.max(np.abs(b), initial=0)))


def ramp(aval):
    """An array without symmetries."""
    return jnp.cos(1.0 + jnp.arange(np.prod(aval.shape), dtype=jnp.float64)).reshape(aval.shape).astype(aval.dtype)


def reference(fn, x, *, reverse):
    """Values and Jacobian by JAX, without outputs of integers."""
    jacobian = jax.jacrev if reverse else jax.jacfwd
    outputs = lambda x: inexact(fn(x))
    run = jax.jit(lambda x: (outputs(x), jacobian(outputs, holomorphic=bool(jnp.iscomplexobj(x)))(x)))
    return run(x)


def test_there_are_enough_functions():
    assert len(functions.MANY) >= 60


@pytest.mark.parametrize("name", [*functions.MANY, *functions.REVERSE_ONLY])
def test_sweeps_agree_with_jax(name):
    fn, x = (functions.MANY | functions.REVERSE_ONLY)[name]
    graph = limes.graph(fn, x)
    values, J = reference(fn, x, reverse=name in functions.REVERSE_ONLY)
    known = graph.forward()
    assert_close(inexact([known[r] for r in graph.outputs]), values)
    assert_close(inexact(graph.reverse_jacobian()), J)

    cotangent = jax.tree.map(ramp, jax.eval_shape(fn, x))
    weights = [ramp(value) for value in values]
    adjoint = sum(jnp.tensordot(w, block, w.ndim) for w, block in zip(weights, J, strict=True))
    assert_close([graph.backward(cotangent)[0]], [adjoint])
    if name in functions.REVERSE_ONLY:
        with pytest.raises(limes.InputError, match="forward mode is not available through the custom_vjp clipped"):
            graph.tangents(x)
        return
    assert_close(inexact(graph.forward_jacobian()), J)
    found = graph.tangents(ramp(x))
    ends = [r for r in graph.outputs if jnp.issubdtype(graph.nodes[r].dtype, jnp.inexact)]
    tangents = [jnp.zeros_like(known[r]) if found[r] is None else found[r] for r in ends]
    assert_close(tangents, [jnp.tensordot(block, ramp(x), x.ndim) for block in J])


@pytest.mark.parametrize("name", functions.WHILE)
def test_a_while_loop_that_jax_refuses_is_reversed(name):
    fn, x = functions.MANY[name]
    total = lambda x: jnp.sum(fn(x))
    with pytest.raises(ValueError, match="Reverse-mode differentiation does not work"):
        jax.grad(total)(x)
    assert_close([limes.graph(total, x).backward()[0]], [jax.jacfwd(total)(x)])


def test_the_sweeps_are_the_formulas():
    """A hand-made program a -> b = 2a, c = ab, by steps that know their own derivative."""
    double, product = _Double(), _Product()
    steps = [_Step(double, ("a",), ("b",), (0,), (0,)), _Step(product, ("a", "b"), ("c",), (0, 1), (0,))]
    values = sweeps.forward(steps, {"a": jnp.asarray(3.0)})
    assert {name: float(value) for name, value in values.items()} == {"a": 3.0, "b": 6.0, "c": 18.0}
    tangent = sweeps.tangents(steps, values, {"a": jnp.asarray(1.0)})
    assert float(tangent["c"]) == 12.0
    adjoint, terms = sweeps.backward(steps, values, {"c": jnp.asarray(1.0)})
    assert float(adjoint["a"]) == 12.0
    assert {edge: float(term) for edge, term in terms.items()} == {("a", "c"): 6.0, ("b", "c"): 3.0, ("a", "b"): 6.0}
    ends = (["a"], ["c"])
    assert float(sweeps.forward_jacobian(steps, values, *ends)["c", "a"]) == 12.0
    assert float(sweeps.reverse_jacobian(steps, values, *ends)["c", "a"]) == 12.0


class _Step:
    def __init__(self, local, parents, outputs, moving, seen):
        self.local, self.parents, self.outputs, self.moving, self.seen = local, parents, outputs, moving, seen


class _Double:
    def value(self, operands):
        return [2 * operands[0]]

    def tangent(self, moving, seen, operands, tangents):
        return [2 * tangents[0]]

    def pullback(self, moving, seen, operands, cotangents):
        return [2 * cotangents[0]]

    def reached(self, moving, seen):
        return moving


class _Product(_Double):
    def value(self, operands):
        return [operands[0] * operands[1]]

    def tangent(self, moving, seen, operands, tangents):
        return [operands[1] * tangents[0] + operands[0] * tangents[1]]

    def pullback(self, moving, seen, operands, cotangents):
        return [operands[1] * cotangents[0], operands[0] * cotangents[0]]
