"""A node of a computational graph: one value of the program and what is known about it before any number is computed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from limes.instruments.counts import Operations

if TYPE_CHECKING:
    from .graph import Graph
    from .step import Step

Kind = Literal["input", "constant", "operation"]


@dataclass(frozen=True, eq=False)
class Node:
    r"""The value $\theta_r = g_r(\theta_{\mathrm{parents}(r)})$: the nodes of a graph are in the order of execution.

    - `kind` is "input" (a leaf of the arguments, named like `params['w']`), "constant" (an array that the function closes
      over) or "operation" (a value computed by the equation `equation`, whose outputs share that number).
    - `parents` and `children` are indices, parents below and children above the own one. A number written into the program
      belongs to $g_r$ and is no node.
    - `scope` holds the names of the surroundings from outside in: named scopes, jitted functions, "scan[3]", "while[2]",
      "cond[1]" for the third pass, the second, the branch taken.
    - `live`: an output needs it, or a branch or a number of passes was decided by it. `active`: a differentiable path
      leads from an input that is differentiated through it to an output.
    - `body` is the graph inside a node that holds a program (custom derivative, remat; scan, while and cond where they are
      not unrolled), which runs `times` times.
    """

    index: int
    kind: Kind
    primitive: str
    name: str
    parents: tuple[int, ...]
    children: tuple[int, ...]
    shape: tuple[int, ...]
    dtype: Any
    scope: tuple[str, ...]
    live: bool
    active: bool
    writes: int
    reads: int
    times: int = 1
    equation: int | None = None
    step: Step | None = field(default=None, repr=False)

    @property
    def operations(self) -> Operations:
        """The operations of $g_r$; an equation with several outputs charges its first.

        Raises `InputError` for a primitive without a counting rule.
        """
        step = self.step
        return step.value_operations if step is not None and step.outputs[0] == self.index else Operations()

    @property
    def body(self) -> Graph | None:
        """The graph inside this node, or `None`."""
        return None if self.step is None else self.step.body
