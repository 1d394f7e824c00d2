import jax.lax.linalg as linalg
import jax.numpy as jnp
import numpy as np
import pytest
from row_cases import Case, check, check_rows

from limes.instruments.counts import factorizations

RNG = np.random.default_rng(0)


def normal(*shape):
    return RNG.normal(size=shape)


def positive(*shape):
    a = normal(*shape)
    return a @ np.swapaxes(a, -1, -2) + np.eye(shape[-1])


def bound(name, **params):
    from jax.extend.core import primitives

    return lambda *args: getattr(primitives, f"{name}_p").bind(*args, **params)


def named(name, **params):
    """A primitive of the linear algebra package that the public list does not hold."""
    import gc

    from jax.extend.core import Primitive

    (primitive,) = [found for found in gc.get_objects() if isinstance(found, Primitive) and found.name == name]
    return lambda *args: primitive.bind(*args, **params)


def complex_positive(n):
    a = normal(n, n) + 1j * normal(n, n)
    return a @ a.conj().T + np.eye(n)


def lower(_, found, wanted):
    np.testing.assert_allclose(np.tril(found[0]), np.tril(wanted[0]), rtol=1e-9)


REFLECTORS = [np.asarray(part) for part in np.linalg.qr(normal(5, 3), mode="raw")]
A, TAUS = REFLECTORS[0].T.copy(), REFLECTORS[1]
CASES = [
    *(Case("cholesky", bound("cholesky"), (positive(n, n),), same=lower) for n in (1, 2, 5)),
    Case("cholesky", bound("cholesky"), (positive(2, 3, 3),), same=lower),
    Case("cholesky", bound("cholesky"), (complex_positive(8),), same=lower, exact=False),
    Case("cholesky_update", linalg.cholesky_update, (np.linalg.cholesky(positive(4, 4)).T.copy(), normal(4))),
    *(Case("lu", bound("lu"), (normal(*shape),)) for shape in ((4, 4), (5, 3), (3, 5), (2, 3, 3), (1, 1))),
    Case("lu_pivots_to_permutation", lambda p: linalg.lu_pivots_to_permutation(p, 5), (np.array([2, 3, 2], np.int32),)),
    *(Case("geqrf", named("geqrf"), (normal(*shape),)) for shape in ((4, 4), (5, 3), (3, 5), (2, 3, 2))),
    Case("geqp3", named("geqp3", use_magma=None), (normal(6, 5), np.zeros(5, np.int32)), exact=False),
    *(
        Case("qr", lambda a, full=full: linalg.qr(a, full_matrices=full), (normal(*shape),))
        for shape in ((4, 4), (5, 3), (3, 5), (2, 3, 3))
        for full in (True, False)
    ),
    Case("qr", lambda a: linalg.qr(a, pivoting=True, full_matrices=False), (normal(6, 5),), exact=False),
    Case("householder_product", linalg.householder_product, (A, TAUS)),
    Case("householder_product", linalg.householder_product, (A, TAUS[:2])),
    Case("ormqr", named("ormqr", left=True, transpose=False), (A, TAUS, normal(5, 2))),
    Case("ormqr", named("ormqr", left=True, transpose=True), (A, TAUS, normal(5, 2))),
    Case("ormqr", named("ormqr", left=False, transpose=False), (A, TAUS, normal(2, 5))),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_counts_what_the_algorithm_does(case):
    check(case)


def test_every_row_has_a_case():
    check_rows(factorizations.RULES, CASES)


@pytest.mark.parametrize("n", [20, 200])
def test_leading_terms(n):
    """n^3/3 sums and products of Cholesky and LU together with their halves, and 2 n^2 (m - n/3) of Householder."""
    assert factorizations.cholesky(n).total == pytest.approx(n**3 / 3, rel=3 / n)
    assert factorizations.lu(n, n).total == pytest.approx(2 * n**3 / 3, rel=4 / n)
    assert factorizations.geqrf(2 * n, n).total == pytest.approx(2 * n**2 * (2 * n - n / 3), rel=4 / n)


def test_no_rows():
    assert jnp.linalg.qr(np.zeros((0, 3)))[0].shape == (0, 0)
    assert factorizations.geqrf(0, 3).total == 0
