"""Which values an output needs, and through which it varies with an input."""

import jax
import jax.numpy as jnp
import pytest

import limes


def flags(fn, *args, **options):
    graph = limes.graph(fn, *args, **options)
    return {node.primitive: (node.live, node.active) for node in graph.nodes if node.kind == "operation"}


def test_live_and_active():
    def fn(x, y):
        jnp.exp(x)  # dead
        return jnp.sin(x) * jnp.cos(y)

    assert flags(fn, 1.0, 2.0, argnums=0) == {
        "exp": (False, False),
        "sin": (True, True),
        "cos": (True, False),
        "mul": (True, True),
    }


@pytest.mark.parametrize(
    "stopped",
    [jax.lax.stop_gradient, jnp.floor, jnp.sign, lambda x: jnp.sinh(x).astype(int).astype(float)],
)
def test_paths_end_where_derivatives_do(stopped):
    found = flags(lambda x: jnp.where(stopped(jnp.exp(x)) > 0, x, 2 * x), 1.0)
    assert found["exp"] == (True, False)


def test_a_path_that_reaches_no_real_output_is_not_active():
    assert flags(lambda x: (jnp.argmax(jnp.sin(x)), x * 2), jnp.ones(3))["sin"] == (True, False)


def test_a_loop_hands_on_what_it_carries():
    def fn(x, y):
        return jax.lax.scan(lambda c, _: ((c[0] * 2, c[1] + 1.0), None), (x, y), length=3)[0][1]

    shapes = [jax.ShapeDtypeStruct((), jnp.float64)] * 2
    graph = limes.graph(fn, *shapes)
    assert [node.active for node in graph.nodes[:2]] == [False, True]
    assert graph.cost().tangent == graph.cost().function
