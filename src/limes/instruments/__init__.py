"""Instruments: what a program costs and how its derivatives are computed; pure functions of functions, arrays and keys."""

from . import checkpointing, counts, graph, modes

__all__ = ["checkpointing", "counts", "graph", "modes"]
