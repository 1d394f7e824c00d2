"""What is written down while a program is read: values in the order of execution and the equations between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp

from limes._compat import is_literal
from limes._errors import InputError
from limes.instruments.modes.sweeps import forward

from .inside import name_of
from .local import Local
from .lookup import equation_local
from .node import Kind

Scope = tuple[str, ...]


@dataclass(eq=False)
class Slot:
    """A place for one value; later a node."""

    kind: Kind
    aval: Any
    primitive: str
    name: str
    scope: Scope = ()

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the value."""
        return tuple(self.aval.shape)

    @property
    def dtype(self) -> Any:
        """The type of its numbers."""
        return self.aval.dtype


@dataclass(eq=False)
class Entry:
    """One executed equation: `outputs` are computed by `local` from `parents`.

    `operands` says which parent every operand of `equation` is; a literal is none.
    """

    local: Local
    parents: tuple[Slot, ...]
    outputs: tuple[Slot, ...]
    equation: Any = None
    operands: tuple[int | None, ...] = ()


class Recorder:
    """Slots and entries in the order of execution, and the values computed so far.

    With `concrete`, values exist and decide loops and branches; with `share`, an equation met before on the same operands
    is not written down twice (value numbering).
    """

    def __init__(self, *, concrete: bool, share: bool = False, max_nodes: int = 5000):
        self.concrete, self.share, self.max_nodes = concrete, share, max_nodes
        self.inputs: list[Slot] = []
        self.constants: list[Slot] = []
        self.results: list[Slot] = []
        self.entries: list[Entry] = []
        self.decisions: list[Slot] = []
        self.values: dict[Slot, Any] = {}
        self.executed = 0
        self.dynamic = False  # whether there was a while
        self._known: dict[Any, tuple[Slot, ...]] = {}
        self._arrays: dict[int, tuple[Any, Slot]] = {}  # the array is kept, so that its id stays its own

    def input(self, aval: Any, name: str) -> Slot:
        """Write down one leaf of the arguments."""
        self.inputs.append(Slot("input", aval, "input", name))
        return self.inputs[-1]

    def constant(self, array: Any) -> Slot:
        """Write down an array that the program closes over, once."""
        if id(array) not in self._arrays:
            slot = Slot("constant", array, "constant", f"constant {len(self.constants)}")
            self.constants.append(slot)
            self._arrays[id(array)] = (array, slot)
            self.values[slot] = array
        return self._arrays[id(array)][1]

    def place(self, operand: Any) -> Slot:
        """The slot of an operand; a literal becomes a constant."""
        if not is_literal(operand):
            return operand
        return self.constant(jnp.asarray(operand.val, operand.aval.dtype))

    def equation(self, equation: Any, operands: Sequence[Any], scope: Scope) -> list[Slot]:
        """Write down an equation of the program as it stands; returns one slot per output that is not dropped."""
        parents = tuple(dict.fromkeys(operand for operand in operands if not is_literal(operand)))
        return self.write(equation_local(equation, operands), parents, scope, equation=equation, operands=operands)

    def write(
        self,
        local: Local,
        parents: tuple[Slot, ...],
        scope: Scope,
        *,
        equation: Any = None,
        operands: Sequence[Any] = (),
    ) -> list[Slot]:
        """Write down one local function of its parents."""
        known = (local.key, parents)
        shared = self.share and local.key is not None and local.outputs and not local.closed.effects
        if shared and known in self._known:
            return list(self._known[known])
        name = local.primitive if equation is None else name_of(equation)
        outputs = tuple(Slot("operation", aval, local.primitive, name, scope) for aval in local.outputs)
        positions = tuple(None if is_literal(operand) else parents.index(operand) for operand in operands)
        self.results += outputs
        self.entries.append(Entry(local, parents, outputs, equation, positions))
        self._known[known] = outputs
        if len(self.inputs) + len(self.constants) + len(self.results) > self.max_nodes:
            raise InputError(_too_many(self))
        return list(outputs)

    def decide(self, operand: Any) -> Any:
        """Compute the value that a branch or another pass depends on, and all that was written before it."""
        if is_literal(operand):
            return operand.val
        forward(self.entries[self.executed :], self.values)
        self.executed = len(self.entries)
        self.decisions.append(operand)
        return self.values[operand]


def _too_many(recorder: Recorder) -> str:
    remedy = "raise max_nodes"
    if recorder.concrete:
        remedy = "pass jax.ShapeDtypeStruct arguments, so that loops are not unrolled, or raise max_nodes"
    last = "/".join(recorder.results[-1].scope) or "no scope"
    return f"graph: the program must have at most max_nodes={recorder.max_nodes} values, got more (the last one in {last}); {remedy}"
