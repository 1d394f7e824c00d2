"""From what was written down to a graph: nodes in one order, who needs whom, and what varies."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from limes._compat import is_literal

from .activity import live_slots, useful_slots, varied_slots
from .graph import Graph
from .inside import passes
from .local import inexact
from .node import Node
from .reading import read
from .recorder import Entry, Recorder, Slot
from .signature import Signature
from .step import Step


def finish(recorder: Recorder, outputs: Sequence[Any], signature: Signature) -> Graph:
    """The graph of a recorded program: inputs, constants, then one node per value in the order of execution."""
    ends = [recorder.place(out) for out in outputs]
    slots = [*recorder.inputs, *recorder.constants, *recorder.results]
    index = {slot: r for r, slot in enumerate(slots)}
    live = live_slots(recorder.entries, [*ends, *recorder.decisions])
    varied = varied_slots(recorder.entries, [recorder.inputs[i] for i in signature.requested])
    active = useful_slots(recorder.entries, [ends[j] for j in inexact(ends)], varied)

    def step(entry: Entry) -> Step:
        return Step(
            entry.local,
            tuple(index[slot] for slot in entry.parents),
            tuple(index[slot] for slot in entry.outputs),
            live=_positions(entry.outputs, live),
            moving=_positions(entry.parents, varied),
            seen=_positions(entry.outputs, active),
            equation=entry.equation,
            operands=entry.operands,
        )

    steps = [step(entry) for entry in recorder.entries]
    nodes = _nodes(slots, steps, {index[slot] for slot in live}, {index[slot] for slot in active})
    values = {index[slot]: value for slot, value in recorder.values.items()}
    return Graph(
        nodes=tuple(nodes),
        inputs=tuple(range(len(recorder.inputs))),
        outputs=tuple(index[slot] for slot in ends),
        steps=tuple(steps),
        signature=signature,
        concrete=recorder.concrete,
        dynamic=recorder.dynamic,
        known=values,
        executed=recorder.executed,
    )


def body_graph(closed: Any, requested: Sequence[int], carried: Mapping[int, int]) -> Graph:
    """The graph of the program inside an equation, for shapes, differentiated in the inputs `requested`.

    Output `k` comes in again as input `carried[k]`, which is differentiated too where the output varies.
    """
    recorder = Recorder(concrete=False)
    inputs = [recorder.input(aval, f"in {i}") for i, aval in enumerate(closed.in_avals)]
    outputs = read(recorder, closed, inputs)
    wanted: set[int] = set()
    grown = {i for i in requested if i in inexact(closed.in_avals)}
    while grown != wanted:
        wanted = grown
        varied = varied_slots(recorder.entries, [inputs[i] for i in wanted])
        grown = wanted | {i for k, i in carried.items() if not is_literal(outputs[k]) and outputs[k] in varied}
    return finish(recorder, outputs, Signature.of_leaves(sorted(wanted), len(inputs), len(outputs)))


def _positions(slots: Sequence[Slot], among: set[Slot]) -> tuple[int, ...]:
    return tuple(i for i, slot in enumerate(slots) if slot in among)


def _nodes(slots: Sequence[Slot], steps: Sequence[Step], live: set[int], active: set[int]) -> Iterable[Node]:
    made_by = {r: number for number, step in enumerate(steps) for r in step.outputs}
    children: list[list[int]] = [[] for _ in slots]
    for step in steps:
        for p in step.parents:
            children[p] += step.outputs
    sizes = [math.prod(slot.shape) * slot.dtype.itemsize for slot in slots]
    for r, slot in enumerate(slots):
        number = made_by.get(r)
        step = None if number is None else steps[number]
        parents = () if step is None else step.parents
        yield Node(
            index=r,
            kind=slot.kind,
            primitive=slot.primitive,
            name=slot.name,
            parents=parents,
            children=tuple(children[r]),
            shape=slot.shape,
            dtype=slot.dtype,
            scope=slot.scope,
            live=r in live,
            active=r in active,
            reads=sum(sizes[p] for p in parents) if step is not None and step.outputs[0] == r else 0,
            writes=sizes[r],
            times=1 if step is None else passes(step.equation),
            equation=number,
            step=step,
        )
