"""A graph and its cost as plain data, for JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .cost import Cost
    from .graph import Graph
    from .node import Node


def graph_data(graph: Graph) -> dict[str, Any]:
    """Nodes in order, inputs and outputs by index, and the cost; no values."""
    return {
        "schema": 1,
        "concrete": graph.concrete,
        "inputs": list(graph.inputs),
        "differentiated": list(graph.differentiated),
        "outputs": list(graph.outputs),
        "nodes": [_node_data(node) for node in graph.nodes],
        "cost": _cost_data(graph.cost()),
    }


def _node_data(node: Node) -> dict[str, Any]:
    plain = ("index", "kind", "primitive", "name", "live", "active", "reads", "writes", "times", "equation")
    data = {name: getattr(node, name) for name in plain}
    data |= {name: list(getattr(node, name)) for name in ("parents", "children", "shape", "scope")}
    body = None if node.body is None else [_node_data(inner) for inner in node.body.nodes]
    return data | {"dtype": str(node.dtype), "operations": asdict(node.operations), "body": body}


def _cost_data(cost: Cost) -> dict[str, Any]:
    names = (
        *("function", "tangent", "pullback", "forward", "reverse", "finite_differences", "inputs", "outputs"),
        *("primitive_bound", "live_bytes_forward", "live_bytes_reverse", "dynamic", "branch", "approximate"),
    )
    data = {name: getattr(cost, name) for name in names}
    data["ratio"] = cost.ratio if cost.function else None
    data["rows"] = [asdict(row) | {"value": row.value} for row in cost.rows()]
    return data
