"""A step of a program: one executed equation between nodes, and what it costs in every mode."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from limes._errors import InputError
from limes.instruments.counts import Operations

from .inside import body_of, loop_parts, passes
from .local import Local, Positions, inexact
from .refusals import Irreversible, NoForwardMode, find_equation

if TYPE_CHECKING:
    from .graph import Graph


@dataclass(frozen=True, eq=False)
class Step:
    """The nodes `outputs` are computed by `local` from the nodes `parents`.

    By position: `live` outputs are needed, `moving` parents vary with the inputs that are differentiated, `seen` outputs are
    active. A debug print has no outputs.
    """

    local: Local
    parents: tuple[int, ...]
    outputs: tuple[int, ...]
    live: Positions
    moving: Positions
    seen: Positions
    equation: Any = None
    operands: tuple[int | None, ...] = ()  # which parent every operand of the equation is

    @property
    def reached(self) -> Positions:
        """The parents that get a contribution to their adjoint."""
        return self.local.reached(self.moving, self.seen)

    @functools.cached_property
    def body(self) -> Graph | None:
        """The graph of the program inside the equation."""
        if self.equation is None:
            return None
        return body_of(self.equation, [k for k, i in enumerate(self.operands) if i in self.moving])

    @property
    def times(self) -> int:
        """How often the body runs."""
        return passes(self.equation)

    @property
    def value_operations(self) -> Operations:
        """What the live outputs cost; all of them where none is live."""
        return self.local.value_operations(self.live or tuple(range(len(self.outputs))))

    @property
    def tangent_operations(self) -> Operations | None:
        """What the live outputs and their tangents cost; `None` where forward mode does not exist."""
        try:
            return self.local.tangent_operations(self.live, self.moving, self.seen)
        except NoForwardMode:
            return None

    @property
    def pullback_operations(self) -> Operations:
        """What the live outputs and one pullback to the active parents cost."""
        return self._pullback(self.moving, self.seen)

    @property
    def bound_operations(self) -> Operations:
        """What the live outputs and one pullback to every parent of floating-point numbers cost, active or not."""
        if find_equation(self.local.closed, "custom_vjp_call"):  # its rule may only be asked what is needed
            return self.pullback_operations
        outputs = [self.local.outputs[j] for j in self.live]
        try:
            return self._pullback(inexact(self.local.operands), tuple(self.live[k] for k in inexact(outputs)))
        except InputError:  # not all derivatives exist; those that are asked for do
            return self.pullback_operations

    def _pullback(self, moving: Positions, seen: Positions) -> Operations:
        """A loop that JAX cannot reverse is charged with the sweep through its body and the sums of what all passes read."""
        try:
            return self.local.pullback_operations(self.live, moving, seen)
        except Irreversible:
            if self.body is None:
                raise
            inside = self.body.cost()
            read_by_all = [r for r in self.body.differentiated if r < loop_parts(self.equation)[0]]
            sums = sum(math.prod(self.body.nodes[r].shape) for r in read_by_all)
            return self.value_operations + Operations(add=inside.pullback - inside.function + sums).times(self.times)
