"""Factorizations of matrices by the textbook, one number at a time."""

import math

import numpy as np

from .contraction import inner
from .numbers import Complex, Real, Whole, nonlin, tick


def batched(function, core):
    """Apply a function of matrices and vectors to every member of a batch; the first has `core` axes."""

    def loop(equation, *operands):
        batch = operands[0].shape[: operands[0].ndim - core]
        results = [
            function(
                equation,
                *(operand[at].copy() if operand.shape[: len(batch)] == batch else operand for operand in operands),
            )
            for at in np.ndindex(*batch)
        ]
        shapes = [out.aval.shape for out in equation.outvars]
        found = []
        for place, shape in enumerate(shapes):
            array = np.empty(shape, dtype=object)
            for at, result in zip(np.ndindex(*batch), results, strict=True):
                array[at] = result[place]
            found.append(array)
        return found

    return loop


def conj(x):
    """The conjugate inside a product, which costs nothing more there."""
    return Complex(x.re, Real(-x.im.v)) if isinstance(x, Complex) else x


def root(x):
    """The square root of a number that is real and positive."""
    if isinstance(x, Complex):
        return Complex(nonlin(math.sqrt, x.re), Real(0))
    return nonlin(math.sqrt, x)


def zeros(shape, like):
    array = np.empty(shape, dtype=object)
    for at in np.ndindex(*shape):
        array[at] = Complex(Real(0), Real(0)) if isinstance(like, Complex) else Real(0)
    return array


def _cholesky(equation, a):
    n = len(a)
    low = zeros(a.shape, a[0, 0])
    for i in range(n):
        for j in range(i + 1):
            rest = a[i, j]
            for k in range(j):
                rest = rest - low[i, k] * conj(low[j, k])
            low[i, j] = root(rest) if i == j else rest / low[j, j]
    return [low]


def _cholesky_update(equation, upper, w):
    """Keep R^T R + w w^T triangular, row by row."""
    upper, w, n = upper.copy(), w.copy(), len(w)
    for i in range(n):
        r = nonlin(math.sqrt, upper[i, i] * upper[i, i] + w[i] * w[i])
        c, s = r / upper[i, i], w[i] / upper[i, i]
        upper[i, i] = r
        for j in range(i + 1, n):
            upper[i, j] = (upper[i, j] + s * w[j]) / c
            w[j] = c * w[j] - s * upper[i, j]
    return [upper]


def _lu(equation, a):
    m, n = a.shape
    pivots, order = [], list(range(m))
    for k in range(min(m, n)):
        sizes, at = [abs(a[i, k]) for i in range(k, m)], 0
        for i in range(1, len(sizes)):
            at = i if sizes[i].test("gt", sizes[at]) else at
        at += k
        pivots.append(Whole(at))
        a[[k, at]], order[k], order[at] = a[[at, k]], order[at], order[k]
        for i in range(k + 1, m):
            a[i, k] = a[i, k] / a[k, k]
            for j in range(k + 1, n):
                a[i, j] = a[i, j] - a[i, k] * a[k, j]
    return [a, np.array(pivots, dtype=object), np.array([Whole(i) for i in order], dtype=object)]


def reflector(x):
    r"""The numbers beta, tau and v (with v_0 = 1 not stored) of the reflection that sends x to beta e_0."""
    if len(x) == 1:
        return x[0], Real(0), []
    rest = inner(x[1:], x[1:])
    norm = nonlin(math.sqrt, x[0] * x[0] + rest)
    positive = x[0].test("ge", Real(0))
    tick("compare")
    negative = -norm
    beta = negative if positive else norm
    shift = x[0] - beta
    return beta, (beta - x[0]) / beta, [number / shift for number in x[1:]]


def reflect(v, tau, column):
    """The column after the reflection 1 - tau v v^T."""
    along = column[0]
    for a, b in zip(v, column[1:], strict=True):
        along = along + a * b
    along = along * tau
    return [column[0] - along, *(b - a * along for a, b in zip(v, column[1:], strict=True))]


def geqrf(a):
    """Reflectors below the diagonal, R on and above it."""
    m, n = a.shape
    taus = [Real(0)] * min(m, n)
    for k in range(min(m - 1, n)):
        beta, taus[k], v = reflector(list(a[k:, k]))
        a[k, k], a[k + 1 :, k] = beta, v
        for j in range(k + 1, n):
            a[k:, j] = reflect(v, taus[k], list(a[k:, j]))
    return a, np.array(taus, dtype=object)


def householder_product(a, taus, columns):
    """The first columns of H_0 H_1 ...: reflectors from the last to the first, each then writes its own column."""
    m = a.shape[0]
    q = zeros((m, columns), Real(0))
    for j in range(columns):
        q[j, j] = Real(1)
    for k in reversed(range(len(taus))):
        v, tau = list(a[k + 1 :, k]), taus[k]
        for j in range(k + 1, columns):
            q[k:, j] = reflect(v, tau, list(q[k:, j]))
        scale = -tau
        q[k, k] = Real(1) + scale
        q[k + 1 :, k] = [number * scale for number in v]
    return q


def _pivoted(a):
    """Columns in the order of their norms, which are kept up to date."""
    m, n = a.shape
    norms = [inner(list(a[:, j]), list(a[:, j])) for j in range(n)]
    order, taus = list(range(n)), [Real(0)] * min(m, n)
    for k in range(min(m, n)):
        at = k
        for j in range(k + 1, n):
            at = j if norms[j].test("gt", norms[at]) else at
        a[:, [k, at]], norms[k], norms[at] = a[:, [at, k]], norms[at], norms[k]
        order[k], order[at] = order[at], order[k]
        if k < m - 1:
            beta, taus[k], v = reflector(list(a[k:, k]))
            a[k, k], a[k + 1 :, k] = beta, v
            for j in range(k + 1, n):
                a[k:, j] = reflect(v, taus[k], list(a[k:, j]))
        for j in range(k + 1, n):
            norms[j] = norms[j] - a[k, j] * a[k, j]
    return a, np.array(taus, dtype=object), np.array([Whole(j) for j in order], dtype=object)


def _geqp3(equation, a, order):
    a, taus, found = _pivoted(a)
    return [a, np.array([Whole(number.v + 1) for number in found], dtype=object), taus]


def _qr(equation, a):
    m, n = a.shape
    pivoting, full = equation.params["pivoting"], equation.params["full_matrices"]
    a, taus, *order = _pivoted(a) if pivoting else geqrf(a)
    columns = m if full else min(m, n)
    q = householder_product(a, taus, columns)
    r = zeros((columns, n), Real(0))
    for i in range(columns):
        r[i, i:] = a[i, i:]
    return [q, r, *order]


def _ormqr(equation, a, taus, c):
    """Q C or C Q, transposed if asked: the reflectors in their order or against it."""
    left, transpose = equation.params["left"], equation.params["transpose"]
    c = c if left else c.T
    order = range(len(taus)) if transpose == left else reversed(range(len(taus)))
    for k in order:
        for j in range(c.shape[1]):
            c[k:, j] = reflect(list(a[k + 1 :, k]), taus[k], list(c[k:, j]))
    return [c if left else c.T]


SCALAR = {
    "cholesky": batched(_cholesky, 2),
    "cholesky_update": batched(_cholesky_update, 2),
    "lu": batched(_lu, 2),
    "geqrf": batched(lambda _, a: geqrf(a), 2),
    "geqp3": batched(_geqp3, 2),
    "qr": batched(_qr, 2),
    "householder_product": batched(lambda _, a, taus: [householder_product(a, taus, a.shape[1])], 2),
    "ormqr": batched(_ormqr, 2),
}
