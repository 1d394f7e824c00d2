import equinox.internal as eqxi
import jax
import jax.numpy as jnp
import lineax
import numpy as np
import pytest
from row_cases import Case, check, check_rows, primitives
from scalar import counting, to_scalars
from scalar.interpreter import evaluate

from limes._compat import implementation, jaxprs_inside
from limes.instruments.counts import count, count_equation, opaque

X = np.random.default_rng(0).normal(size=3)
A = np.random.default_rng(1).normal(size=(3, 3)) + 3 * np.eye(3)


def called(x):
    return jax.pure_callback(np.sort, jax.ShapeDtypeStruct(x.shape, x.dtype), x)


def asked(x):
    from jax.experimental import io_callback

    return io_callback(np.sort, jax.ShapeDtypeStruct(x.shape, x.dtype), x)


def solve(a, b):
    return lineax.linear_solve(lineax.MatrixLinearOperator(a), b, lineax.LU(), throw=False).value


def looped(x):
    """A loop that can be differentiated: Equinox writes its buffers and choices with its own primitives."""

    def turn(state):
        i, rows = state
        return i + 1, rows.at[i].set(rows[i] * 2.0)

    return eqxi.while_loop(lambda s: s[0] < 3, turn, (0, x), kind="checkpointed", max_steps=4, buffers=lambda s: s[1])[
        1
    ]


def equations(jaxpr, name):
    """All equations of this primitive, inside of others too."""
    found = [equation for equation in jaxpr.eqns if equation.primitive.name == name]
    for equation in jaxpr.eqns:
        for inner in jaxprs_inside(equation.params):
            found += equations(inner, name)
    return found


CASES = [
    Case("nonbatchable", eqxi.nonbatchable, (X,)),
    Case("nontraceable", lambda x: eqxi.nontraceable(x, name="here"), (X,)),
    Case("nondifferentiable_backward", lambda x: eqxi.nondifferentiable_backward(x, msg="no"), (X,)),
    Case("unvmap_all", eqxi.unvmap_all, (X > 0,)),
    Case("unvmap_any", eqxi.unvmap_any, (X > 0,)),
    Case("unvmap_max", eqxi.unvmap_max, (np.arange(4),)),
    Case("linear_solve", solve, (A, X)),
    Case("vprim", jax.vmap(solve, in_axes=(None, 0)), (A, np.stack([X, 2 * X]))),
]
WRAPPED = Case("call_hi_primitive", lambda x, y: jnp.searchsorted(x, y, method="scan_unrolled"), (np.arange(5.0), X))
NEWER = WRAPPED.name in primitives(jax.make_jaxpr(WRAPPED.fn)(*WRAPPED.args).jaxpr)
CASES += [WRAPPED] if NEWER else []


@pytest.mark.parametrize("case", CASES, ids=str)
def test_counts_what_runs(case):
    check(case)


def test_every_row_has_a_case():
    also = {"maybe_set", "select_if_vmap", "random_gamma", "pure_callback", "io_callback"}
    check_rows(opaque.RULES, CASES, also if NEWER else also | {WRAPPED.name})


@pytest.mark.parametrize("fn", [called, asked])
def test_work_of_the_host_is_marked(fn):
    counted = count(jax.make_jaxpr(lambda x: fn(x) * 2.0)(X))
    assert (counted.total, counted.approximate) == (3, True)


@pytest.mark.parametrize("name", ["maybe_set", "select_if_vmap"])
def test_what_equinox_writes_in_loops(name):
    """Its equations are counted as its own implementation runs them: without vmap they move entries only."""
    found = equations(jax.make_jaxpr(jax.grad(lambda x: looped(x).sum()))(X).jaxpr, name)
    assert found
    for equation in found:
        operands = [to_scalars(np.ones(value.aval.shape, value.aval.dtype)) for value in equation.invars]
        with counting() as tally:
            outs = evaluate(equation, *operands)
        assert [out.shape for out in outs] == [out.aval.shape for out in equation.outvars]
        assert (count_equation(equation).total, tally.total) == (0, 0)
        assert count_equation(equation).integer == tally.integer


def test_gamma_variables_are_counted_by_one_pass_of_their_loops():
    jaxpr = jax.make_jaxpr(lambda key: jax.random.gamma(key, 2.0, (3,)))(jax.random.key(0))
    (equation,) = equations(jaxpr.jaxpr, "random_gamma")
    counted = count_equation(equation)
    assert counted == count(implementation(equation))
    assert counted.dynamic
    assert counted.integer > 100
    assert counted.nonlin > 0
