"""Contractions: matrix products and convolutions, where only products with real entries are counted."""

import math

from .operations import Operations
from .rule import Equation, Rule, number, price, shape, size
from .taps import Dimension, tap_counts


def products(kind: str, outputs: int, length: int) -> Operations:
    """`outputs` inner products of vectors of this length."""
    return price(kind, mul=length, add=length - 1).times(outputs) if length else Operations()


def _dot_general(equation: Equation) -> Operations:
    left, out = equation.invars[0], equation.outvars[0]
    (contracted, _), _ = equation.params["dimension_numbers"]
    return products(number(out), size(out), math.prod(shape(left)[axis] for axis in contracted))


def _convolution(equation: Equation) -> Operations:
    """Per pair of features: every tap that touches an entry is a product, summed into the outputs that have one."""
    params, (left, right), out = equation.params, equation.invars, equation.outvars[0]
    numbers = params["dimension_numbers"]
    taps, reached = tap_counts(
        Dimension(
            entries=shape(left)[numbers.lhs_spec[2 + axis]],
            window=shape(right)[numbers.rhs_spec[2 + axis]],
            outputs=shape(out)[numbers.out_spec[2 + axis]],
            stride=params["window_strides"][axis],
            low=params["padding"][axis][0],
            dilation=params["rhs_dilation"][axis],
            base_dilation=params["lhs_dilation"][axis],
        )
        for axis in range(len(shape(left)) - 2)
    )
    batch, features = (shape(out)[numbers.out_spec[axis]] for axis in (0, 1))
    inputs = shape(right)[numbers.rhs_spec[1]]
    adds = taps * inputs - reached if inputs else 0
    return price(number(out), mul=taps * inputs, add=adds).times(batch * features)


def _ragged_dot(equation: Equation) -> Operations:
    """As a product whose groups fill the ragged axis: each row meets the matrix of its group."""
    params = equation.params["ragged_dot_dimension_numbers"]
    (contracted, _), _ = params.dot_dimension_numbers
    left, out, groups = equation.invars[0], equation.outvars[0], equation.invars[2]
    length = math.prod(shape(left)[axis] for axis in contracted)
    if not set(params.lhs_ragged_dimensions) & set(contracted):
        return products(number(out), size(out), length)
    num, each = shape(groups)[-1], size(out) // max(shape(groups)[-1], 1)
    return price(number(out), mul=length, add=max(length - num, 0)).times(each)


def _scaled_dot(equation: Equation) -> Operations:
    left, out = equation.invars[0], equation.outvars[0]
    (contracted, _), _ = equation.params["dimension_numbers"]
    scaling = sum(size(operand) for operand in equation.invars[:2])
    length = math.prod(shape(left)[axis] for axis in contracted)
    return products(number(out), size(out), length) + price(number(out), mul=scaling)


RULES = [
    Rule("dot_general", "contraction", "several", "contracted length k: k mul and k - 1 add an output", _dot_general),
    Rule(
        "conv_general_dilated",
        "contraction",
        "several",
        "m taps that touch an entry (no padding, no zeros of a dilation): m mul, m - outputs reached add",
        _convolution,
    ),
    Rule(
        "ragged_dot_general",
        "contraction",
        "several",
        "as dot_general, each row with the matrix of its group",
        _ragged_dot,
    ),
    Rule("scaled_dot", "contraction", "several", "as dot_general, 1 mul more for every scaled entry", _scaled_dot),
]
