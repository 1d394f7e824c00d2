"""One equation as a program of its own: value, tangent, pullback, dependence, counts."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from limes._errors import InputError
from limes.instruments.graph.local import Local, inexact

X = jnp.asarray([0.5, -1.0, 2.0])


def local(fn, *args):
    return Local("fn", jax.make_jaxpr(fn)(*args))


def test_value_tangent_and_pullback():
    g = local(lambda x, y: (x * y, jnp.sin(x)), X, X)
    assert [out.shape for out in g.outputs] == [(3,), (3,)]
    np.testing.assert_allclose(g.value([X, X])[0], X**2)
    (tangent,) = g.tangent((0,), (0,), [X, X], [X])
    np.testing.assert_allclose(tangent, X**2)
    x_bar, y_bar = g.pullback((0, 1), (0, 1), [X, X], [X, X])
    np.testing.assert_allclose(x_bar, X * X + jnp.cos(X) * X, rtol=1e-15)
    np.testing.assert_allclose(y_bar, X * X)


def test_only_what_is_asked_for_is_counted():
    g = local(lambda x, y: (x * y, jnp.sin(x)), X, X)
    assert g.value_operations((0,)).total == g.value_operations((1,)).total == 3
    assert g.value_operations((0, 1)).total == 6
    assert g.tangent_operations((0,), (0,), (0,)).total == 2 * 3
    assert g.tangent_operations((0,), (0, 1), (0,)).total == 4 * 3
    assert g.pullback_operations((0,), (0, 1), (0,)).total == 3 * 3
    assert g.pullback_operations((0, 1), (0,), (1,)).total == 2 * 3 + 2 * 3
    assert g.pullback_operations((0,), (), (0,)) == g.value_operations((0,))


def test_dependence_follows_what_is_inside():
    g = local(lambda x, y: (jnp.floor(x) * y, jnp.argmax(x), jax.lax.stop_gradient(y)), X, X)
    assert g.dependence((0, 1)) == [(1,), (), ()]
    assert g.reached((0, 1), (0,)) == (1,)
    assert g.reached((0,), (0,)) == ()
    loop = local(lambda a, b, x: jax.lax.scan(lambda c, x: ((c[0] * x, c[1]), c[1]), (a, b), x), 1.0, 2.0, X)
    assert loop.dependence((0, 1, 2)) == [(0, 2), (1,), (1,)]


def test_a_custom_rule_may_ask_what_varies():
    """Its answer may depend on it: the whole pattern is passed, then what is not reached is left out."""

    @jax.custom_jvp
    def fn(x, y):
        return x + y

    def rule(primals, tangents):
        both = all(type(t) is not jax.custom_derivatives.SymbolicZero for t in tangents)
        return fn(*primals), tangents[0] if both else jnp.zeros(3)

    fn.defjvp(rule, symbolic_zeros=True)
    g = local(fn, X, X)
    assert g.dependence((0, 1)) == [(0,)]
    np.testing.assert_array_equal(g.pullback((0, 1), (0,), [X, X], [X])[0], X)
    np.testing.assert_array_equal(g.tangent((0,), (0,), [X, X], [X])[0], jnp.zeros(3))


def test_missing_derivatives():
    @jax.custom_vjp
    def own(x):
        return x

    own.defvjp(lambda x: (x, None), lambda _, g: (3 * g,))
    g = Local("custom_vjp_call", jax.make_jaxpr(own)(X))
    np.testing.assert_array_equal(g.pullback((0,), (0,), [X], [X])[0], 3 * X)
    for ask in (lambda: g.tangent((0,), (0,), [X], [X]), lambda: g.tangent_operations((0,), (0,), (0,))):
        with pytest.raises(InputError, match="custom_vjp own"):
            ask()
    assert g.dependence((0,)) == [(0,)]


def test_inexact():
    assert inexact([jnp.ones(2), jnp.arange(2), jnp.ones((), complex), jax.random.key(0)]) == (0, 2)
