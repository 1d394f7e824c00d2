"""The computational graph of any JAX function."""

from .graph import Graph
from .node import Node
from .trace import graph

__all__ = ["Graph", "Node", "graph"]
