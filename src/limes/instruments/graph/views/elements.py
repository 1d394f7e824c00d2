"""The nodes of a graph with the programs inside loops and branches opened: what a drawing may show."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from limes._compat import is_dropped, is_literal, open_jaxpr, scan_parts
from limes.instruments.graph.graph import Graph
from limes.instruments.graph.node import Node
from limes.instruments.graph.step import Step

OPENED = {"scan": "scan", "while": "while", "cond": "cond", "remat2": "remat", "remat": "remat", "checkpoint": "remat"}


@dataclass(frozen=True)
class Parent:
    """An element that is read, and what happens to its value on the way (reshape, one slice per pass)."""

    key: str
    by: tuple[str, ...] = ()


@dataclass(frozen=True)
class Element:
    """A node of the program or of a body: `key` is its index, `12.3` is node 3 in the body of node 12.

    `times` is how often it runs, `total` what all runs cost together.
    """

    key: str
    node: Node
    kind: str
    parents: tuple[Parent, ...]
    scope: tuple[str, ...]
    times: int = 1
    total: int = 0


@dataclass
class _Reading:
    found: list[Element] = field(default_factory=list)
    alias: dict[str, Parent | None] = field(default_factory=dict)

    def parent(self, key: str, by: tuple[str, ...] = ()) -> Parent | None:
        """The element that a key stands for, through what passes values on."""
        while key in self.alias:
            real = self.alias[key]
            if real is None:
                return None
            key, by = real.key, (*real.by, *by)
        return Parent(key, by)


def elements(graph: Graph) -> tuple[list[Element], list[Parent]]:
    """All live elements in linear order, and those that are the outputs."""
    reading = _Reading()
    _read(graph, reading, "", (), 1, {})
    outputs = [reading.parent(str(r)) for r in graph.outputs]
    return reading.found, [out for out in outputs if out is not None]


def _read(
    graph: Graph, reading: _Reading, prefix: str, scope: tuple[str, ...], times: int, carries: dict[int, str]
) -> None:
    opened: set[int] = set()
    for node in graph.nodes:
        key = f"{prefix}{node.index}"
        if key in reading.alias or not (node.live or (node.kind == "input" and not prefix)):
            continue
        step = node.step
        if step is not None and node.primitive in OPENED and step.body is not None:
            if step.outputs[0] not in opened:
                opened.add(step.outputs[0])
                _open(step, node, reading, prefix, (*scope, *node.scope), times)
            continue
        found = [reading.parent(f"{prefix}{p}") for p in node.parents]
        parents = tuple(dict.fromkeys(p for p in found if p is not None))
        total = 0 if node.kind != "operation" else times * node.operations.total
        kind = "carry" if node.index in carries else node.kind
        if kind == "carry":
            parents = tuple(p for p in (reading.parent(carries[node.index]),) if p is not None)
        reading.found.append(Element(key, node, kind, parents, (*scope, *node.scope), times, total))


def _open(step: Step, node: Node, reading: _Reading, prefix: str, scope: tuple[str, ...], times: int) -> None:
    """Read the body of a step in its place: its inputs are the operands, its outputs the nodes of the step."""
    body: Any = step.body
    equation = open_jaxpr(step.local.closed).eqns[0]
    inner, runs = f"{prefix}{step.outputs[0]}.", times * node.times
    carries: dict[int, str] = {}
    for index, operand, role in _operands(equation, body):
        outer = _outer(step, operand, prefix)
        if role == "carry" and outer is not None:
            carries[index] = outer
        elif outer is None:
            reading.alias[f"{inner}{index}"] = None
        else:
            reading.alias[f"{inner}{index}"] = Parent(outer, (role,) if role else ())
    name = OPENED[node.primitive] + (f" \u00d7 {node.times}" if node.primitive == "scan" else "")
    _read(body, reading, inner, (*scope, name), runs, carries)
    kept = [k for k, variable in enumerate(equation.outvars) if not is_dropped(variable)]
    for r, k in zip(step.outputs, kept, strict=True):
        reading.alias[f"{prefix}{r}"] = Parent(f"{inner}{body.outputs[k]}")


def _operands(equation: Any, body: Graph) -> Iterator[tuple[int, Any, str]]:
    """Inputs of a body with the operand each stands for, and its part in a loop."""
    params, name, count = equation.params, equation.primitive.name, len(body.inputs)
    first, consts, carried = 0, count, count
    if name == "scan":
        consts, carried = scan_parts(equation)
        carried += consts
    elif name == "while":
        first, consts = params["cond_nconsts"], params["body_nconsts"]
    elif name == "cond":
        first = 1
    for k, (index, operand) in enumerate(zip(body.inputs, equation.invars[first:], strict=True)):
        yield index, operand, "" if k < consts else "carry" if k < carried else "one slice per pass"


def _outer(step: Step, operand: Any, prefix: str) -> str | None:
    if is_literal(operand):
        return None
    variables: Sequence[Any] = open_jaxpr(step.local.closed).invars
    return f"{prefix}{step.parents[list(variables).index(operand)]}"
