"""How much memory the values of a program take at most, in bytes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from .inside import REMAT

if TYPE_CHECKING:
    from .graph import Graph
    from .step import Step


def forward_bytes(graph: Graph) -> int:
    """The peak of a run that frees every value after its last use; inputs, constants and outputs stay."""
    last: dict[int, int] = {}
    for number, step in enumerate(graph.steps):
        if step.live:
            last.update(dict.fromkeys((*step.parents, *step.outputs), number))
    freed: dict[int, int] = {}
    for r, number in last.items():
        if graph.nodes[r].kind == "operation" and r not in graph.outputs:
            freed[number] = freed.get(number, 0) + graph.nodes[r].writes
    held = peak = _given(graph)
    for number, step in enumerate(graph.steps):
        if step.live:
            held += _bytes(graph, step.outputs)
            peak = max(peak, held)
            held -= freed.get(number, 0)
    return peak


def reverse_bytes(graph: Graph) -> int:
    """The peak of values and adjoints: values stay until the sweep back has passed them, adjoints until they are handed on."""
    live = [step for step in graph.steps if step.live]
    held = peak = _given(graph) + sum(_bytes(graph, step.outputs) + kept_bytes(step) for step in live)
    adjoints = {r for r in graph.outputs if graph.nodes[r].active}
    held += _bytes(graph, adjoints)
    for step in reversed(live):
        new = {step.parents[i] for i in step.reached} - adjoints
        adjoints |= new
        held += _bytes(graph, new)
        peak = max(peak, held + _again_bytes(step))
        done = [r for r in step.outputs if r in adjoints]
        held -= (
            _bytes(graph, done) + _bytes(graph, (r for r in step.outputs if r not in graph.outputs)) + kept_bytes(step)
        )
    return peak


def kept_bytes(step: Step) -> int:
    """What a node with a body keeps for its pullback besides its outputs, pass by pass; remat keeps nothing."""
    return 0 if step.local.primitive in REMAT else _inside_bytes(step)


def _again_bytes(step: Step) -> int:
    """What remat computes again, while its pullback runs."""
    if step.body is None:
        return 0
    own = _inside_bytes(step) if step.local.primitive in REMAT else 0
    return own + max((_again_bytes(inner) for inner in step.body.steps if inner.live), default=0)


def _inside_bytes(step: Step) -> int:
    """The values inside a node, without those that come out of it."""
    body = step.body
    if body is None:
        return 0
    inside = sum(_bytes(body, inner.outputs) + kept_bytes(inner) for inner in body.steps if inner.live)
    return max(step.times * inside - _bytes(body, body.outputs), 0)


def _given(graph: Graph) -> int:
    return sum(node.writes for node in graph.nodes if node.kind != "operation")


def _bytes(graph: Graph, indices: Iterable[int]) -> int:
    return sum(graph.nodes[r].writes for r in indices)
