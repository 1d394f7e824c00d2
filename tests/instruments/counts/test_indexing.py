import jax
import jax.numpy as jnp
import numpy as np
import pytest
from row_cases import Case, check, check_rows

from limes.instruments.counts import indexing

RNG = np.random.default_rng(0)
X, U = RNG.normal(size=(4, 3)), RNG.normal(size=(3, 3))
AT = np.array([2, 0, 2])
ROWS = np.array([1, 3, 0])


def accumulated(x, y):
    cell = jax.new_ref(x)
    jax.ref.addupdate(cell, ..., y)
    return jax.freeze(cell)


CASES = [
    Case("scatter-add", lambda x, u: x.at[AT].add(u), (X, U)),
    Case("scatter-add", lambda x, u: x.at[AT, ROWS % 3].add(u[0]), (X, U)),
    Case("scatter-add", lambda x, u: x.at[AT].add(u), (X + 1j, U + 2j)),
    Case("scatter-add", lambda x: x.at[AT].add(2), (np.arange(4, dtype=np.int32),)),
    Case("scatter-add", jax.grad(lambda x: jnp.sum(x[AT, ROWS % 3])), (X,)),
    Case("scatter-sub", lambda x, u: x.at[AT].subtract(u), (X, U)),
    Case("scatter-mul", lambda x, u: x.at[AT].multiply(u), (X, U)),
    Case("scatter-min", lambda x, u: x.at[AT].min(u), (X, U)),
    Case("scatter-max", lambda x, u: x.at[AT].max(u), (X, U)),
    Case("scatter", lambda x, u: x.at[ROWS].set(u), (X, U)),
    Case("scatter", lambda x: x.at[ROWS].apply(lambda y: jnp.sin(y) + y), (X,)),
    Case("addupdate", accumulated, (X, 2 * X)),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_counts_what_the_loop_does(case):
    check(case)


def test_every_row_has_a_case():
    check_rows(indexing.RULES, CASES)
