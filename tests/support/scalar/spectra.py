"""Eigenvalues and singular values by reduction and implicitly shifted QR, rotation by rotation."""

import math

import numpy as np

from .contraction import inner
from .factorizations import batched, householder_product, reflect, reflector, zeros
from .numbers import Complex, Real, nonlin

TINY = Real(1e-15)


def _hessenberg(a):
    n = len(a)
    taus = [Real(0)] * max(n - 1, 0)
    for k in range(n - 2):
        beta, taus[k], v = reflector(list(a[k + 1 :, k]))
        for j in range(k + 1, n):
            a[k + 1 :, j] = reflect(v, taus[k], list(a[k + 1 :, j]))
        for i in range(n):
            a[i, k + 1 :] = reflect(v, taus[k], list(a[i, k + 1 :]))
        a[k + 1, k], a[k + 2 :, k] = beta, v
    return a, np.array(taus, dtype=object)


def _tridiagonal(a):
    """Reflectors below the subdiagonal of the lower half, diagonal, subdiagonal."""
    n = len(a)
    taus = [Real(0)] * (n - 1)
    for k in range(n - 2):
        beta, tau, rest = reflector(list(a[k + 1 :, k]))
        v, size = [Real(1), *rest], n - k - 1
        block = [[a[k + 1 + max(i, j), k + 1 + min(i, j)] for j in range(size)] for i in range(size)]
        p = [tau * inner(row, v) for row in block]
        shift = tau * Real(0.5) * inner(p, v)
        w = [x - shift * y for x, y in zip(p, v, strict=True)]
        for i in range(size):
            for j in range(i + 1):
                a[k + 1 + i, k + 1 + j] = a[k + 1 + i, k + 1 + j] - v[i] * w[j] - w[i] * v[j]
        a[k + 1, k], a[k + 2 :, k], taus[k] = beta, rest, tau
    d = [a[i, i] for i in range(n)]
    return a, d, [a[i + 1, i] for i in range(n - 1)], np.array(taus, dtype=object)


def _below(a, taus):
    """The orthogonal matrix of reflectors that start below the diagonal."""
    n = len(a)
    q = zeros((n, n), Real(0))
    q[0, 0] = Real(1)
    q[1:, 1:] = householder_product(a[1:, :-1], taus, n - 1)
    return q


def rotation(x, z):
    r = nonlin(math.hypot, x, z)
    return (Real(1), Real(0), r) if r.v == 0 else (x / r, z / r, r)


def rotate(matrix, k, c, s):
    """Columns k and k + 1 by c and s."""
    for i in range(len(matrix)):
        a, b = matrix[i, k], matrix[i, k + 1]
        matrix[i, k], matrix[i, k + 1] = c * a + s * b, c * b - s * a


def small(x, a, b):
    return not abs(x).test("gt", TINY * (abs(a) + abs(b)))


def wilkinson(a, b, c):
    """The eigenvalue of [[a, c], [c, b]] that is closer to b."""
    half = (a - b) * Real(0.5)
    size = nonlin(math.hypot, half, c)
    return b - c * c / (half + size if half.test("ge", Real(0)) else half - size)


def tridiagonal_qr(d, e, q):
    m = len(d) - 1
    while m > 0:
        if small(e[m - 1], d[m - 1], d[m]):
            m -= 1
            continue
        start = m - 1
        while start > 0 and not small(e[start - 1], d[start - 1], d[start]):
            start -= 1
        x, z = d[start] - wilkinson(d[m - 1], d[m], e[m - 1]), e[start]
        for k in range(start, m):
            c, s, r = rotation(x, z)
            if k > start:
                e[k - 1] = r
            a, b, w, cs = d[k], d[k + 1], e[k], c * s
            cross = Real(2) * cs * w
            d[k], d[k + 1] = c * c * a + cross + s * s * b, s * s * a - cross + c * c * b
            e[k] = (c * c - s * s) * w + cs * (b - a)
            if k < m - 1:
                x, z, e[k + 1] = e[k], s * e[k + 1], c * e[k + 1]
            rotate(q, k, c, s)


