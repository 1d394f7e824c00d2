"""Elementwise primitives: so many operations for every entry of the output."""

import functools

from .operations import Operations
from .rule import Equation, Rule, number, price, size, unit

ADD = ("add", "sub", "add_any", "neg")
MUL = ("mul", "div", "rem", "square")
COMPARE = ("max", "min", "abs", "sign", "floor", "ceil", "round", "is_finite", "nextafter")
TESTS = ("eq", "ne", "lt", "le", "gt", "ge", "eq_to", "lt_to", "le_to")
FUNCTIONS = (
    *("exp", "exp2", "expm1", "log", "log2", "log1p", "sqrt", "rsqrt", "cbrt", "pow", "logistic", "atan2"),
    *("sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh"),
)
INTEGER = (
    *("and", "or", "xor", "not", "shift_left", "shift_right_arithmetic", "shift_right_logical"),
    *("population_count", "clz", "mulhi"),
)

SUM, PRODUCT, QUOTIENT = price("complex", add=1), price("complex", mul=1), price("complex", div=1)
SHIFT = Operations(add=1)  # a real number is added, or the product with i changes one sign
SCALE = Operations(mul=2)
ABS = Operations(add=1, mul=2, nonlin=1)
EXP = Operations(mul=2, nonlin=3)
LOG = ABS + Operations(nonlin=2)
ROOT = ABS + Operations(mul=3, nonlin=4)
SINES = Operations(nonlin=4)


def total(*parts: Operations) -> Operations:
    """The sum of several records."""
    return functools.reduce(Operations.__add__, parts, Operations())


COMPLEX = {
    "square": (PRODUCT, "z z"),
    "div": (QUOTIENT, "by the conjugate and the squared modulus"),
    "abs": (ABS, "sqrt(a^2 + b^2)"),
    "sign": (ABS + SCALE, "z / abs(z)"),
    "exp": (EXP, "e^a (cos b + i sin b)"),
    "exp2": (SCALE + EXP, "exp(z log 2)"),
    "expm1": (EXP + SHIFT, "exp(z) - 1"),
    "log": (LOG, "log(abs z) + i atan2(b, a)"),
    "log2": (LOG + SCALE, "log(z) / log 2"),
    "log1p": (SHIFT + LOG, "log(1 + z)"),
    "sqrt": (ROOT, "polar form"),
    "rsqrt": (ROOT, "polar form"),
    "sin": (SINES + SCALE, "sin a cosh b + i cos a sinh b"),
    "cos": (SINES + SCALE + SHIFT, "cos a cosh b - i sin a sinh b"),
    "sinh": (SINES + SCALE, "sinh a cos b + i cosh a sin b"),
    "cosh": (SINES + SCALE, "cosh a cos b + i sinh a sin b"),
    "tan": (total(SINES, SCALE, SCALE, SHIFT, QUOTIENT), "sin / cos, four real functions shared"),
    "tanh": (total(SINES, SCALE, SCALE, QUOTIENT), "sinh / cosh, four real functions shared"),
    "logistic": (total(SUM, EXP, SHIFT, QUOTIENT), "1 / (1 + exp(-z))"),
    "pow": (total(LOG, PRODUCT, EXP), "exp(w log z)"),
    "asin": (total(PRODUCT, SUM, ROOT, SHIFT, SUM, LOG, SHIFT), "-i log(iz + sqrt(1 - z^2))"),
    "acos": (total(PRODUCT, SUM, ROOT, SHIFT, SUM, LOG, SHIFT, SUM), "pi / 2 - asin z"),
    "atan": (total(SHIFT, SUM, SHIFT, LOG, LOG, SUM, SCALE, SHIFT), "(i / 2) (log(1 - iz) - log(1 + iz))"),
    "asinh": (total(PRODUCT, SHIFT, ROOT, SUM, LOG), "log(z + sqrt(z^2 + 1))"),
    "acosh": (total(SHIFT, SHIFT, ROOT, ROOT, PRODUCT, SUM, LOG), "log(z + sqrt(z + 1) sqrt(z - 1))"),
    "atanh": (total(SHIFT, SUM, LOG, LOG, SUM, SCALE), "(log(1 + z) - log(1 - z)) / 2"),
}


def _each(equation: Equation, kind: str) -> Operations:
    """One operation of this kind for every entry of the output; complex functions by their formula."""
    entries, numbers = size(equation.outvars[0]), number(equation.invars[0])
    written = COMPLEX.get(equation.primitive.name)
    if numbers == "complex" and written is not None:
        return written[0].times(entries)
    return unit(numbers, kind).times(entries)


def _select(equation: Equation) -> Operations:
    cases = equation.invars[1:]
    return price(number(cases[0]), compare=len(cases) - 1).times(size(equation.outvars[0]))


def _clamp(equation: Equation) -> Operations:
    return price(number(equation.invars[1]), compare=2).times(size(equation.outvars[0]))


def power(kind: str, exponent: int) -> Operations:
    """The price of an integer power by repeated squaring, and of the reciprocal where the exponent is negative."""
    y = abs(exponent)
    products = y.bit_length() - 1 + y.bit_count() - 1 if y else 0
    return price(kind, mul=products, div=int(exponent < 0))


def _integer_pow(equation: Equation) -> Operations:
    return power(number(equation.invars[0]), equation.params["y"]).times(size(equation.outvars[0]))


def _conj(equation: Equation) -> Operations:
    signs = size(equation.outvars[0]) if number(equation.invars[0]) == "complex" else 0
    return Operations(add=signs)


def _polynomial(equation: Equation) -> Operations:
    """Horner's scheme; the operands are x and the coefficients."""
    degree = len(equation.invars) - 2
    return price(number(equation.invars[0]), add=degree, mul=degree).times(size(equation.outvars[0]))


def _one_minus_square(equation: Equation) -> Operations:
    """(1 + x) (1 - x), where the complex sums touch one real part and one pair of signs."""
    x = equation.invars[0]
    each = SHIFT + SUM + PRODUCT if number(x) == "complex" else price(number(x), add=2, mul=1)
    return each.times(size(x))


def _rows(names: tuple[str, ...], kind: str) -> list[Rule]:
    rows = []
    for name in names:
        formula = f"; complex: {COMPLEX[name][1]}" if name in COMPLEX else ""
        rows.append(Rule(name, "elementwise", kind, f"1 {kind} an entry{formula}", functools.partial(_each, kind=kind)))
    return rows


RULES = [
    *_rows(ADD, "add"),
    *_rows(MUL, "mul"),
    *_rows(COMPARE, "compare"),
    *_rows(TESTS, "compare"),
    *_rows(FUNCTIONS, "nonlin"),
    *_rows(INTEGER, "integer"),
    Rule("select_n", "elementwise", "compare", "1 compare an entry, cases - 1 with more than two cases", _select),
    Rule("clamp", "elementwise", "compare", "2 compare an entry", _clamp),
    Rule("integer_pow", "elementwise", "mul", "repeated squaring, 1 mul more for a negative exponent", _integer_pow),
    Rule("conj", "elementwise", "add", "1 add an entry, the sign of the imaginary part; reals are free", _conj),
    Rule("polynomial", "elementwise", "several", "Horner: degree mul and degree add an entry", _polynomial),
    Rule("one_minus_square", "elementwise", "several", "(1 + x) (1 - x): 1 mul, 2 add an entry", _one_minus_square),
]
