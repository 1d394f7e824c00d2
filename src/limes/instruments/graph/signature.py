"""What a traced function takes and returns: names of the leaves, which are differentiated, and how results are put together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, PyTree

from limes._errors import InputError

from .local import inexact

Leaves = dict[int, Array]


@dataclass(frozen=True, eq=False)
class Signature:
    """Leaves of the arguments and of the result, by number.

    `arguments` has the shape of what is differentiated (the one argument, or a tuple of several), `result` that of what
    the function returns, both with numbers in place of arrays; `requested` are the leaves that are differentiated.
    """

    requested: tuple[int, ...]
    arguments: PyTree[int]
    result: PyTree[int]

    @classmethod
    def of_leaves(cls, requested: Sequence[int], inputs: int, outputs: int) -> Signature:
        """Of a program of so many flat inputs and outputs."""
        return cls(tuple(requested), tuple(range(inputs)), tuple(range(outputs)))

    def direction(self, given: Any, inputs: Sequence[Any]) -> Leaves:
        """The leaves of a direction; raises `InputError` where it does not match the arguments."""
        what = "tangents: direction must match what is differentiated"
        return _leaves(what, given, self.arguments, {i: inputs[i] for i in self.requested})

    def cotangent(self, given: Any, outputs: Sequence[Any]) -> Leaves:
        """The leaves of a cotangent, 1 for a function that returns one real number; else raises `InputError`."""
        real = {j: outputs[j] for j in inexact(outputs)}
        if given is not None:
            return _leaves("backward: cotangent must match what fn returns", given, self.result, real)
        if len(outputs) == len(real) == 1 and outputs[0].shape == () and jnp.issubdtype(outputs[0].dtype, jnp.floating):
            return {0: jnp.ones((), outputs[0].dtype)}
        got = ", ".join(f"{out.dtype} of shape {out.shape}" for out in outputs) or "nothing"
        remedy = "pass a cotangent of the same structure" if real else "return floating-point numbers"
        raise InputError(f"backward: fn must return one real number unless a cotangent is given, got {got}; {remedy}")

    def jacobian(self, block: Callable[[int, int], Array]) -> PyTree[Array]:
        """The blocks (output, input) as `jax.jacobian` nests them; `None` where one of the two is no real or complex array."""
        wanted = set(self.requested)

        def row(j: int) -> PyTree[Array]:
            return jax.tree.map(lambda i: block(j, i) if i in wanted else None, self.arguments)

        return jax.tree.map(row, self.result)


def _leaves(what: str, given: Any, template: PyTree[int], wanted: dict[int, Any]) -> Leaves:
    numbers, tree = jax.tree.flatten(template)
    try:
        leaves = tree.flatten_up_to(given)
    except ValueError:
        got, due = jax.tree.structure(given), tree
        raise InputError(f"{what}, {due}, got {got}; pass one array per leaf in the same structure") from None
    found = dict(zip(numbers, leaves, strict=True))
    return {number: _leaf(what, found[number], aval) for number, aval in wanted.items()}


def _leaf(what: str, leaf: Any, aval: Any) -> Array:
    try:
        array = jnp.asarray(leaf)
    except (TypeError, ValueError):
        raise InputError(f"{what}, got {type(leaf).__name__} for an array; pass one array per leaf") from None
    castable = jnp.can_cast(array.dtype, aval.dtype) or not jnp.issubdtype(array.dtype, jnp.inexact)
    if array.shape != aval.shape or not castable:
        raise InputError(
            f"{what}, {aval.dtype} of shape {aval.shape}, got {array.dtype} of shape {array.shape}; pass an array like it"
        )
    return array.astype(aval.dtype)
