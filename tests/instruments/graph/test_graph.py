"""The worked example to two units in the last place, and programs of every kind against jax.grad and jax.jvp."""

import diffrax
import integrators
import jax
import jax.numpy as jnp
import nets
import numpy as np
import pytest
import recurrent

import limes

PROGRAMS = {
    "mlp": nets.mlp,
    "conv net": nets.conv_net,
    "transformer block": nets.transformer,
    "scan RNN": lambda: recurrent.rnn(steps=8),
    "two-layer LSTM": recurrent.lstm,
    "Runge-Kutta in scan": lambda: integrators.runge_kutta(steps=4),
    "Euler with remat": integrators.euler_remat,
}
TABLE = [
    (1.0, 20.689155843285484),
    (2.0, 9.808858425286727),
    (2.718281828459045, 7.21695471204855),
    (5.43656365691809, 3.608477356024275),
    (6.43656365691809, 1.0714389927120271),
    (2.537038363312248, 5.43656365691809),
    (13.792770562190322, 1.0),
]
EDGES = {
    (3, 6): 2.537038363312248,
    (3, 4): 1.0714389927120271,
    (0, 4): 1.0714389927120271,
    (0, 2): 19.617716850573457,
}


def example(a, b):
    return b * jnp.exp(a) * jnp.sqrt(a + b * jnp.exp(a))


def assert_same(found, expected, tolerance=1e-12):
    def check(a, b):
        scale = np.max(np.abs(b), initial=1e-300)
        np.testing.assert_allclose(a, b, rtol=0, atol=tolerance * scale)

    jax.tree.map(check, found, expected)


def test_worked_example():
    graph = limes.graph(example, 1.0, 2.0, share=True)
    assert [node.primitive for node in graph.nodes] == ["input", "input", "exp", "mul", "add", "sqrt", "mul"]
    assert [node.parents for node in graph.nodes] == [(), (), (0,), (1, 2), (0, 3), (4,), (3, 5)]
    for value, adjoint, (theta, bar) in zip(graph.forward(), graph.backward(), TABLE, strict=True):
        np.testing.assert_array_max_ulp(value, theta, maxulp=2)
        np.testing.assert_array_max_ulp(adjoint, bar, maxulp=2)
    edges = graph.edges()
    assert len(edges) == 8
    for edge, term in EDGES.items():
        np.testing.assert_array_max_ulp(edges[edge], term, maxulp=2)
    for r, node in enumerate(graph.nodes[:-1]):
        assert_same(sum(edges[r, s] for s in node.children), graph.backward()[r])
    assert len(limes.graph(example, 1.0, 2.0)) == 9


def test_tangents_and_jacobians_of_the_example():
    graph = limes.graph(example, 1.0, 2.0, share=True)
    assert_same(graph.tangents((1.0, 0.0))[-1], TABLE[0][1])
    assert_same(graph.tangents((0.0, 1.0))[-1], TABLE[1][1])
    assert_same(graph.forward_jacobian(), (TABLE[0][1], TABLE[1][1]))
    assert_same(graph.reverse_jacobian(), (TABLE[0][1], TABLE[1][1]))


@pytest.mark.parametrize("name", PROGRAMS)
def test_programs(name):
    loss, args = PROGRAMS[name]()
    graph = limes.graph(loss, *args)
    value, gradient = jax.jit(jax.value_and_grad(loss, argnums=tuple(range(len(args)))))(*args)
    assert_same(graph.forward()[graph.outputs[0]], value)
    assert_same(graph.reverse_jacobian(), gradient)
    direction = jax.tree.map(jnp.cos, args)
    slope = sum(jnp.vdot(g, d) for g, d in zip(jax.tree.leaves(gradient), jax.tree.leaves(direction), strict=True))
    assert_same(graph.tangents(direction)[graph.outputs[0]], slope)


def test_diffrax_by_its_own_adjoint():
    """The solver's loop is one node with a custom_vjp: reversed by its rule, and forward mode does not exist."""
    loss, args = integrators.diffrax_solve(adaptive=True)
    graph = limes.graph(loss, *args)
    assert_same(graph.reverse_jacobian(), jax.jit(jax.grad(loss, argnums=(0, 1)))(*args))
    with pytest.raises(limes.InputError, match="forward mode is not available through the custom_vjp"):
        graph.tangents(args)
    assert graph.cost().tangent is None
    assert graph.cost().forward is None


def test_diffrax_unrolled():
    """Differentiated through its bounded loop, the solver is opened down to its additions."""
    loss, args = integrators.diffrax_solve(diffrax.DirectAdjoint())
    graph = limes.graph(loss, *args)
    assert len(graph) > 500
    assert_same(graph.reverse_jacobian(), jax.jit(jax.grad(loss, argnums=(0, 1)))(*args))
    assert_same(graph.forward_jacobian()[1], graph.reverse_jacobian()[1])


def test_an_adaptive_solver_is_reversed_through_its_while_loop():
    loss, args = integrators.adaptive_heun()
    graph = limes.graph(loss, *args)
    with pytest.raises(ValueError, match="Reverse-mode differentiation does not work"):
        jax.grad(loss)(*args)
    assert_same(graph.reverse_jacobian(), jax.jit(jax.jacfwd(loss, argnums=(0, 1)))(*args))
    passes = {name for node in graph.nodes for name in node.scope if name.startswith("while")}
    accepted = {node.scope[0] for node in graph.nodes if "cond[1]" in node.scope}
    assert 1 < len(accepted) < len(passes) - 1  # some steps were rejected, beside the last test
    assert graph.dynamic


def test_outputs_that_repeat_and_inputs_that_are_ignored():
    graph = limes.graph(lambda x, y: (x, x, x**2), 3.0, 5.0)
    adjoints = graph.backward((1.0, 10.0, 100.0))
    assert [float(adjoints[r]) for r in graph.inputs] == [611.0, 0.0]
    assert [node.live for node in graph.nodes] == [True, False, True]
    (square,) = (node for node in graph.nodes if node.kind == "operation")
    assert graph.tangents((0.0, 1.0))[square.index] == 0.0


def test_dead_code_is_shown_but_not_swept():
    def fn(x):
        dead = jnp.exp(x)
        return (dead, x * x)[1]

    graph = limes.graph(fn, 3.0)
    by_name = {node.primitive: node for node in graph.nodes}
    assert not by_name["exp"].live
    assert by_name["mul"].active
    assert graph.backward()[by_name["exp"].index] is None
    assert graph.forward()[by_name["exp"].index] == jnp.exp(3.0)


def test_debug_prints_run_in_the_forward_sweep_alone():
    heard = []

    def fn(x):
        jax.debug.callback(heard.append, x)
        return jnp.sin(x)

    graph = limes.graph(fn, 1.0)
    assert [node.primitive for node in graph.nodes] == ["input", "sin"]
    graph.forward()
    graph.backward()
    graph.tangents(1.0)
    jax.effects_barrier()
    assert len(heard) == 1


def test_checkpoint_plan_and_plain_data():
    loss, args = recurrent.rnn(steps=8)
    graph = limes.graph(loss, *nets.shapes_of(args))
    assert (graph.checkpoint_plan(3).length, graph.checkpoint_plan(3).slots) == (8, 3)
    assert graph.to_dict()["cost"]["function"] == graph.cost().function
