r"""The tangent kernel as an operator, $v \mapsto J J^\top v$, without the kernel and without $J$."""

import functools
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import lineax as lx
from jax import lax
from jaxtyping import Array, Float

from limes._errors import InputError
from limes._types import Apply, Params, RandomKey

from . import spectrum
from .blocks import blocks, length
from .cost import product_cost, size
from .kernel import check_memory
from .plan import halves
from .program import arrays, check_examples, check_output, example, split


class TangentOperator(eqx.Module):
    r"""The symmetric positive semidefinite map $v \mapsto J J^\top v$ on vectors of length $n O$, example by example.

    It is a function of arrays, as matfree takes it; `linear()` is the operator of Lineax. One product is a reverse and a
    forward sweep over the examples, `rows` at a time.
    """

    apply: Apply
    params: Params
    x: Any
    rows: int = eqx.field(static=True)
    num_outputs: int = eqx.field(static=True)
    dtype: Any = eqx.field(static=True)
    memory_bytes: int = eqx.field(static=True)

    @property
    def size(self) -> int:
        """Return the number of examples times the number of outputs."""
        return length(self.x) * self.num_outputs

    def __call__(self, v: Float[Array, " m"]) -> Float[Array, " m"]:
        """Multiply a vector by the kernel."""
        if jnp.shape(v) != (self.size,):
            raise InputError(
                f"tangent_operator: a vector must have length {self.size}, examples times outputs, got shape "
                f"{jnp.shape(v)}; flatten outputs of examples row by row"
            )
        return _product(self.apply, self.params, self.x, jnp.asarray(v).astype(self.dtype), self.rows)

    def linear(self) -> lx.FunctionLinearOperator:
        """Return the operator of Lineax, tagged as positive semidefinite."""
        structure = jax.ShapeDtypeStruct((self.size,), self.dtype)
        return lx.FunctionLinearOperator(self.__call__, structure, (lx.symmetric_tag, lx.positive_semidefinite_tag))

    def eigenvalues(self, num: int = 10, *, tolerance: float = 0.0) -> spectrum.Eigenvalues:
        """Return the `num` largest eigenvalues, with residual norms: see `spectrum.leading_eigenvalues`."""
        return spectrum.leading_eigenvalues(self, num, tolerance=tolerance)

    def trace(self, *, key: RandomKey | None = None, num: int = 32) -> spectrum.Estimate:
        """Return the trace: exact, or Hutchinson's estimate from `num` products where a key is given."""
        return spectrum.exact_trace(self) if key is None else spectrum.hutchinson_trace(self, key, num)

    def log_determinant(
        self, *, key: RandomKey, shift: float = 0.0, num: int = 32, steps: int = 64
    ) -> spectrum.Estimate:
        """Return the log-determinant of the kernel plus `shift` times the identity: see `spectrum.log_determinant`."""
        return spectrum.log_determinant(self, key=key, shift=shift, num=num, steps=steps)

    def smallest_eigenvalue(self) -> spectrum.Smallest:
        """Return the smallest eigenvalue of the dense kernel or "not resolved": see `spectrum.smallest_eigenvalue`."""
        return spectrum.smallest_eigenvalue(self)


def tangent_operator(apply: Apply, params: Params, x: Any, *, memory_bytes: int | None = None) -> TangentOperator:
    r"""Return the kernel of the examples `x`, all outputs, as the operator $v \mapsto J J^\top v$.

    Examples are swept in blocks, so that the predicted memory of one product stays at most `memory_bytes` (a quarter of
    the device's, unless given). Raises `InputError` with the number of bytes where one example does not fit.
    """
    name = "tangent_operator"
    call, leaves = split(name, apply, params)
    num = check_examples(name, "x", x)
    out = check_output(name, call, leaves, example(x))
    budget = check_memory(name, memory_bytes)
    function, pullback, push = product_cost(call, leaves, example(x))
    fixed = 3 * sum(map(size, leaves)) + 4 * num * size(out)
    each = function.written + pullback.written + 2 * push.written
    fitting = [rows for rows in halves(num) if fixed + rows * each <= budget]
    if not fitting:
        raise InputError(
            f"{name}: memory_bytes must be at least {fixed + each} for one product, one example at a time, got {budget}; "
            "allow that many bytes or take a smaller network"
        )
    x = jax.tree.map(jnp.asarray, x)
    return TangentOperator(apply, arrays(params), x, fitting[0], out.size, jnp.dtype(out.dtype), budget)


@eqx.filter_jit
def _product(apply: Apply, params: Params, x: Any, v: Array, rows: int) -> Array:
    call, leaves = split("tangent_operator", apply, params)

    def flat(x: Any, leaves: list[Array]) -> Array:
        return jax.vmap(call, (None, 0))(leaves, x).reshape(-1)

    def back(x: Any, v: Array) -> list[Array]:
        _, pull = jax.vjp(functools.partial(flat, x), leaves)
        return pull(v)[0]

    def forth(x: Any, direction: list[Array]) -> Array:
        return jax.jvp(functools.partial(flat, x), (leaves,), (direction,))[1]

    if rows >= length(x):
        return forth(x, back(x, v))
    parts = blocks(x, rows)
    missing = length(parts) * rows - length(x)
    cut = jnp.pad(v.reshape(length(x), -1), ((0, missing), (0, 0))).reshape(length(parts), -1)

    def add(total: list[Array], block: tuple[Any, Array]) -> tuple[list[Array], None]:
        return jax.tree.map(jnp.add, total, back(*block)), None

    direction, _ = lax.scan(add, jax.tree.map(jnp.zeros_like, leaves), (parts, cut))
    return lax.map(lambda x: forth(x, direction), parts).reshape(-1)[: v.size]
