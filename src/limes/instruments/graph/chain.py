"""A program as a chain of steps: where it may be cut for checkpointing."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .graph import Graph
    from .node import Node


def chain_length(graph: Graph) -> int:
    """The number of steps: the passes of the longest loop or, without a loop, the values that `cuts` finds."""
    unrolled = Counter(loop for loop, _ in {found for node in graph.nodes if node.live for found in _passes(node)})
    whole = [node.times for node in graph.nodes if node.live]
    longest = max([*unrolled.values(), *whole], default=1)
    return longest if longest > 1 else max(len(cuts(graph)), 1)


def cuts(graph: Graph) -> list[int]:
    """The nodes that alone carry the derivative on: all that follows varies with what came before only through them.

    Inputs may be read anywhere. Of several in a row without an operation between them the first is given.
    """
    last = {p: r for r, node in enumerate(graph.nodes) if node.active for p in node.parents if graph.nodes[p].active}
    last |= {r: len(graph.nodes) for r in graph.outputs}
    found: list[int] = []
    alive: set[int] = set()
    worked = False
    for r, node in enumerate(graph.nodes):
        if node.kind != "operation" or not node.active:
            continue
        worked = worked or bool(node.operations.total)
        alive = {p for p in alive if last[p] > r} | {r}
        if worked and len(alive) == 1:
            found.append(r)
            worked = False
    return found


def _passes(node: Node) -> list[tuple[tuple[str, ...], str]]:
    """The loops around a node, each as the scope it stands in and its kind, with the pass."""
    found = []
    for depth, name in enumerate(node.scope):
        loop, bracket, _ = name.partition("[")
        if bracket and loop in ("scan", "while"):
            found.append(((*node.scope[:depth], loop), name))
    return found
