r"""The local functions $g_r$: value, tangent and pullback of one equation, and what each of them costs.

Nothing here knows a primitive: one equation alone is a program, and JAX differentiates it. What was met before (same
primitive, parameters and shapes) is neither traced nor compiled again.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array

from limes._compat import jaxpr_function, live_function, live_jaxpr
from limes._errors import InputError
from limes.instruments.counts import Operations, count

from .refusals import find_equation, no_derivative

Positions = tuple[int, ...]  # of operands or of outputs
Arrays = Sequence[Array]


class Local:
    r"""A function $g$ of several operands with several outputs: one equation, as a program of its own.

    In derivatives `moving` are the positions of the operands that vary and `seen` those of the outputs that matter. All
    others are held fixed or left out, which is what JAX's symbolic zeros do inside a whole program; `reached` are the
    moving operands that the outputs seen depend on. Custom rules may ask what varies: `moving` is always all of it.
    """

    def __init__(self, primitive: str, closed: Any, key: Hashable = None):
        self.primitive = primitive
        self.closed = closed
        self.key = key  # None: unlike any other
        self.operands = [_abstract(a) for a in closed.in_avals]
        self.outputs = [_abstract(a) for a in closed.out_avals]
        self._function = jaxpr_function(closed)
        self._made: dict[Hashable, Any] = {}

    def value(self, operands: Arrays) -> list[Array]:
        r"""The outputs $g(\theta)$."""
        return self._function(*operands)

    def tangent(self, moving: Positions, seen: Positions, operands: Arrays, tangents: Arrays) -> list[Array]:
        r"""The tangents $\sum_i \partial_i g\,\dot\theta_i$ of the outputs seen, $i$ over the moving operands."""
        return self._run(self._tangents(moving), seen, operands, tangents)

    def pullback(self, moving: Positions, seen: Positions, operands: Arrays, cotangents: Arrays) -> list[Array]:
        r"""The contributions $(\partial_i g)^\top \bar\theta$ of the outputs seen to the operands $i$ reached."""
        return self._run(self._pullback(moving, seen), self.reached(moving, seen), operands, cotangents)

    def value_operations(self, live: Positions) -> Operations:
        """What the live outputs cost."""
        used = [j in live for j in range(len(self.outputs))]
        return count(self._once((self.closed, live), lambda: live_jaxpr(self.closed, used)[0]))

    def tangent_operations(self, live: Positions, moving: Positions, seen: Positions) -> Operations:
        """What the live outputs and the tangents of those seen cost together."""
        return self._count(self._tangents(moving), seen, live) if moving and seen else self.value_operations(live)

    def pullback_operations(self, live: Positions, moving: Positions, seen: Positions) -> Operations:
        """What the live outputs and the pullback of those seen cost together."""
        if not (moving and seen):
            return self.value_operations(live)
        return self._count(self._pullback(moving, seen), self.reached(moving, seen), live)

    def reached(self, moving: Positions, seen: Positions) -> Positions:
        """The moving operands that some of the outputs seen depend on."""
        dependence = self.dependence(moving)
        return tuple(i for i in moving if any(i in dependence[j] for j in seen))

    def dependence(self, moving: Positions) -> list[Positions]:
        """For every output, which moving operands reach it: none through `floor`, through a loop those that it carries on."""
        return self._once(("dependence", moving), lambda: self._dependence(moving))

    def _dependence(self, moving: Positions) -> list[Positions]:
        seen = inexact(self.outputs)
        everything = [moving if j in seen else () for j in range(len(self.outputs))]
        if self.primitive in ("custom_vjp_call", "stack", "unstack") or not (moving and seen):
            return everything  # a custom_vjp has no tangents to look at, the others may be long and hide nothing
        try:
            program = self._tangents(moving)
        except InputError:
            return everything
        return [self._reads(program, j) if j in seen else () for j in range(len(self.outputs))]

    def _reads(self, program: _Derivative, j: int) -> Positions:
        """The operands whose tangents an output's tangent reads."""
        read = live_jaxpr(program.closed, program.used([j], []))[1][len(self.operands) :]
        return tuple(i for i, is_read in zip(program.moving, read, strict=True) if is_read)

    def _tangents(self, moving: Positions) -> _Derivative:
        """The program of all tangents."""
        seen = inexact(self.outputs)

        def run(operands: Arrays, tangents: Arrays) -> list[Array]:
            function = self._restricted(moving, seen, operands)
            _, found, values = jax.jvp(function, [operands[i] for i in moving], list(tangents), has_aux=True)
            return [*found, *values]

        return self._traced("tangents", moving, seen, run, [self.operands[i] for i in moving], seen)

    def _pullback(self, moving: Positions, seen: Positions) -> _Derivative:
        """The program of all contributions."""

        def run(operands: Arrays, cotangents: Arrays) -> list[Array]:
            function = self._restricted(moving, seen, operands)
            _, pull, values = jax.vjp(function, *(operands[i] for i in moving), has_aux=True)
            return [*pull(list(cotangents)), *values]

        return self._traced("backward", moving, seen, run, [self.outputs[j] for j in seen], moving)

    def _restricted(
        self, moving: Positions, seen: Positions, operands: Arrays
    ) -> Callable[..., tuple[list[Array], list[Array]]]:
        """The outputs seen as a function of the moving operands; all outputs besides."""

        def outputs(*moved: Array) -> tuple[list[Array], list[Array]]:
            arguments = dict(enumerate(operands)) | dict(zip(moving, moved, strict=True))
            values = self._function(*(arguments[i] for i in range(len(operands))))
            return [values[j] for j in seen], values

        return outputs

    def _traced(
        self, mode: str, moving: Positions, seen: Positions, run: Callable[..., Any], given: list[Any], of: Positions
    ) -> _Derivative:
        def make() -> _Derivative:
            try:
                closed = jax.make_jaxpr(run)(self.operands, given)
            except Exception as error:  # a custom rule raises what it likes
                raise no_derivative(mode, self, error) from error
            return _Derivative(mode, closed, moving, of, len(self.outputs))

        return self._once((mode, moving, seen), make)

    def _run(self, program: _Derivative, wanted: Positions, operands: Arrays, given: Arrays) -> list[Array]:
        if not program.exists:
            raise no_derivative(program.mode, self, TypeError("it has none"))
        run = self._once((program, wanted), lambda: live_function(program.closed, program.used(wanted, [])))
        return run(*operands, *given)

    def _count(self, program: _Derivative, wanted: Positions, live: Positions) -> Operations:
        if not program.exists:
            raise no_derivative(program.mode, self, TypeError("it has none"))
        used = program.used(wanted, live)
        return count(self._once((program, wanted, live), lambda: live_jaxpr(program.closed, used)[0]))

    def _once(self, name: Hashable, make: Callable[[], Any]) -> Any:
        if name not in self._made:
            self._made[name] = make()
        return self._made[name]


@dataclass(frozen=True, eq=False)
class _Derivative:
    """A traced derivative: its outputs are one for each position in `of`, then the values.

    What runs and what is counted is this program without what is not needed.
    """

    mode: str
    closed: Any
    moving: Positions
    of: Positions
    num_values: int

    @functools.cached_property
    def exists(self) -> bool:
        """Whether JAX found one: it goes through a custom_vjp by a placeholder."""
        return find_equation(self.closed, "custom_lin") is None

    def used(self, wanted: Sequence[int], live: Sequence[int]) -> list[bool]:
        """Which outputs are asked for."""
        return [*(i in wanted for i in self.of), *(j in live for j in range(self.num_values))]


def inexact(avals: Sequence[Any]) -> Positions:
    """The positions of real and complex arrays of floating-point numbers."""
    return tuple(i for i, aval in enumerate(avals) if jnp.issubdtype(aval.dtype, jnp.inexact))


def _abstract(aval: Any) -> jax.ShapeDtypeStruct:
    return jax.ShapeDtypeStruct(aval.shape, aval.dtype, weak_type=aval.weak_type)
