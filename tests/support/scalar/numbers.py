"""Numbers that count: reals tick their kind, whole numbers and booleans tick `integer`, complex numbers are two reals."""

import contextlib
import dataclasses
import math

import jax
import jax.numpy as jnp
import numpy as np


@dataclasses.dataclass
class Tally:
    add: int = 0
    mul: int = 0
    nonlin: int = 0
    compare: int = 0
    integer: int = 0

    def __call__(self, kind):
        setattr(self, kind, getattr(self, kind) + 1)

    @property
    def total(self):
        return self.add + self.mul + self.nonlin + self.compare


_OPEN = [Tally()]


@contextlib.contextmanager
def counting():
    """Count what is done inside the block."""
    _OPEN.append(Tally())
    try:
        yield _OPEN[-1]
    finally:
        _OPEN.pop()


def tick(kind):
    _OPEN[-1](kind)


class Real:
    __slots__ = ("v",)

    def __init__(self, v):
        self.v = float(v)

    def __add__(self, other):
        tick("add")
        return Real(self.v + other.v)

    def __sub__(self, other):
        tick("add")
        return Real(self.v - other.v)

    def __neg__(self):
        tick("add")
        return Real(-self.v)

    def __mul__(self, other):
        tick("mul")
        return Real(self.v * other.v)

    def __truediv__(self, other):
        tick("mul")
        return Real(np.float64(self.v) / np.float64(other.v))

    def __mod__(self, other):
        tick("mul")
        return Real(math.fmod(self.v, other.v))

    def __abs__(self):
        tick("compare")
        return Real(abs(self.v))

    def test(self, name, other):
        tick("compare")
        return getattr(self.v, f"__{name}__")(other.v)


class Whole:
    """An integer or a boolean."""

    __slots__ = ("v",)

    def __init__(self, v):
        self.v = int(v)

    def _with(self, other, op):
        tick("integer")
        return Whole(op(self.v, other.v))

    def __add__(self, other):
        return self._with(other, lambda a, b: a + b)

    def __sub__(self, other):
        return self._with(other, lambda a, b: a - b)

    def __neg__(self):
        tick("integer")
        return Whole(-self.v)

    def __mul__(self, other):
        return self._with(other, lambda a, b: a * b)

    def __truediv__(self, other):
        return self._with(other, lambda a, b: math.trunc(a / b))

    def __mod__(self, other):
        return self._with(other, lambda a, b: int(math.fmod(a, b)))

    def __and__(self, other):
        return self._with(other, lambda a, b: a & b)

    def __or__(self, other):
        return self._with(other, lambda a, b: a | b)

    def __xor__(self, other):
        return self._with(other, lambda a, b: a ^ b)

    def __lshift__(self, other):
        return self._with(other, lambda a, b: a << b)

    def __rshift__(self, other):
        return self._with(other, lambda a, b: a >> b)

    def __abs__(self):
        tick("integer")
        return Whole(abs(self.v))

    def test(self, name, other):
        tick("integer")
        return getattr(self.v, f"__{name}__")(other.v)


class Complex:
    """A pair of reals; every operation is written in operations on reals."""

    __slots__ = ("im", "re")

    def __init__(self, re, im):
        self.re, self.im = re, im

    @property
    def v(self):
        return complex(self.re.v, self.im.v)

    def __add__(self, other):
        return Complex(self.re + other.re, self.im + other.im)

    def __sub__(self, other):
        return Complex(self.re - other.re, self.im - other.im)

    def __neg__(self):
        return Complex(-self.re, -self.im)

    def __mul__(self, other):
        return Complex(self.re * other.re - self.im * other.im, self.re * other.im + self.im * other.re)

    def __truediv__(self, other):
        norm = other.re * other.re + other.im * other.im
        return Complex(
            (self.re * other.re + self.im * other.im) / norm, (self.im * other.re - self.re * other.im) / norm
        )

    def __abs__(self):
        return nonlin(math.sqrt, self.re * self.re + self.im * self.im)

    def conj(self):
        return Complex(self.re, -self.im)

    def times_i(self):
        return Complex(-self.im, self.re)

    def plus(self, real):
        return Complex(self.re + Real(real), self.im)

    def scaled(self, real):
        return Complex(self.re * real, self.im * real)

    def test(self, name, other):
        """Equality of both parts; an order is lexicographic."""
        same, parts = self.re.test("eq", other.re), None
        if name in ("eq", "ne"):
            parts = self.im.test("eq", other.im)
            return (same and parts) == (name == "eq")
        first = self.im.test(name, other.im)
        return first if same else getattr(self.re.v, f"__{name}__")(other.re.v)


class Key:
    """A random key: its words."""

    __slots__ = ("words",)

    def __init__(self, words):
        self.words = tuple(words)


def nonlin(function, *arguments):
    """One nonlinear function of reals."""
    tick("nonlin")
    return Real(function(*(argument.v for argument in arguments)))


def _scalar(dtype):
    if jnp.issubdtype(dtype, jnp.complexfloating):
        return lambda v: Complex(Real(v.real), Real(v.imag))
    return Real if jnp.issubdtype(dtype, jnp.floating) else Whole


def filled(shape, make):
    """An object array made entry by entry."""
    out = np.empty(shape, dtype=object)
    for index in np.ndindex(*shape):
        out[index] = make(index)
    return out


def to_scalars(array):
    """An array of counting numbers (or keys)."""
    if hasattr(array, "dtype") and jnp.issubdtype(array.dtype, jax.dtypes.prng_key):
        words = np.asarray(jax.random.key_data(array))
        return filled(array.shape, lambda index: Key(Whole(word) for word in words[index]))
    array = np.asarray(array)
    make = _scalar(array.dtype)
    return filled(array.shape, lambda index: make(array[index]))


def to_array(scalars, aval):
    """The array of this shape and dtype that the numbers stand for."""
    if jnp.issubdtype(aval.dtype, jax.dtypes.prng_key):
        words = [[word.v for word in key.words] for key in scalars.ravel()]
        data = np.asarray(words, np.uint32).reshape(*aval.shape, -1)
        return jax.random.wrap_key_data(jnp.asarray(data))
    values = np.asarray([number.v for number in scalars.ravel()], dtype=aval.dtype)
    return jnp.asarray(values.reshape(aval.shape))


def wrapped(scalars, dtype):
    """Whole numbers reduced to the width of their dtype."""
    if not jnp.issubdtype(dtype, jnp.integer):
        return scalars
    info = jnp.iinfo(dtype)
    span = int(info.max) - int(info.min) + 1
    return filled(scalars.shape, lambda index: Whole((scalars[index].v - int(info.min)) % span + int(info.min)))
