import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax
from row_cases import Case, check, check_rows

from limes.instruments.counts import windows

X = np.random.default_rng(0).permutation(30).reshape(5, 6) / 7.0


def pool(kind, start, size, stride, padding, base=(1, 1), taps=(1, 1)):
    return lambda x: lax.reduce_window(x, start, kind, size, stride, padding, base, taps)


def pairs(x):
    starts = (np.float64(0.0), np.float64(-np.inf))
    return lax.reduce_window(
        (x, 2 * x), starts, lambda a, b: (a[0] + b[0], jnp.maximum(a[1], b[1])), (2, 2), (2, 1), "VALID"
    )


def best_of(x):
    return pool(lax.max, -np.inf, (2, 3), (2, 1), "SAME")(x)


def scatter_by(x, source):
    from jax.extend.core import primitives

    select = jax.make_jaxpr(lambda a, b: a >= b)(0.0, 0.0)
    scatter = jax.make_jaxpr(lambda a, b: a + b * b)(0.0, 0.0)
    return primitives.select_and_scatter_p.bind(
        x,
        source,
        np.float64(0.0),
        select_jaxpr=select.jaxpr,
        select_consts=(),
        scatter_jaxpr=scatter.jaxpr,
        scatter_consts=(),
        window_dimensions=(2, 2),
        window_strides=(2, 2),
        padding=((0, 1), (0, 0)),
    )


SOURCE = np.random.default_rng(1).normal(size=(3, 3))
CASES = [
    Case("reduce_window_sum", pool(lax.add, 0.0, (2, 2), (1, 2), "SAME"), (X,)),
    Case("reduce_window_sum", pool(lax.add, 0.0, (3, 2), (2, 2), ((2, 1), (0, 3))), (X,)),
    Case("reduce_window_sum", pool(lax.add, 0.0, (2, 2), (1, 1), ((1, 1), (0, 0)), (2, 3), (1, 2)), (X,)),
    Case("reduce_window_max", best_of, (X,)),
    Case("reduce_window_min", pool(lax.min, np.inf, (3, 3), (1, 1), "VALID"), (X,)),
    Case("reduce_window", pool(lax.mul, 1.0, (2, 2), (1, 2), "SAME"), (X,)),
    Case("reduce_window", pairs, (X,)),
    Case("select_and_gather_add", lambda x: jax.jvp(best_of, (x,), (x[::-1] * 2,)), (X,)),
    Case("select_and_scatter_add", jax.grad(lambda x: jnp.sum(best_of(x) * jnp.cos(best_of(x)))), (X,)),
    Case(
        "select_and_scatter_add", jax.grad(lambda x: jnp.sum(pool(lax.max, -np.inf, (2, 2), (2, 2), "VALID")(x))), (X,)
    ),
    Case("select_and_scatter", scatter_by, (X, SOURCE)),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_counts_what_the_loop_does(case):
    check(case)


def test_every_row_has_a_case():
    check_rows(windows.RULES, CASES)