def _eigh(equation, a):
    a, d, e, taus = _tridiagonal(a)
    q = _below(a, taus)
    tridiagonal_qr(d, e, q)
    order = sorted(range(len(d)), key=lambda k: d[k].v)
    return [q[:, order], np.array([d[k] for k in order], dtype=object)]


def bidiagonal(a, full, vectors):
    """Reflectors from the left and from the right; U, V, the diagonal and what is above it."""
    m, n = a.shape
    left, right = [Real(0)] * n, [Real(0)] * max(n - 1, 0)
    for k in range(n):
        if k < m - 1:
            beta, left[k], v = reflector(list(a[k:, k]))
            for j in range(k + 1, n):
                a[k:, j] = reflect(v, left[k], list(a[k:, j]))
            a[k, k], a[k + 1 :, k] = beta, v
        if k < n - 2:
            beta, right[k], v = reflector(list(a[k, k + 1 :]))
            for i in range(k + 1, m):
                a[i, k + 1 :] = reflect(v, right[k], list(a[i, k + 1 :]))
            a[k, k + 1], a[k, k + 2 :] = beta, v
    d, e = [a[i, i] for i in range(n)], [a[i, i + 1] for i in range(n - 1)]
    if not vectors:
        return zeros((0, n), Real(0)), zeros((0, n), Real(0)), d, e
    return householder_product(a, left, m if full else n), _below(a[:n].T, right), d, e


def bidiagonal_qr(d, e, u, v):
    m = len(d) - 1
    while m > 0:
        if small(e[m - 1], d[m - 1], d[m]):
            m -= 1
            continue
        start = m - 1
        while start > 0 and not small(e[start - 1], d[start - 1], d[start]):
            start -= 1
        above = e[m - 2] * e[m - 2] if m - 1 > start else Real(0)
        shift = wilkinson(d[m - 1] * d[m - 1] + above, d[m] * d[m] + e[m - 1] * e[m - 1], d[m - 1] * e[m - 1])
        x, z = d[start] * d[start] - shift, d[start] * e[start]
        for k in range(start, m):
            c, s, r = rotation(x, z)
            if k > start:
                e[k - 1] = r
            x, z = c * d[k] + s * e[k], s * d[k + 1]
            e[k], d[k + 1] = c * e[k] - s * d[k], c * d[k + 1]
            rotate(v, k, c, s)
            c, s, d[k] = rotation(x, z)
            x, d[k + 1] = c * e[k] + s * d[k + 1], c * d[k + 1] - s * e[k]
            if k < m - 1:
                z, e[k + 1] = s * e[k + 1], c * e[k + 1]
            e[k] = x
            rotate(u, k, c, s)


def _svd(equation, a):
    vectors = equation.params["compute_uv"]
    wide = a.shape[0] < a.shape[1]
    u, v, d, e = bidiagonal(a.T.copy() if wide else a, equation.params["full_matrices"], vectors)
    bidiagonal_qr(d, e, u, v)
    order = sorted(range(len(d)), key=lambda k: -abs(d[k].v))
    sign = [1 if d[k].v >= 0 else -1 for k in range(len(d))]
    for k in range(len(d)):
        for i in range(len(v)):
            v[i, k] = v[i, k] if sign[k] > 0 else -v[i, k]
    s = np.array([abs(d[k]) for k in order], dtype=object)
    if not vectors:
        return [s]
    u = np.concatenate([u[:, order], u[:, len(d) :]], axis=1)
    v = v[:, order]
    return [s, v, u.T] if wide else [s, u, v.T]


