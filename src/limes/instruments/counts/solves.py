"""Triangular and tridiagonal systems, and the symmetric product of a matrix."""

from .operations import Operations
from .rule import Equation, Rule, number, price, shape, size


def _triangular_solve(equation: Equation) -> Operations:
    """Substitution: n(n + 1)/2 products or quotients and n(n - 1)/2 sums a right-hand side."""
    left, right = equation.invars
    n = shape(left)[-1]
    products = n * (n - 1) // 2
    quotients = 0 if equation.params["unit_diagonal"] else n
    each = price(number(right), add=products, mul=products, div=quotients)
    return each.times(size(right) // n if n else 0)


def _tridiagonal_solve(equation: Equation) -> Operations:
    """Elimination along the diagonal once, then down and up every right-hand side."""
    diagonal, right = equation.invars[1], equation.invars[3]
    n = shape(diagonal)[-1]
    if not n:
        return Operations()
    systems, columns = size(diagonal) // n, size(right) // n
    eliminated = price(number(right), add=n - 1, mul=n - 1, div=n - 1)
    solved = price(number(right), add=2 * (n - 1), mul=2 * (n - 1), div=n)
    return eliminated.times(systems) + solved.times(columns)


def _symmetric_product(equation: Equation) -> Operations:
    r"""$\alpha A A^T + \beta C$, all entries."""
    left, out = equation.invars[0], equation.outvars[0]
    length = shape(left)[-1]
    return price(number(out), mul=length + 2, add=length).times(size(out)) if length else Operations()


RULES = [
    Rule(
        "triangular_solve",
        "solves",
        "several",
        "n(n + 1)/2 mul (n fewer with a unit diagonal) and n(n - 1)/2 add a right-hand side",
        _triangular_solve,
    ),
    Rule(
        "tridiagonal_solve",
        "solves",
        "several",
        "Thomas: 2(n - 1) mul and n - 1 add, then 3 n - 2 mul and 2(n - 1) add a right-hand side",
        _tridiagonal_solve,
    ),
    Rule("symmetric_product", "solves", "several", "k + 2 mul and k add an entry", _symmetric_product),
]
