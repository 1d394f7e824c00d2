import itertools

import jax.lax.linalg as linalg
import numpy as np
import pytest
from row_cases import Case, check, check_rows

from limes.instruments.counts import solves

RNG = np.random.default_rng(0)


def normal(*shape):
    return RNG.normal(size=shape)


A = normal(4, 4) + 3 * np.eye(4)
SYMMETRIC = A + A.T


def solve(**options):
    return lambda a, b: linalg.triangular_solve(a, b, **options)


CASES = [
    *(
        Case("triangular_solve", solve(left_side=left, lower=low, transpose_a=turn, unit_diagonal=unit), (A, b))
        for left, low, turn, unit in itertools.product((True, False), repeat=4)
        for b in ((normal(4, 2) if left else normal(2, 4)),)
    ),
    Case("triangular_solve", solve(left_side=True, lower=True), (np.stack([A, A + 1]), normal(2, 4, 3))),
    Case("triangular_solve", solve(left_side=True, conjugate_a=True, transpose_a=True), (A + 1j, normal(4, 2) + 0j)),
    Case("tridiagonal_solve", linalg.tridiagonal_solve, (normal(5), normal(5) + 4, normal(5), normal(5, 2))),
    Case(
        "tridiagonal_solve", linalg.tridiagonal_solve, (normal(2, 3), normal(2, 3) + 4, normal(2, 3), normal(2, 3, 1))
    ),
    Case(
        "symmetric_product", lambda a, c: linalg.symmetric_product(a, c, alpha=2.0, beta=0.5), (normal(4, 3), SYMMETRIC)
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_counts_what_the_algorithm_does(case):
    check(case)


def test_every_row_has_a_case():
    check_rows(solves.RULES, CASES)
