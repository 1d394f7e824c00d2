"""Factorizations of matrices by the textbook algorithms, step by step."""

from collections.abc import Callable
from dataclasses import replace

from .operations import Operations
from .rule import Equation, Rule, number, price, shape, size


def matrices(equation: Equation) -> tuple[int, int, int]:
    """Rows, columns and number of the matrices of the first operand."""
    *_, rows, columns = shape(equation.invars[0])
    return rows, columns, size(equation.invars[0]) // (rows * columns) if rows * columns else 0


def in_numbers(counted: Operations, numbers: str) -> Operations:
    """The same steps on complex numbers, at their prices: an approximation, as some entries stay real."""
    if numbers != "complex":
        return counted
    sums = price("complex", add=counted.add, mul=counted.mul)
    return replace(sums, nonlin=counted.nonlin, compare=2 * counted.compare, approximate=True)


def _batched(equation: Equation, one: Callable[..., Operations]) -> Operations:
    rows, columns, batch = matrices(equation)
    return in_numbers(one(rows, columns), number(equation.invars[0])).times(batch)


def cholesky(n: int) -> Operations:
    r"""Row by row, $l_{ij} = (a_{ij} - \sum_{k < j} l_{ik} l_{jk}) / l_{jj}$ and $l_{ii}$ by a square root."""
    products = n * (n - 1) * (n + 1) // 6
    return Operations(add=products, mul=products + n * (n - 1) // 2, nonlin=n)


def cholesky_update(n: int) -> Operations:
    r"""Per row $r = \sqrt{d^2 + w^2}$, $c = r/d$, $s = w/d$, then $l = (l + s w)/c$, $w = c w - s l$ along the rest."""
    rest = n * (n - 1) // 2
    return Operations(add=n + 2 * rest, mul=4 * n + 4 * rest, nonlin=n)


def lu(m: int, n: int) -> Operations:
    """Per column: moduli and maximum of the rest, quotients, and the update of what is right and below."""
    compare = mul = add = 0
    for k in range(min(m, n)):
        below, right = m - k - 1, n - k - 1
        compare += (m - k) + below
        mul += below + below * right
        add += below * right
    return Operations(add=add, mul=mul, compare=compare)


def reflector(length: int) -> Operations:
    r"""Householder: $s = \sum_{i>0} x_i^2$, $\beta = -\mathrm{sign}(x_0)\sqrt{x_0^2 + s}$, $\tau = (\beta - x_0)/\beta$, $v = x/(x_0 - \beta)$.

    Of a vector of one entry nothing is left to remove.
    """
    rest = length - 1
    if rest <= 0:
        return Operations()
    return Operations(add=rest - 1 + 1 + 2 + 1, mul=rest + 1 + 1 + rest, nonlin=1, compare=2)


def reflected(length: int, columns: int) -> Operations:
    r"""Apply $1 - \tau v v^T$ with $v_0 = 1$ to columns: an inner product, one product with $\tau$, one update each."""
    rest = length - 1
    return Operations(add=rest + rest + 1, mul=rest + 1 + rest).times(columns)


def geqrf(m: int, n: int) -> Operations:
    """A reflector per column, applied to the columns on its right."""
    counted = Operations()
    for k in range(min(m - 1, n)):
        counted += reflector(m - k) + reflected(m - k, n - k - 1)
    return counted


def householder_product(m: int, n: int, reflectors: int) -> Operations:
    """From the last reflector to the first: applied to the columns on its right, then its own column is written."""
    counted = Operations()
    for k in range(reflectors):
        rest = m - k - 1
        counted += reflected(m - k, n - k - 1) + Operations(add=2, mul=rest)
    return counted


def _free(equation: Equation) -> Operations:
    del equation
    return Operations()


def _geqrf(equation: Equation) -> Operations:
    return _batched(equation, geqrf)


def _pivoted(m: int, n: int) -> Operations:
    """Columns are chosen by their norm, kept up to date."""
    norms = Operations(add=(m - 1) * n, mul=m * n)
    kept = sum(n - k - 1 for k in range(min(m, n)))
    return geqrf(m, n) + norms + Operations(add=kept, mul=kept, compare=kept, approximate=True)


def _qr(equation: Equation) -> Operations:
    def one(m: int, n: int) -> Operations:
        columns = m if equation.params["full_matrices"] else min(m, n)
        factored = _pivoted(m, n) if equation.params.get("pivoting") else geqrf(m, n)
        return factored + householder_product(m, columns, min(m, n))

    return _batched(equation, one)


def _product(equation: Equation) -> Operations:
    reflectors = shape(equation.invars[1])[-1]
    return _batched(equation, lambda m, n: householder_product(m, n, reflectors))


def _ormqr(equation: Equation) -> Operations:
    """Every reflector is applied to the columns (or rows) of the third operand."""
    *_, rows, columns = shape(equation.invars[2])
    length, others = (rows, columns) if equation.params["left"] else (columns, rows)
    counted = Operations()
    for k in range(shape(equation.invars[1])[-1]):
        counted += reflected(length - k, others)
    return _batched(equation, lambda *_: counted)


REAL = "real numbers"
RULES = [
    Rule(
        "cholesky",
        "factorizations",
        "several",
        "(n^3 - n)/6 mul and add, n(n - 1)/2 div, n sqrt",
        lambda equation: _batched(equation, lambda _, n: cholesky(n)),
        REAL,
        1.5,
    ),
    Rule(
        "cholesky_update",
        "factorizations",
        "several",
        "2 n^2 + 2 n mul, n^2 add, n sqrt",
        lambda equation: _batched(equation, lambda _, n: cholesky_update(n)),
        REAL,
        1.5,
    ),
    Rule(
        "lu",
        "factorizations",
        "several",
        "elimination with partial pivoting: n^3/3 mul and add, n^2 compare",
        lambda equation: _batched(equation, lu),
        REAL,
        1.5,
    ),
    Rule("lu_pivots_to_permutation", "factorizations", "free", "free: exchanges", _free),
    Rule("geqrf", "factorizations", "several", "Householder: n^2 (m - n/3) mul and add", _geqrf, REAL, 1.5),
    Rule(
        "geqp3",
        "factorizations",
        "several",
        "as geqrf, with norms of columns",
        lambda equation: _batched(equation, _pivoted),
        "never",
        1.5,
    ),
    Rule("qr", "factorizations", "several", "geqrf and householder_product", _qr, "real numbers, no pivoting", 1.5),
    Rule(
        "householder_product",
        "factorizations",
        "several",
        "reflectors, last to first, into columns",
        _product,
        REAL,
        1.5,
    ),
    Rule("ormqr", "factorizations", "several", "every reflector into every column", _ormqr, REAL, 1.5),
]
