"""Which values an output needs, and through which of them an output varies with an input."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from .recorder import Entry, Slot


def live_slots(entries: Sequence[Entry], outputs: Iterable[Slot]) -> set[Slot]:
    """All slots that lead to one of the outputs: against the order, from children to parents."""
    live = set(outputs)
    for entry in reversed(entries):
        if not live.isdisjoint(entry.outputs):
            live.update(entry.parents)
    return live


def varied_slots(entries: Sequence[Entry], inputs: Iterable[Slot]) -> set[Slot]:
    """All slots that have a tangent where the inputs have one."""
    varied = set(inputs)
    for entry in entries:
        if not varied.isdisjoint(entry.parents):
            varied.update(out for out, reached in _reached(entry, varied) if reached)
    return varied


def useful_slots(entries: Sequence[Entry], outputs: Iterable[Slot], varied: set[Slot]) -> set[Slot]:
    """All varied slots that have an adjoint where the outputs have one."""
    useful = varied.intersection(outputs)
    for entry in reversed(entries):
        if not useful.isdisjoint(entry.outputs):
            useful.update(p for out, reached in _reached(entry, varied) if out in useful for p in reached)
    return useful


def _reached(entry: Entry, varied: set[Slot]) -> Iterator[tuple[Slot, list[Slot]]]:
    """Every output with the varied parents that it depends on."""
    moving = tuple(i for i, p in enumerate(entry.parents) if p in varied)
    for out, row in zip(entry.outputs, entry.local.dependence(moving), strict=True):
        yield out, [entry.parents[i] for i in row]
