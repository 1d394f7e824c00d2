"""What a node says of itself."""

import dataclasses

import jax.numpy as jnp
import pytest

import limes
from limes.instruments.counts import Operations
from limes.instruments.graph.node import Node


def test_inputs_and_constants_cost_nothing():
    c = jnp.arange(3.0)
    given, constant, node = limes.graph(lambda x: x * c, jnp.ones(3)).nodes
    assert given.operations == constant.operations == Operations()
    assert given.body is constant.body is None
    assert (given.equation, node.equation) == (None, 0)
    assert node.operations == Operations(mul=3)
    assert (node.reads, node.writes, node.times) == (48, 24, 1)


def test_nodes_are_frozen():
    node = limes.graph(jnp.sin, 1.0).nodes[1]
    with pytest.raises(dataclasses.FrozenInstanceError):
        node.index = 3
    names = [field.name for field in dataclasses.fields(Node)]
    assert names[:9] == ["index", "kind", "primitive", "name", "parents", "children", "shape", "dtype", "scope"]
