"""From what was written down to a graph."""

import jax
import jax.numpy as jnp

import limes
from limes.instruments.graph.build import body_graph


def test_a_literal_output_becomes_a_constant():
    graph = limes.graph(lambda x: (x, 1.5), 2.0)
    assert [node.kind for node in graph.nodes] == ["input", "constant"]
    assert [float(graph.forward()[r]) for r in graph.outputs] == [2.0, 1.5]


def test_an_equation_charges_its_first_output():
    graph = limes.graph(lambda x: jnp.linalg.qr(x), jnp.eye(2))
    outputs = [node for node in graph.nodes if node.primitive == "qr"]
    assert len(outputs) > 1
    assert outputs[0].operations.total > 0
    assert {node.operations.total for node in outputs[1:]} == {0}
    assert [node.reads for node in outputs] == [32] + [0] * (len(outputs) - 1)


def test_children_hold_every_reader():
    graph = limes.graph(lambda x: x * jnp.sin(x), 1.0)
    assert [node.children for node in graph.nodes] == [(1, 2), (2,), ()]


def test_what_a_loop_carries_varies_in_its_body():
    body = jax.make_jaxpr(lambda c, d, x: (c + x, d, jnp.sin(d)))(1.0, 1.0, 1.0)
    still = body_graph(body, [2], {})
    carried = body_graph(body, [2], {0: 0, 1: 1})
    assert still.differentiated == (2,)
    assert carried.differentiated == (0, 2)
    assert not carried.nodes[1].active
