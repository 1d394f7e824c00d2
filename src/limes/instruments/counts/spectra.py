"""Eigenvalues and singular values: reductions step by step, iterations by the leading terms of their cost."""

from .factorizations import in_numbers, matrices, reflected, reflector
from .operations import Operations
from .rule import Equation, Rule, number, shape


def half_and_half(operations: float) -> Operations:
    """As many products as sums, roots and quotients left out: an approximation."""
    each = round(operations / 2)
    return Operations(add=each, mul=each, approximate=True)


def hessenberg(n: int) -> Operations:
    """A reflector per column below the diagonal, applied from the left and from the right."""
    counted = Operations()
    for k in range(n - 2):
        length = n - k - 1
        counted += reflector(length) + reflected(length, n - k - 1) + reflected(length, n)
    return counted


def tridiagonal(n: int) -> Operations:
    r"""A reflector per column; with $p = \tau A v$ and $w = p - \frac{\tau}{2} \langle p, v\rangle v$ the lower half of $A - v w^T - w v^T$."""
    counted = Operations()
    for k in range(n - 2):
        length = n - k - 1
        matrix = Operations(mul=length * length + length, add=length * (length - 1))
        shift = Operations(mul=length + 2 + length, add=length - 1 + length)
        update = Operations(mul=2, add=2).times(length * (length + 1) // 2)
        counted += reflector(length) + matrix + shift + update
    return counted


def _each(equation: Equation, counted: Operations) -> Operations:
    return in_numbers(counted, number(equation.invars[0])).times(matrices(equation)[2])


def _hessenberg(equation: Equation) -> Operations:
    return _each(equation, hessenberg(shape(equation.invars[0])[-1]))


def _tridiagonal(equation: Equation) -> Operations:
    return _each(equation, tridiagonal(shape(equation.invars[0])[-1]))


def _eigh(equation: Equation) -> Operations:
    return _each(equation, half_and_half(9 * shape(equation.invars[0])[-1] ** 3))


def _svd(equation: Equation) -> Operations:
    """With the longer side m: 4 m n^2 - 4 n^3/3 for values, 14 m n^2 + 8 n^3 with vectors, 4 m^2 n + 8 m n^2 + 9 n^3 full."""
    rows, columns, _ = matrices(equation)
    m, n = max(rows, columns), min(rows, columns)
    if not equation.params["compute_uv"]:
        return _each(equation, half_and_half(4 * m * n**2 - 4 * n**3 / 3))
    full = equation.params["full_matrices"] and m > n
    cost = 4 * m**2 * n + 8 * m * n**2 + 9 * n**3 if full else 14 * m * n**2 + 8 * n**3
    return _each(equation, half_and_half(cost))


def _schur(equation: Equation) -> Operations:
    cost = 25 if equation.params["compute_schur_vectors"] else 10
    return _each(equation, half_and_half(cost * shape(equation.invars[0])[-1] ** 3))


def _eig(equation: Equation) -> Operations:
    """The Schur form; each set of eigenvectors is a substitution and a product more."""
    params = equation.params
    sides = int(params["compute_left_eigenvectors"]) + int(params["compute_right_eigenvectors"])
    cost = 25 + 3 * sides if sides else 10
    return _each(equation, half_and_half(cost * shape(equation.invars[0])[-1] ** 3))


REAL = "real numbers"
RULES = [
    Rule("hessenberg", "spectra", "several", "reflectors: 5 n^3/3 mul and add", _hessenberg, REAL, 1.5),
    Rule("tridiagonal", "spectra", "several", "reflectors: 2 n^3/3 mul and add", _tridiagonal, REAL, 1.5),
    Rule("eigh", "spectra", "several", "tridiagonal QR: 9 n^3, half mul, half add", _eigh, "never", 2.0),
    Rule(
        "svd",
        "spectra",
        "several",
        "longer side m: 4 m n^2 - 4 n^3/3 for values, 14 m n^2 + 8 n^3 with vectors, 4 m^2 n + 8 m n^2 + 9 n^3 full",
        _svd,
        "never",
        2.0,
    ),
    Rule("schur", "spectra", "several", "shifted QR: 25 n^3, for values 10 n^3", _schur, "never", 2.0),
    Rule("eig", "spectra", "several", "as schur, and 3 n^3 a set of eigenvectors", _eig, "never", 2.0),
]
