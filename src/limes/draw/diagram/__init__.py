"""Diagrams: boxes in layers with arrows downward, frames of groups, programs with arcs; no other program is asked."""

from .drawing import draw
from .spec import Diagram, Edge, Frame, Node, Span

__all__ = ["Diagram", "Edge", "Frame", "Node", "Span", "draw"]
