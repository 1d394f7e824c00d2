"""Matrix products and convolutions by loops over every product of two entries."""

import itertools

import numpy as np

from .numbers import Complex, Real, filled


def zero(like):
    return Complex(Real(0), Real(0)) if isinstance(like, Complex) else type(like)(0)


def inner(left, right):
    """The inner product of two lists; an empty one is 0."""
    out = None
    for a, b in zip(left, right, strict=True):
        out = a * b if out is None else out + a * b
    return out


def _dot_general(equation, left, right):
    ((cl, cr), (bl, br)) = equation.params["dimension_numbers"]
    fl = [axis for axis in range(left.ndim) if axis not in (*cl, *bl)]
    fr = [axis for axis in range(right.ndim) if axis not in (*cr, *br)]
    a, b = left.transpose(*bl, *fl, *cl), right.transpose(*br, *fr, *cr)
    batch, rows, columns = (
        a.shape[: len(bl)],
        a.shape[len(bl) : a.ndim - len(cl)],
        b.shape[len(br) : b.ndim - len(cr)],
    )

    def entry(index):
        at, row, column = (
            index[: len(batch)],
            index[len(batch) : len(batch) + len(rows)],
            index[len(batch) + len(rows) :],
        )
        return inner(np.ravel(a[(*at, *row)]), np.ravel(b[(*at, *column)]))

    return [filled((*batch, *rows, *columns), entry)]


def real_taps(out, entries, window, stride, low, dilation, base_dilation):
    """Which (tap, entry) pairs an output reads along one axis."""
    pairs = []
    for tap in range(window):
        position = out * stride - low + tap * dilation
        if position % base_dilation == 0 and 0 <= position // base_dilation < entries:
            pairs.append((tap, position // base_dilation))
    return pairs


def _convolution(equation, left, right):
    params, out = equation.params, equation.outvars[0].aval
    numbers = params["dimension_numbers"]
    x, w = left.transpose(numbers.lhs_spec), right.transpose(numbers.rhs_spec)
    batch, features = (out.shape[numbers.out_spec[axis]] for axis in (0, 1))
    spatial = [out.shape[axis] for axis in numbers.out_spec[2:]]
    inputs = w.shape[1]

    def entry(n, f, place):
        group = f * params["feature_group_count"] // features
        part = f * params["batch_group_count"] // features
        pairs = [
            real_taps(
                place[axis],
                x.shape[2 + axis],
                w.shape[2 + axis],
                params["window_strides"][axis],
                params["padding"][axis][0],
                params["rhs_dilation"][axis],
                params["lhs_dilation"][axis],
            )
            for axis in range(len(place))
        ]
        sample = part * batch + n
        taps = [
            (x[(sample, group * inputs + c, *(at for _, at in pair))], w[(f, c, *(tap for tap, _ in pair))])
            for pair in itertools.product(*pairs)
            for c in range(inputs)
        ]
        return inner([a for a, _ in taps], [b for _, b in taps]) if taps else zero(w.flat[0])

    values = filled((batch, features, *spatial), lambda index: entry(index[0], index[1], index[2:]))
    return [values.transpose(np.argsort(numbers.out_spec))]


def _ragged_dot(equation, left, right, groups):
    """Every row of the ragged axis belongs to one group."""
    numbers = equation.params["ragged_dot_dimension_numbers"]
    ends = np.cumsum([number.v for number in groups])
    group = [int(np.searchsorted(ends, row, side="right")) for row in range(int(ends[-1]))]
    ((cl, cr), _) = numbers.dot_dimension_numbers
    if numbers.lhs_ragged_dimensions[0] in cl:
        rows = range(len(group))
        return [
            filled(
                (len(ends), left.shape[1], right.shape[1]),
                lambda at: inner(
                    [left[row, at[1]] for row in rows if group[row] == at[0]],
                    [right[row, at[2]] for row in rows if group[row] == at[0]],
                ),
            )
        ]
    weights = np.moveaxis(right, cr[0], -1)
    return [
        filled(
            (left.shape[0], weights.shape[1]),
            lambda at: inner(list(left[at[0]]), list(weights[group[at[0]], at[1]])),
        )
    ]


def _scaled_dot(equation, left, right, left_scale, right_scale):
    """Scale every entry by the number of its block, then multiply."""

    def scaled(matrix, scale):
        steps = [n // m for n, m in zip(matrix.shape, scale.shape, strict=True)]
        return filled(
            matrix.shape, lambda at: matrix[at] * scale[tuple(i // step for i, step in zip(at, steps, strict=True))]
        )

    return _dot_general(equation, scaled(left, left_scale), scaled(right, right_scale))


SCALAR = {
    "dot_general": _dot_general,
    "conv_general_dilated": _convolution,
    "ragged_dot_general": _ragged_dot,
    "scaled_dot": _scaled_dot,
}
