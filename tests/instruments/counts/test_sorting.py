import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax
from row_cases import Case, check, check_rows

from limes.instruments.counts import sorting

RNG = np.random.default_rng(0)
CASES = [
    *(Case("sort", jnp.sort, (RNG.normal(size=(4, n)),), exact=False) for n in (8, 33, 200)),
    Case(
        "sort", lambda i: lax.sort(i, dimension=0), (RNG.permutation(64).astype(np.int32).reshape(32, 2),), exact=False
    ),
    Case("sort", lambda x, i: lax.sort((x, i), num_keys=2), (RNG.normal(size=50), np.arange(50)), exact=False),
    *(Case("top_k", lambda x, k=k: lax.top_k(x, k), (RNG.normal(size=(4, 200)),), exact=False) for k in (1, 5, 30)),
    Case("approx_top_k", lambda x: lax.approx_max_k(x, 5), (RNG.normal(size=(4, 200)),), exact=False),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_counts_what_the_algorithm_does(case):
    check(case)


def test_every_row_has_a_case():
    check_rows(sorting.RULES, CASES)


@pytest.mark.parametrize("length", range(10))
def test_merge_sort_never_compares_more(length):
    """The worst order of n entries, by the recursion of the two halves."""

    def worst(n):
        return 0 if n < 2 else worst(n // 2) + worst(n - n // 2) + n - 1

    assert sorting.merge_sort(length) == worst(length)
