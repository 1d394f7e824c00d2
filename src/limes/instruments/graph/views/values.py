"""Values and adjoints of nodes as plain data for JSON."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from limes._errors import InputError
from limes.instruments.graph.graph import Graph

NODES, ENTRIES = 400, 64


def value_data(graph: Graph) -> dict[str, Any]:
    """Value and adjoint of every node where there are any: short arrays in full, long ones as range and norm.

    Only of graphs of arrays with at most 400 nodes; else an empty dict.
    """
    if not graph.concrete or len(graph.nodes) > NODES:
        return {}
    data: dict[str, Any] = {"values": [plain(value) for value in graph.forward()]}
    try:
        data["adjoints"] = [plain(adjoint) for adjoint in graph.backward()]
        data["edges"] = [[tail, head, plain(value)] for (tail, head), value in graph.edges().items()]
    except InputError as error:
        data["no_adjoints"] = str(error)
    return data


def plain(value: Any) -> Any:
    """An array as nested lists of finite numbers, a long one as a summary, anything else as `None`."""
    if value is None or getattr(value.dtype, "kind", "V") not in "biuf":
        return None
    array = np.asarray(value)
    if array.size <= ENTRIES:
        return _finite(array.tolist())
    low, high = float(array.min()), float(array.max())
    norm = float(np.linalg.norm(array.ravel().astype(np.float64)))
    return {"shape": list(array.shape), "min": _finite(low), "max": _finite(high), "norm": _finite(norm)}


def _finite(entry: Any) -> Any:
    if isinstance(entry, list):
        return [_finite(inner) for inner in entry]
    return None if isinstance(entry, float) and not math.isfinite(entry) else entry
