"""Fast Fourier transforms by recursion over the prime factors of the length."""

import cmath

import numpy as np

from .numbers import Complex, Real, filled


def _root(power, length, sign):
    value = cmath.exp(sign * 2j * cmath.pi * power / length)
    return Complex(Real(value.real), Real(value.imag))


def transform(numbers, sign):
    """Cooley and Tukey: with two halves a butterfly is one product, a sum and a difference."""
    n = len(numbers)
    if n == 1:
        return list(numbers)
    p = next(p for p in range(2, n + 1) if n % p == 0)
    parts, m = [transform(numbers[start::p], sign) for start in range(p)], n // p
    out = [None] * n
    for k in range(m):
        turned = [parts[0][k], *(parts[j][k] * _root(j * k, n, sign) for j in range(1, p))]
        if p == 2:
            out[k], out[k + m] = turned[0] + turned[1], turned[0] - turned[1]
            continue
        for q in range(p):
            total = turned[0]
            for j in range(1, p):
                total = total + (turned[j] * _root(j * q, p, sign) if q else turned[j])
            out[k + q * m] = total
    return out


def _along(array, axis, sign):
    moved = np.moveaxis(array, axis, -1).copy()
    for index in np.ndindex(*moved.shape[:-1]):
        moved[index] = transform(list(moved[index]), sign)
    return np.moveaxis(moved, -1, axis)


def real_transform(numbers):
    """Even and odd entries as one complex transform of half the length, then untangled."""
    m = len(numbers) // 2
    z = transform([Complex(numbers[2 * k], numbers[2 * k + 1]) for k in range(m)], -1)
    out, half = [], Real(0.5)
    for k in range(m + 1):
        a, b = z[k % m], z[-k % m].conj()
        even, odd = a + b, a - b
        turned = Complex(odd.im, -odd.re) * _root(k, 2 * m, -1)
        out.append((even + turned).scaled(half))
    return out


def real_inverse(numbers):
    """The way back: tangle, transform, read off even and odd entries; not yet divided by the length."""
    m = len(numbers) - 1
    z = []
    for k in range(m):
        a, b = numbers[k], numbers[m - k].conj()
        z.append((a + b) + ((a - b) * _root(k, 2 * m, 1)).times_i())
    return [part for number in transform(z, 1) for part in (number.re, number.im)]


def _lanes(array, length, function):
    out = np.empty((*array.shape[:-1], length), dtype=object)
    for index in np.ndindex(*array.shape[:-1]):
        out[index] = function(list(array[index]))
    return out


def _fft(equation, operand):
    kind, lengths = int(equation.params["fft_type"]), equation.params["fft_lengths"]
    others = range(operand.ndim - len(lengths), operand.ndim - 1)
    out, sign = equation.outvars[0].aval.shape, 1 if kind in (1, 3) else -1
    if kind == 2:
        operand = _lanes(operand, out[-1], real_transform)
    for axis in (*others, *(() if kind in (2, 3) else (operand.ndim - 1,))):
        operand = _along(operand, axis, sign)
    if kind == 3:
        operand = _lanes(operand, out[-1], real_inverse)
    if kind in (1, 3):
        scale = Real(1 / np.prod(lengths))
        operand = filled(out, lambda at: operand_times(operand[at], scale))
    return [operand]


def operand_times(number, scale):
    return number.scaled(scale) if isinstance(number, Complex) else number * scale


SCALAR = {"fft": _fft}
