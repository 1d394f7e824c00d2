"""Calls are opened, loops and branches unrolled on the values that occur."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import limes


def primitives(graph):
    return [node.primitive for node in graph.nodes if node.kind == "operation"]


def test_calls_are_opened():
    @jax.jit
    def f(x):
        return jnp.sin(x)

    assert primitives(limes.graph(lambda x: f(f(x)), 1.0)) == ["sin", "sin"]


def test_custom_rules_and_remat_stay_one_node():
    fn = lambda x: jax.checkpoint(lambda x: jnp.sin(jnp.sin(x)))(jax.nn.relu(x))
    first, second = (node for node in limes.graph(fn, 1.0).nodes if node.kind == "operation")
    assert (first.primitive, first.name) == ("custom_jvp_call", "relu")
    assert [node.primitive for node in first.body.nodes] == ["input", "max"]
    assert [node.primitive for node in second.body.nodes] == ["input", "sin", "sin"]


@pytest.mark.parametrize("reverse", [False, True])
def test_scan_is_sliced_passed_and_stacked(reverse):
    fn = lambda x: jax.lax.scan(lambda c, x: (c + x, c * x), jnp.ones(()), x, reverse=reverse)
    x = jnp.asarray([2.0, 3.0, 5.0])
    graph = limes.graph(fn, x)
    assert primitives(graph) == ["unstack"] * 3 + ["add", "mul"] * 3 + ["stack"]
    assert len({node.equation for node in graph.nodes if node.primitive == "unstack"}) == 1
    order = [node.scope[0] for node in graph.nodes if node.primitive == "add"]
    assert order == ["scan[2]", "scan[1]", "scan[0]"] if reverse else ["scan[0]", "scan[1]", "scan[2]"]
    for r, expected in zip(graph.outputs, fn(x), strict=True):
        np.testing.assert_array_equal(graph.forward()[r], expected)


def test_a_scan_without_passes_stays_one_node():
    graph = limes.graph(lambda x: jax.lax.scan(lambda c, y: (c * y, c), x, jnp.zeros((0,))), 2.0)
    assert primitives(graph).count("scan") == 2
    assert graph.forward()[graph.outputs[1]].shape == (0,)
    assert graph.cost().function == 0


def test_while_is_unrolled_until_its_test_fails():
    graph = limes.graph(lambda x: jax.lax.while_loop(lambda s: s < 30, lambda s: s * x, x), 3.0)
    assert primitives(graph) == ["lt", "mul"] * 3 + ["lt"]
    assert all(node.live for node in graph.nodes)  # the tests decided
    assert [node.scope for node in graph.nodes if node.primitive == "lt"][-1] == ("while[3]",)
    assert float(graph.backward()[0]) == 4 * 3.0**3


def test_while_under_vmap_keeps_who_is_through():
    fn = jax.vmap(lambda x: jax.lax.while_loop(lambda s: s < 30, lambda s: s * x, x))
    x = jnp.asarray([2.0, 3.0, 40.0])
    graph = limes.graph(fn, x)
    np.testing.assert_array_equal(graph.forward()[graph.outputs[0]], fn(x))
    np.testing.assert_allclose(graph.backward(jnp.ones(3))[0], [5 * 2.0**4, 4 * 3.0**3, 1.0], rtol=1e-14)


@pytest.mark.parametrize(("index", "taken"), [(-3, 0), (1, 1), (9, 2)])
def test_the_branch_taken(index, taken):
    fn = lambda i, x: jax.lax.switch(i, [jnp.sin, jnp.cos, jnp.tan], x)
    graph = limes.graph(fn, index, 0.5)
    assert primitives(graph)[-1] == ["sin", "cos", "tan"][taken]
    assert graph.nodes[-1].scope == (f"cond[{taken}]",)


def test_from_shapes_control_flow_stays_whole():
    fn = lambda x: jax.lax.cond(x > 1, lambda x: jax.lax.fori_loop(0, 3, lambda i, x: x * x, x), jnp.sin, x)
    graph = limes.graph(fn, jax.ShapeDtypeStruct((), jnp.float64))
    node = graph.nodes[-1]
    assert node.primitive == "cond"
    assert [inner.primitive for inner in node.body.nodes if inner.live][-1] == "scan"  # the dearest branch
