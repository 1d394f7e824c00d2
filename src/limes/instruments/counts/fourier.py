"""Fourier transforms: the radix-2 algorithm along every axis."""

import math

from .operations import Operations
from .rule import Equation, Rule, number, shape, size

FORWARD, INVERSE, FORWARD_REAL, INVERSE_REAL = range(4)


def radix_two(length: int) -> Operations:
    r"""$\frac n2 \log_2 n$ butterflies $(a + wb, a - wb)$ of 4 mul and 6 add each, roots of unity at hand.

    Where n is no power of two, the same formula is an approximation.
    """
    butterflies = length / 2 * math.log2(length)
    exact = length.bit_count() == 1
    return Operations(add=round(6 * butterflies), mul=round(4 * butterflies), approximate=not exact)


def _half(counted: Operations) -> Operations:
    return Operations(add=-(-counted.add // 2), mul=-(-counted.mul // 2), approximate=True)


def _fft(equation: Equation) -> Operations:
    """Axes one after the other; a real transform takes half of its last axis, an inverse divides by the size."""
    kind, lengths = int(equation.params["fft_type"]), equation.params["fft_lengths"]
    operand, out = equation.invars[0], equation.outvars[0]
    real = kind in (FORWARD_REAL, INVERSE_REAL)
    spectrum = size(operand if kind in (INVERSE, INVERSE_REAL) else out)
    counted = Operations()
    for axis, length in enumerate(lengths):
        last = axis == len(lengths) - 1
        kept = shape(operand if kind in (INVERSE, INVERSE_REAL) else out)[axis - len(lengths)]
        if not length or not spectrum:
            return Operations()
        each = _half(radix_two(length)) if real and last else radix_two(length)
        counted += each.times(spectrum // kept)
    if kind in (INVERSE, INVERSE_REAL):
        counted += Operations(mul=size(out) * (2 if number(out) == "complex" else 1))
    return counted


RULES = [
    Rule(
        "fft",
        "fourier",
        "several",
        "radix 2 along every axis: 2 n log2 n mul and 3 n log2 n add a lane, half of it along the last axis of a real "
        "transform; 1 mul more a real number of an inverse",
        _fft,
        "complex transforms of lengths 2^k",
        3.0,
    )
]
