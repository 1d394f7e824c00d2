"""Functions of complex numbers, written in functions of reals."""

import math

from .numbers import Complex, Real, nonlin


def _exp(z):
    size = nonlin(math.exp, z.re)
    return Complex(size * nonlin(math.cos, z.im), size * nonlin(math.sin, z.im))


def _log(z):
    return Complex(nonlin(math.log, abs(z)), nonlin(math.atan2, z.im, z.re))


def _root(exponent):
    def root(z):
        size = nonlin(lambda r: r**exponent, abs(z))
        angle = nonlin(math.atan2, z.im, z.re) * Real(exponent)
        return Complex(size * nonlin(math.cos, angle), size * nonlin(math.sin, angle))

    return root


_sqrt = _root(0.5)


def _four(a, b):
    return [nonlin(f, x) for f, x in ((math.sin, a), (math.cos, a), (math.sinh, b), (math.cosh, b))]


def _sin(z):
    s, c, sh, ch = _four(z.re, z.im)
    return Complex(s * ch, c * sh)


def _cos(z):
    s, c, sh, ch = _four(z.re, z.im)
    return Complex(c * ch, -(s * sh))


def _tan(z):
    s, c, sh, ch = _four(z.re, z.im)
    return Complex(s * ch, c * sh) / Complex(c * ch, -(s * sh))


def _sinh(z):
    s, c, sh, ch = _four(z.im, z.re)
    return Complex(sh * c, ch * s)


def _cosh(z):
    s, c, sh, ch = _four(z.im, z.re)
    return Complex(ch * c, sh * s)


def _tanh(z):
    s, c, sh, ch = _four(z.im, z.re)
    return Complex(sh * c, ch * s) / Complex(ch * c, sh * s)


ONE = Complex(Real(1), Real(0))


def _asin(z):
    return _turn_back(_log(z.times_i() + _sqrt(ONE - z * z)))


def _turn_back(z):
    return Complex(z.im, -z.re)


def _atan(z):
    w = z.times_i()
    return (_log(ONE - w) - _log(w.plus(1))).scaled(Real(0.5)).times_i()


COMPLEX = {
    "exp": _exp,
    "exp2": lambda z: _exp(z.scaled(Real(math.log(2)))),
    "expm1": lambda z: _exp(z).plus(-1),
    "log": _log,
    "log2": lambda z: _log(z).scaled(Real(1 / math.log(2))),
    "log1p": lambda z: _log(z.plus(1)),
    "sqrt": _sqrt,
    "rsqrt": _root(-0.5),
    "sin": _sin,
    "cos": _cos,
    "tan": _tan,
    "sinh": _sinh,
    "cosh": _cosh,
    "tanh": _tanh,
    "logistic": lambda z: ONE / _exp(-z).plus(1),
    "pow": lambda z, w: _exp(w * _log(z)),
    "asin": _asin,
    "acos": lambda z: Complex(Real(math.pi / 2), Real(0)) - _asin(z),
    "atan": _atan,
    "asinh": lambda z: _log(z + _sqrt((z * z).plus(1))),
    "acosh": lambda z: _log(z + _sqrt(z.plus(1)) * _sqrt(z.plus(-1))),
    "atanh": lambda z: (_log(z.plus(1)) - _log(ONE - z)).scaled(Real(0.5)),
}
