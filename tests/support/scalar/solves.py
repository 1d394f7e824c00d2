"""Triangular and tridiagonal systems by substitution."""

import numpy as np

from .contraction import inner
from .factorizations import batched, conj
from .numbers import Real


def _triangular(equation, a, b):
    """Bring the system to a x = b with a triangular, then substitute."""
    params = equation.params
    lower = params["lower"]
    if params["conjugate_a"]:
        a = np.vectorize(conj, otypes=[object])(a)
    if params["transpose_a"]:
        a, lower = a.T, not lower
    if not params["left_side"]:
        a, b, lower = a.T, b.T, not lower
    x, n = b.copy(), len(a)
    for column in range(b.shape[1]):
        for i in range(n) if lower else reversed(range(n)):
            rest = x[i, column]
            for k in range(i) if lower else range(i + 1, n):
                rest = rest - a[i, k] * x[k, column]
            x[i, column] = rest if params["unit_diagonal"] else rest / a[i, i]
    return [x if params["left_side"] else x.T]


def _tridiagonal(equation, below, diagonal, above, b):
    d, x, n = diagonal.copy(), b.copy(), len(diagonal)
    for i in range(1, n):
        w = below[i] / d[i - 1]
        d[i] = d[i] - w * above[i - 1]
        for column in range(b.shape[1]):
            x[i, column] = x[i, column] - w * x[i - 1, column]
    for column in range(b.shape[1]):
        x[n - 1, column] = x[n - 1, column] / d[n - 1]
        for i in reversed(range(n - 1)):
            x[i, column] = (x[i, column] - above[i] * x[i + 1, column]) / d[i]
    return [x]


def _symmetric_product(equation, a, c):
    alpha, beta = Real(equation.params["alpha"]), Real(equation.params["beta"])
    out = c.copy()
    for i, j in np.ndindex(*c.shape):
        out[i, j] = alpha * inner(list(a[i]), list(a[j])) + beta * c[i, j]
    return [out]


SCALAR = {
    "triangular_solve": batched(_triangular, 2),
    "tridiagonal_solve": batched(_tridiagonal, 1),
    "symmetric_product": batched(_symmetric_product, 2),
}
