"""What was met before is the same object."""

import jax
import jax.numpy as jnp
import numpy as np

from limes.instruments.graph.lookup import equation_local, keep, stack, unstack

X = jnp.ones(3)


class Slot:
    def __init__(self, shape=(3,), dtype=jnp.float64):
        self.shape, self.dtype = shape, dtype


def locals_of(fn, *args, slots=None):
    equations = jax.make_jaxpr(fn)(*args).eqns
    slots = slots or {}
    return [
        equation_local(e, [a if hasattr(a, "val") else slots.setdefault(a, Slot()) for a in e.invars])
        for e in equations
    ]


def test_the_same_equation_is_the_same_object():
    first, second = locals_of(lambda x: jnp.sin(jnp.sin(x)), X)
    assert first is second
    assert locals_of(jnp.sin, X)[0] is first
    assert locals_of(jnp.sin, jnp.ones(4))[0] is not first
    assert locals_of(jnp.sin, X.astype(jnp.float32))[0] is not first


def test_literals_and_parameters_tell_apart():
    two, three, again = locals_of(lambda x: (x * 2, x * 3, x * 2), X)
    assert two is again
    assert two is not three
    np.testing.assert_array_equal(three.value([X])[0], 3 * X)
    square, cube = locals_of(lambda x: (x**2, x**3), X)
    assert square is not cube


def test_repeated_operands_are_one():
    (product,), (square,) = locals_of(jax.lax.mul, X, X), locals_of(lambda x: x * x, X)
    assert (len(product.operands), len(square.operands)) == (2, 1)
    np.testing.assert_array_equal(square.pullback((0,), (0,), [3 * X], [X])[0], 6 * X)


def test_unhashable_parameters_are_never_shared():
    class Loose(list):
        __hash__ = None

    equation = jax.make_jaxpr(jnp.sin)(X).eqns[0]
    equation = equation.replace(params=equation.params | {"extra": Loose()})
    slot = Slot()
    one, other = (equation_local(equation, [slot]) for _ in range(2))
    assert one is not other
    assert one.key is None


def test_what_loops_hand_out_and_collect():
    rows = unstack(Slot((2, 3)))
    assert rows is unstack(Slot((2, 3)))
    x = jnp.arange(6.0).reshape(2, 3)
    np.testing.assert_array_equal(rows.value([x]), x)
    whole = stack([Slot(), Slot()], (1, 0, 1))
    np.testing.assert_array_equal(whole.value(list(x))[0], x[jnp.asarray([1, 0, 1])])
    assert (rows.primitive, whole.primitive, whole.value_operations((0,)).total) == ("unstack", "stack", 0)
    assert stack([Slot()], (0, 0)) is not stack([Slot()], (0,))
    kept = keep(Slot((2,), bool), Slot((2, 3)), Slot((2, 3)))
    np.testing.assert_array_equal(
        kept.value([jnp.asarray([True, False]), x, -x])[0], x * jnp.asarray([[1.0], [-1.0]]).repeat(3, 1)
    )
