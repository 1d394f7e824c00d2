import jax.lax.linalg as linalg
import numpy as np
import pytest
from row_cases import Case, check, check_rows

from limes.instruments.counts import spectra

RNG = np.random.default_rng(0)


def normal(*shape):
    return RNG.normal(size=shape)


def symmetric(n):
    a = normal(n, n)
    return a + a.T


def real_spectrum(n):
    """A matrix with distinct real eigenvalues."""
    basis = normal(n, n) + 2 * np.eye(n)
    return basis @ np.diag(np.arange(1.0, n + 1) + RNG.uniform(0, 0.5, n)) @ np.linalg.inv(basis)


def bound(name, **params):
    from jax.extend.core import primitives

    return lambda *args: getattr(primitives, f"{name}_p").bind(*args, **params)


def eigenvectors(args, found, wanted):
    a, (v, w) = args[0], (np.asarray(part) for part in found)
    np.testing.assert_allclose(v @ np.diag(w) @ v.T, a, atol=1e-9)
    np.testing.assert_allclose(v.T @ v, np.eye(len(a)), atol=1e-9)
    np.testing.assert_allclose(w, wanted[1], atol=1e-9)


def singular(args, found, wanted):
    u, s, vt = (np.asarray(part) for part in found) if len(found) == 3 else (None, found[0], None)
    np.testing.assert_allclose(s, wanted[len(wanted) // 2], atol=1e-9)
    if u is not None and vt is not None:
        assert (u.shape, vt.shape) == (wanted[0].shape, wanted[2].shape)
        np.testing.assert_allclose(u[:, : len(s)] @ np.diag(s) @ vt[: len(s)], args[0], atol=1e-9)
        np.testing.assert_allclose(u.T @ u, np.eye(u.shape[1]), atol=1e-9)


def schur_form(args, found, wanted):
    values = [np.sort(np.diag(np.asarray(part[0]))) for part in (found, wanted)]
    np.testing.assert_allclose(*values, atol=1e-7)
    if len(found) == 2:
        t, q = (np.asarray(part) for part in found)
        np.testing.assert_allclose(q @ t @ q.T, args[0], atol=1e-8)


def pairs(args, found, wanted):
    a, w = args[0], np.asarray(found[0])
    np.testing.assert_allclose(np.sort(w.real), np.sort(np.asarray(wanted[0]).real), atol=1e-7)
    if len(found) == 3:
        left, right = (np.asarray(part) for part in found[1:])
        np.testing.assert_allclose(a @ right, right * w, atol=1e-7)
        np.testing.assert_allclose(a.T @ left, left * w, atol=1e-7)


def eig(left, right):
    return lambda a: linalg.eig(a, compute_left_eigenvectors=left, compute_right_eigenvectors=right)


CASES = [
    *(Case("hessenberg", linalg.hessenberg, (normal(n, n),)) for n in (3, 6)),
    *(Case("tridiagonal", lambda a: linalg.tridiagonal(a, lower=True)[1:], (symmetric(n),)) for n in (3, 6)),
    *(
        Case("eigh", lambda a: linalg.eigh(a, symmetrize_input=False), (symmetric(n),), eigenvectors, False)
        for n in (6, 14)
    ),
    Case("svd", lambda a: linalg.svd(a, full_matrices=False), (normal(12, 9),), singular, False),
    Case("svd", lambda a: linalg.svd(a, full_matrices=True), (normal(14, 7),), singular, False),
    Case("svd", lambda a: linalg.svd(a, full_matrices=False), (normal(6, 12),), singular, False),
    Case("svd", lambda a: (linalg.svd(a, compute_uv=False),), (normal(14, 10),), singular, False),
    Case("schur", linalg.schur, (real_spectrum(10),), schur_form, False),
    Case(
        "schur",
        bound("schur", compute_schur_vectors=False, sort_eig_vals=False, select_callable=None),
        (real_spectrum(10),),
        schur_form,
        False,
    ),
    Case("eig", eig(True, True), (real_spectrum(9),), pairs, False),
    Case("eig", eig(False, False), (real_spectrum(10),), pairs, False),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_counts_what_the_algorithm_does(case):
    check(case)


def test_every_row_has_a_case():
    check_rows(spectra.RULES, CASES)
