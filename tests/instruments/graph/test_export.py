"""A graph as plain data."""

import json

import jax
import jax.numpy as jnp

import limes
from limes.instruments.graph.export import graph_data


def test_plain_data():
    fn = lambda x: jax.lax.scan(lambda c, x: (c * jax.nn.relu(x), None), jnp.ones(()), x)[0]
    graph = limes.graph(fn, jax.ShapeDtypeStruct((4,), jnp.float64))
    data = json.loads(json.dumps(graph_data(graph), allow_nan=False))
    assert data == graph.to_dict() == graph_data(graph)
    assert set(data) == {"schema", "concrete", "inputs", "differentiated", "outputs", "nodes", "cost"}
    assert [node["index"] for node in data["nodes"]] == list(range(len(graph)))
    loop = next(node for node in data["nodes"] if node["primitive"] == "scan")
    assert (loop["times"], loop["dtype"], loop["operations"]["mul"]) == (4, "float64", 4)
    assert [node["name"] for node in loop["body"]] == ["in 0", "in 1", "relu", "mul"]
    cost = graph.cost()
    for name in ("function", "tangent", "reverse", "primitive_bound", "live_bytes_reverse"):
        assert data["cost"][name] == getattr(cost, name)
    assert sum(row["value"] for row in data["cost"]["rows"]) == cost.function


def test_a_free_program_has_no_ratio():
    data = graph_data(limes.graph(lambda x: x[::-1], jnp.ones(3)))
    assert (data["cost"]["function"], data["cost"]["ratio"]) == (0, None)
    json.dumps(data, allow_nan=False)
