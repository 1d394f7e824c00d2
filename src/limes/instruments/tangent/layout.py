r"""Products with a parameter in one form: the derivative is $\sum_t a_t \otimes c_t$, block by block."""

import itertools
import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float

Equation = Any


class Sizes(NamedTuple):
    """How many blocks, terms of the sum, inputs and outputs of a matrix."""

    blocks: int
    positions: int
    inputs: int
    outputs: int


def _take(shape: tuple[int, ...], axes: tuple[int, ...]) -> int:
    return math.prod(shape[axis] for axis in axes)


def _free(ndim: int, *used: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(axis for axis in range(ndim) if axis not in set().union(*used))


@dataclass(frozen=True)
class Product:
    """`dot_general` of a parameter, in either place, with anything else.

    Axes of the parameter (`matrix_axes`) and of the other operand (`axes`): batch, free and contracted.
    """

    sizes: Sizes
    axes: tuple[int, ...]
    matrix_axes: tuple[int, ...]
    first: bool

    def activation(self, a: Array) -> Float[Array, "b t i"]:
        """Return the other operand."""
        B, T, I, _ = self.sizes
        return a.transpose(self.axes).reshape(B, T, I)

    def cotangent(self, c: Array) -> Float[Array, "b t f"]:
        """Return the cotangent of the product."""
        B, T, _, F = self.sizes
        return c.reshape(B, F, T).swapaxes(1, 2) if self.first else c.reshape(B, T, F)

    def matrix(self, ids: np.ndarray) -> np.ndarray:
        """Return the entries of the parameter as blocks of matrices, from inputs to outputs."""
        B, _, I, F = self.sizes
        return ids.transpose(self.matrix_axes).reshape(B, I, F)


def product(equation: Equation, operand: int) -> Product:
    """Return the layout of a `dot_general` whose operand of that number is the parameter."""
    contracted, batch = equation.params["dimension_numbers"]
    shape, other = (equation.invars[place].aval.shape for place in (operand, 1 - operand))
    free = _free(len(shape), contracted[operand], batch[operand])
    rows = _free(len(other), contracted[1 - operand], batch[1 - operand])
    sizes = Sizes(
        _take(shape, batch[operand]), _take(other, rows), _take(shape, contracted[operand]), _take(shape, free)
    )
    return Product(
        sizes,
        axes=(*batch[1 - operand], *rows, *contracted[1 - operand]),
        matrix_axes=(*batch[operand], *contracted[operand], *free),
        first=operand == 0,
    )


@dataclass(frozen=True)
class Convolution:
    """`conv_general_dilated` with a parameter as its kernel: a product with the patches under the kernel."""

    sizes: Sizes
    params: dict[str, Any]
    window: tuple[int, ...]
    reached: tuple[int, ...]

    def activation(self, a: Array) -> Float[Array, "b t i"]:
        """Return the patches: shifted copies of the padded image, one for every entry of the window."""
        B, T, I, _ = self.sizes
        batch, feature, *space = self.params["dimension_numbers"].lhs_spec
        a = a.transpose(batch, *space, feature)
        inner = zip(self.params["padding"], self.params["lhs_dilation"], strict=True)
        padding = [(0, 0, 0), *((low, high, dilation - 1) for (low, high), dilation in inner), (0, 0, 0)]
        a = lax.pad(a, jnp.zeros((), a.dtype), padding)
        taps = [self._tap(a, offset) for offset in itertools.product(*map(range, self.window))]
        patches = jnp.stack([tap.reshape(T, B, -1) for tap in taps], axis=2)
        return patches.reshape(T, B, I).swapaxes(0, 1)

    def _tap(self, a: Array, offset: tuple[int, ...]) -> Array:
        starts = [o * dilation for o, dilation in zip(offset, self.params["rhs_dilation"], strict=True)]
        strides = self.params["window_strides"]
        limits = [s + (m - 1) * k + 1 for s, m, k in zip(starts, self.reached, strides, strict=True)]
        return lax.slice(a, (0, *starts, 0), (a.shape[0], *limits, a.shape[-1]), (1, *strides, 1))

    def cotangent(self, c: Array) -> Float[Array, "b t f"]:
        """Return the cotangent of the output."""
        B, T, _, F = self.sizes
        batch, feature, *space = self.params["dimension_numbers"].out_spec
        return c.transpose(batch, *space, feature).reshape(T, B, F).swapaxes(0, 1)

    def matrix(self, ids: np.ndarray) -> np.ndarray:
        """Return the entries of the kernel as blocks of matrices, from inputs to outputs."""
        B, _, I, F = self.sizes
        out, feature, *space = self.params["dimension_numbers"].rhs_spec
        return ids.transpose(*space, feature, out).reshape(I, B, F).swapaxes(0, 1)


def convolution(equation: Equation, operand: int) -> Convolution | None:
    """Return the layout of a convolution whose kernel is the parameter."""
    params, kernel, out = equation.params, equation.invars[1].aval.shape, equation.outvars[0].aval.shape
    if operand != 1 or params["batch_group_count"] != 1 or 0 in out:
        return None
    numbers, groups = params["dimension_numbers"], params["feature_group_count"]
    feature, inputs, *space = numbers.rhs_spec
    batch, _, *where = numbers.out_spec
    window, reached = (tuple(shape[axis] for axis in axes) for shape, axes in ((kernel, space), (out, where)))
    sizes = Sizes(
        groups, out[batch] * math.prod(reached), kernel[inputs] * math.prod(window), kernel[feature] // groups
    )
    return Convolution(sizes, params, window, reached)


Layout = Product | Convolution


def layout_of(equation: Equation, operand: int) -> Layout | None:
    """Return the layout of a product with a parameter, or None where the equation is something else."""
    if equation.primitive.name == "dot_general":
        return product(equation, operand)
    if equation.primitive.name == "conv_general_dilated":
        return convolution(equation, operand)
    return None
