"""Elementwise primitives, one entry at a time."""

import math

import numpy as np
import scipy.special

from .complex_functions import COMPLEX
from .numbers import Complex, Real, Whole, filled, nonlin, tick


def each(function):
    """Apply a scalar function entry by entry; scalars are repeated."""

    def loop(equation, *operands):
        shape = equation.outvars[0].aval.shape
        entries = [np.broadcast_to(operand, shape) for operand in operands]
        return [filled(shape, lambda index: function(equation, *(entry[index] for entry in entries)))]

    return loop


def _plain(function):
    return each(lambda _, *numbers: function(*numbers))


def _test(name):
    return _plain(lambda a, b: Whole(a.test(name, b)))


def _extreme(name):
    def choose(a, b):
        if isinstance(a, Complex):
            return a if a.test(name, b) else b
        chosen = a.test(name, b) or a.v != a.v
        return a if chosen else b

    return choose


def choice(pick, *cases):
    """One choice costs a comparison a number beyond the first case; a complex number is two."""
    kind = "integer" if isinstance(cases[0], Whole) else "compare"
    for _ in range((len(cases) - 1) * (2 if isinstance(cases[0], Complex) else 1)):
        tick(kind)
    return cases[pick.v]


def _rounding(function):
    def one(equation, x):
        tick("compare")
        return Real(function(x.v))

    return each(one)


def _sign(x):
    if isinstance(x, Complex):
        modulus = abs(x)
        return Complex(x.re / modulus, x.im / modulus)
    tick("integer" if isinstance(x, Whole) else "compare")
    return type(x)(np.sign(x.v))


def _round(equation, x):
    tick("compare")
    even = int(equation.params["rounding_method"]) == 1
    return Real(np.round(x.v) if even else math.copysign(math.floor(abs(x.v) + 0.5), x.v))


def _nextafter(a, b):
    tick("compare")
    return Real(np.nextafter(a.v, b.v))


def _is_finite(x):
    tick("compare")
    return Whole(math.isfinite(x.v))


def power(x, exponent):
    """Repeated squaring from the lowest bit."""
    y, square, out = abs(exponent), x, None
    while y:
        if y & 1:
            out = square if out is None else out * square
        y >>= 1
        if y:
            square = square * square
    one = Complex(Real(1), Real(0)) if isinstance(x, Complex) else type(x)(1)
    out = one if out is None else out
    return one / out if exponent < 0 else out


def _conj(equation, x):
    return x.conj() if isinstance(x, Complex) else Complex(x, Real(0))


def _polynomial(equation, x, *coefficients):
    out = coefficients[-1]
    for coefficient in coefficients[-2::-1]:
        out = out * x + coefficient
    return out


def _one_minus_square(x):
    one = Complex(Real(1), Real(0)) if isinstance(x, Complex) else type(x)(1)
    if isinstance(x, Complex):
        return x.plus(1) * (one - x)
    return (one + x) * (one - x)


def _clamp(low, x, high):
    return _extreme("gt")(_extreme("lt")(x, high), low)


REAL = {
    "exp": math.exp,
    "exp2": math.exp2,
    "expm1": math.expm1,
    "log": math.log,
    "log2": math.log2,
    "log1p": math.log1p,
    "sqrt": math.sqrt,
    "rsqrt": lambda x: x**-0.5,
    "cbrt": math.cbrt,
    "pow": math.pow,
    "logistic": scipy.special.expit,
    "atan2": math.atan2,
    "sin": math.sin,
    "cos": math.cos,
    "tan": math.tan,
    "asin": math.asin,
    "acos": math.acos,
    "atan": math.atan,
    "sinh": math.sinh,
    "cosh": math.cosh,
    "tanh": math.tanh,
    "asinh": math.asinh,
    "acosh": math.acosh,
    "atanh": math.atanh,
    "erf": math.erf,
    "erfc": math.erfc,
    "erf_inv": scipy.special.erfinv,
    "lgamma": math.lgamma,
    "digamma": scipy.special.digamma,
    "polygamma": lambda m, x: scipy.special.polygamma(int(m), x),
    "zeta": scipy.special.zeta,
    "bessel_i0e": scipy.special.i0e,
    "bessel_i1e": scipy.special.i1e,
    "igamma": scipy.special.gammainc,
    "igammac": scipy.special.gammaincc,
    "regularized_incomplete_beta": scipy.special.betainc,
}


def _function(name):
    def one(equation, *numbers):
        if isinstance(numbers[0], Complex):
            return COMPLEX[name](*numbers)
        if isinstance(numbers[0], Whole):
            tick("integer")
            return Whole(numbers[0].v ** numbers[1].v)
        return nonlin(REAL[name], *numbers)

    return each(one)


def _hidden(equation, *numbers):
    """A special function that no Python library has: its value from JAX, one entry at a time."""
    return nonlin(lambda *values: equation.primitive.bind(*map(np.float64, values), **equation.params), *numbers)


def _bits(equation):
    return np.iinfo(equation.invars[0].aval.dtype).bits


def _logical(equation, a, b):
    """Shift the bits, zeros come in."""
    return Whole(a.v % 2 ** _bits(equation)) >> b


def _not(equation, a):
    tick("integer")
    return Whole(not a.v) if equation.invars[0].aval.dtype == bool else Whole(~a.v)


def _count_bits(function):
    def one(equation, a):
        tick("integer")
        bits = _bits(equation)
        return Whole(function(a.v % 2**bits, bits))

    return each(one)


def _mulhi(equation, a, b):
    tick("integer")
    return Whole((a.v * b.v) >> _bits(equation))


SCALAR = {
    "add": _plain(lambda a, b: a + b),
    "add_any": _plain(lambda a, b: a + b),
    "sub": _plain(lambda a, b: a - b),
    "neg": _plain(lambda a: -a),
    "mul": _plain(lambda a, b: a * b),
    "div": _plain(lambda a, b: a / b),
    "rem": _plain(lambda a, b: a % b),
    "square": _plain(lambda a: a * a),
    "max": _plain(_extreme("gt")),
    "min": _plain(_extreme("lt")),
    "abs": _plain(abs),
    "sign": _plain(_sign),
    "floor": _rounding(math.floor),
    "ceil": _rounding(math.ceil),
    "round": each(_round),
    "is_finite": _plain(_is_finite),
    "nextafter": _plain(_nextafter),
    **{name: _test(name) for name in ("eq", "ne", "lt", "le", "gt", "ge")},
    **{f"{name}_to": _test(name) for name in ("eq", "lt", "le")},
    **{name: _function(name) for name in REAL},
    "igamma_grad_a": each(_hidden),
    "and": _plain(lambda a, b: a & b),
    "or": _plain(lambda a, b: a | b),
    "xor": _plain(lambda a, b: a ^ b),
    "not": each(_not),
    "shift_left": _plain(lambda a, b: a << b),
    "shift_right_arithmetic": _plain(lambda a, b: a >> b),
    "shift_right_logical": each(_logical),
    "population_count": _count_bits(lambda a, bits: a.bit_count()),
    "clz": _count_bits(lambda a, bits: bits - a.bit_length()),
    "mulhi": each(_mulhi),
    "select_n": _plain(choice),
    "clamp": _plain(_clamp),
    "integer_pow": each(lambda equation, x: power(x, equation.params["y"])),
    "conj": each(_conj),
    "polynomial": each(_polynomial),
    "one_minus_square": _plain(_one_minus_square),
}
