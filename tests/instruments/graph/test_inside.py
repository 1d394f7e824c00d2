"""The program inside an equation."""

import jax
import jax.numpy as jnp
import pytest

from limes.instruments.graph.inside import body_of, loop_parts, name_of, passes

X = jnp.ones(3)


def equation(fn, *args):
    return jax.make_jaxpr(fn)(*args).eqns[-1]


def inner_square(x):
    return x * x


@pytest.mark.parametrize(
    ("fn", "name", "inside"),
    [
        (jax.checkpoint(inner_square), "inner_square", ["input", "mul"]),
        (jax.nn.relu, "relu", ["input", "max"]),
        (jnp.sin, "sin", None),
        (lambda x: jax.lax.scan(lambda c, x: (c * x, None), jnp.ones(()), x)[0], "scan", ["input", "input", "mul"]),
        (
            lambda x: jax.lax.while_loop(lambda s: jnp.sum(s) < 9, inner_square, x),
            "while",
            ["input", "mul"],
        ),
        (
            lambda x: jax.lax.cond(True, lambda x: x, lambda x: jnp.sin(jnp.sin(x)), x),
            "cond",
            ["input", "sin", "sin"],
        ),
    ],
)
def test_names_and_bodies(fn, name, inside):
    found = equation(fn, X)
    body = body_of(found, [])
    assert name_of(found) == name
    assert (None if body is None else [node.primitive for node in body.nodes]) == inside
    assert not (body and body.concrete)


def test_passes_and_parts_of_loops():
    loop = equation(lambda x: jax.lax.scan(lambda c, _: (c * x, None), jnp.ones(3), length=7)[0], X)
    assert (passes(loop), loop_parts(loop)) == (7, (1, 1))
    assert (passes(equation(jnp.sin, X)), loop_parts(equation(jnp.sin, X)), passes(None)) == (1, (0, 0), 1)
    test = equation(lambda x, y: jax.lax.while_loop(lambda s: jnp.all(s < y), lambda s: s * x, x), X, X)
    assert loop_parts(test) == (1, 1)


def test_what_varies_outside_varies_inside():
    loop = equation(lambda x, y: jax.lax.while_loop(lambda s: jnp.all(s < y), lambda s: s * x, x), X, X)
    moving = [k for k, variable in enumerate(loop.invars) if variable.aval.shape == (3,)][1:]  # not what is tested
    assert [node.active for node in body_of(loop, moving).nodes] == [True, True, True]
    assert [node.active for node in body_of(loop, []).nodes] == [False, False, False]
