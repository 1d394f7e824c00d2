"""Where a program may be cut."""

import jax
import jax.numpy as jnp
import nets
import pytest
import recurrent

import limes
from limes.instruments.checkpointing import checkpoint_plan
from limes.instruments.graph.chain import chain_length, cuts


def shape(*sizes):
    return jax.ShapeDtypeStruct(sizes, jnp.float64)


def test_cuts_of_a_perceptron():
    """After every product, sum, tanh; residual connections and parameters are looked through."""
    loss, args = nets.mlp((3, 4, 2), 5)
    graph = limes.graph(loss, *nets.shapes_of(args), argnums=0)
    names = [graph.nodes[r].primitive for r in cuts(graph)]
    assert names == ["dot_general", "add", "tanh", "dot_general", "add", "sub", "square", "reduce_sum", "div"] or (
        names == ["dot_general", "add", "tanh", "dot_general", "add", "sub", "integer_pow", "reduce_sum", "div"]
    )
    assert chain_length(graph) == len(names)


def test_nothing_may_cross_a_cut():
    graph = limes.graph(lambda x: jnp.sum(jnp.tanh(jnp.exp(x) + jnp.sin(x)) * jnp.exp(x)), shape(3))
    assert [graph.nodes[r].primitive for r in cuts(graph)] == ["exp", "add", "tanh", "mul", "reduce_sum"]
    residual = limes.graph(lambda x: jnp.exp(x + jnp.sin(x)) * 2, shape(3))
    assert [residual.nodes[r].primitive for r in cuts(residual)] == [
        "sin",
        "add",
        "exp",
        "mul",
    ]  # the input may be read


@pytest.mark.parametrize("unrolled", [False, True])
def test_a_loop_is_a_chain_of_passes(unrolled):
    loss, args = recurrent.rnn(steps=6)
    graph = limes.graph(loss, *(args if unrolled else nets.shapes_of(args)))
    assert chain_length(graph) == 6
    assert graph.checkpoint_plan(2) == checkpoint_plan(6, 2)


def test_the_longest_of_nested_loops():
    def inner(c, _):
        return jax.lax.scan(lambda c, _: (jnp.sin(c), None), c, length=3)[0], None

    fn = lambda x: jax.lax.scan(inner, x, length=5)[0]
    assert chain_length(limes.graph(fn, 1.0)) == chain_length(limes.graph(fn, shape())) == 5


def test_no_chain():
    graph = limes.graph(lambda x: x, shape(3))
    assert cuts(graph) == []
    assert chain_length(graph) == 1
