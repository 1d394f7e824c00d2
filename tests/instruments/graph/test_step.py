"""One executed equation and its cost in every mode."""

import jax
import jax.numpy as jnp

import limes


def step_of(fn, *args, primitive, **options):
    graph = limes.graph(fn, *args, **options)
    return next(step for step in graph.steps if step.local.primitive == primitive)


def shape(*sizes):
    return jax.ShapeDtypeStruct(sizes, jnp.float64)


def test_activity_by_position():
    step = step_of(lambda x, y: jnp.sum(x * y), shape(3), shape(3), primitive="mul", argnums=1)
    assert (step.live, step.moving, step.seen, step.reached) == ((0,), (1,), (0,), (1,))
    assert step.value_operations.total == 3
    assert step.tangent_operations.total == step.pullback_operations.total == 6
    assert step.bound_operations.total == 9


def test_dead_steps_show_what_they_would_cost():
    step = step_of(lambda x: (jnp.exp(x), x * 2)[1], shape(3), primitive="exp")
    assert step.live == ()
    assert step.value_operations.total == 3


def test_no_forward_mode():
    @jax.custom_vjp
    def own(x):
        return x * 2

    own.defvjp(lambda x: (x * 2, None), lambda _, g: (2 * g,))
    step = step_of(own, shape(3), primitive="custom_vjp_call")
    assert step.tangent_operations is None
    assert step.pullback_operations.total == 6
    assert step.bound_operations == step.pullback_operations


def test_a_while_is_charged_with_its_body():
    fn = lambda x: jax.lax.while_loop(lambda s: s < 9, lambda s: s * x, 1.0)
    step = step_of(fn, shape(), primitive="while")
    assert step.value_operations.total == 2
    assert step.pullback_operations.total == 2 + 2 + 1  # both products, and the sum of what each pass hands to x


def test_a_while_inside_a_scan_is_charged_pass_by_pass():
    inner = lambda c, _: (jax.lax.while_loop(lambda s: s < 9, jnp.sin, c), None)
    step = step_of(lambda x: jax.lax.scan(inner, x, length=5)[0], shape(), primitive="scan")
    assert step.value_operations.total == 5 * 2
    assert step.pullback_operations.total == 5 * 2 + 5 * 2  # cos and its product
    assert step.pullback_operations.dynamic
