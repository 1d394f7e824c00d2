"""Bytes alive at one time."""

import jax
import jax.numpy as jnp
import pytest

import limes
from limes.instruments.graph.memory import forward_bytes, kept_bytes, reverse_bytes


def shape(*sizes):
    return jax.ShapeDtypeStruct(sizes, jnp.float64)


def chain(n):
    def fn(x):
        for _ in range(n):
            x = jnp.sin(x)
        return x

    return fn


@pytest.mark.parametrize("n", [1, 2, 5, 9])
def test_a_chain_keeps_two_values_forward_and_all_backward(n):
    """The input stays; forward, a value is freed once it was read; backward, every one waits for its pullback."""
    graph = limes.graph(chain(n), shape(10))
    assert forward_bytes(graph) == 80 * (1 + min(n, 2))
    assert reverse_bytes(graph) == 80 * (1 + n + 2)
    assert (graph.cost().live_bytes_forward, graph.cost().live_bytes_reverse) == (
        forward_bytes(graph),
        reverse_bytes(graph),
    )


def test_dead_values_take_nothing():
    graph = limes.graph(lambda x: (jnp.exp(x), jnp.sin(x))[1], shape(10))
    assert forward_bytes(graph) == 160


def test_a_loop_keeps_its_passes_and_remat_does_not():
    body = chain(4)
    loop = limes.graph(lambda x: jax.lax.scan(lambda c, _: (body(c), None), x, length=6)[0], shape(10))
    (step,) = [step for step in loop.steps if step.local.primitive == "scan"]
    assert kept_bytes(step) == 6 * 4 * 80 - 80
    assert reverse_bytes(loop) == 80 * (1 + 6 * 4 + 2)
    again = limes.graph(lambda x: jax.lax.scan(lambda c, _: (jax.checkpoint(body)(c), None), x, length=6)[0], shape(10))
    assert reverse_bytes(again) == 80 * (1 + 6 + 2 + 3)  # the states between the passes, and one pass again
    single = limes.graph(jax.checkpoint(body), shape(10))
    assert reverse_bytes(single) == reverse_bytes(limes.graph(body, shape(10)))  # nothing is saved at the top