def schur(a, vectors):
    """Hessenberg form and QR steps with real shifts: for matrices whose eigenvalues are real."""
    a, taus = _hessenberg(a)
    n = len(a)
    q = _below(a, taus) if vectors else zeros((0, n), Real(0))
    for i in range(n):
        a[i, : max(i - 1, 0)] = Real(0)
    m, turn = n - 1, n if vectors else None
    while m > 0:
        if small(a[m, m - 1], a[m - 1, m - 1], a[m, m]):
            a[m, m - 1], m = Real(0), m - 1
            continue
        start = m - 1
        while start > 0 and not small(a[start, start - 1], a[start - 1, start - 1], a[start, start]):
            start -= 1
        shift = _shift(a[m - 1, m - 1], a[m - 1, m], a[m, m - 1], a[m, m])
        step(a, q, start, m, shift, (0, turn) if vectors else (start, m + 1))
    return a, q


def _shift(a, b, c, d):
    half, product = (a - d) * Real(0.5), b * c
    square = half * half + product
    if not square.test("gt", Real(0)):
        return d
    size = nonlin(math.sqrt, square)
    return d - product / (half + size if half.test("ge", Real(0)) else half - size)


def step(a, q, start, m, shift, kept):
    """One QR step on rows start..m; all of the matrix is turned where the Schur form is wanted."""
    for i in range(start, m + 1):
        a[i, i] = a[i, i] - shift
    turns = []
    for k in range(start, m):
        c, s, r = rotation(a[k, k], a[k + 1, k])
        a[k, k], a[k + 1, k] = r, Real(0)
        for j in range(k + 1, kept[1]):
            a[k, j], a[k + 1, j] = c * a[k, j] + s * a[k + 1, j], c * a[k + 1, j] - s * a[k, j]
        turns.append((k, c, s))
    for k, c, s in turns:
        rotate(a[kept[0] : k + 2], k, c, s)
        rotate(q, k, c, s)
    for i in range(start, m + 1):
        a[i, i] = a[i, i] + shift


def _schur(equation, a):
    vectors = equation.params["compute_schur_vectors"]
    t, q = schur(a, vectors)
    return [t, q] if vectors else [t]


def upper_eigenvectors(t):
    """Column k solves (t - t_kk) x = 0 with x_k = 1, from the bottom up."""
    n = len(t)
    x = zeros((n, n), Real(0))
    for k in range(n):
        x[k, k] = Real(1)
        for i in reversed(range(k)):
            rest = inner(list(t[i, i + 1 : k + 1]), list(x[i + 1 : k + 1, k]))
            x[i, k] = -rest / (t[i, i] - t[k, k])
    return x


def _eig(equation, a):
    sides = [equation.params[f"compute_{side}_eigenvectors"] for side in ("left", "right")]
    t, q = schur(a, any(sides))
    found = [np.array([Complex(t[k, k], Real(0)) for k in range(len(t))], dtype=object)]
    for left, wanted in zip((True, False), sides, strict=True):
        if wanted:
            x = upper_eigenvectors(t.T[::-1, ::-1])[::-1, ::-1] if left else upper_eigenvectors(t)
            found.append(_combined(q, x, lower=left))
    return found


def _combined(q, x, *, lower):
    """The columns of q x, of length 1; x is triangular."""
    out, n = zeros(q.shape, Real(0)), len(q)
    for k in range(n):
        span = slice(k, n) if lower else slice(0, k + 1)
        column = [inner(list(q[i, span]), list(x[span, k])) for i in range(n)]
        size = nonlin(math.sqrt, inner(column, column))
        out[:, k] = [number / size for number in column]
    return np.vectorize(lambda number: Complex(number, Real(0)), otypes=[object])(out)


def _tridiagonal_parts(equation, a):
    a, d, e, taus = _tridiagonal(a)
    return [a, np.array(d, dtype=object), np.array(e, dtype=object), taus]


SCALAR = {
    "hessenberg": batched(lambda _, a: _hessenberg(a), 2),
    "tridiagonal": batched(_tridiagonal_parts, 2),
    "eigh": batched(_eigh, 2),
    "svd": batched(_svd, 2),
    "schur": batched(_schur, 2),
    "eig": batched(_eig, 2),
}
