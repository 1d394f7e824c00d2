import jax
import jax.numpy as jnp

from limes.instruments.tangent.cost import cost_of, product_cost, size, sweep_cost, written
from limes.instruments.tangent.program import split

N, M = 6, 5


def dense(W, x):
    return jnp.tanh(W @ x)


def test_operations_and_bytes_of_a_layer():
    cost = cost_of(dense, jnp.ones((M, N)), jnp.ones(N))
    assert cost.operations == M * (2 * N - 1) + M
    assert cost.written == 2 * 8 * M
    assert cost.result == 8 * M


def test_shapes_cost_nothing_and_loops_every_time():
    body = lambda h, _: (dense(jnp.ones((M, M)), h.reshape(M)), None)
    once, often = (
        written(
            jax.make_jaxpr(lambda h, length=length: jax.lax.scan(body, h, None, length=length)[0])(jnp.ones(M)).jaxpr
        )
        for length in (1, 4)
    )
    assert often - once == 3 * (once - 8 * M)
    assert written(jax.make_jaxpr(lambda a: jnp.broadcast_to(a.reshape(2, 3), (4, 2, 3)))(jnp.ones(6)).jaxpr) == 0


def test_a_primitive_without_a_rule_costs_its_output():
    def odd(x):
        return jax.pure_callback(lambda x: x, jax.ShapeDtypeStruct((M,), float), x)

    cost = cost_of(odd, jnp.ones(M))
    assert cost.result == 8 * M
    assert cost.operations <= M


def test_dead_derivatives_are_not_swept():
    call, leaves = split("test", dense, jnp.ones((M, N)))
    x = jax.ShapeDtypeStruct((N,), float)
    factors, rows = (sweep_cost(call, leaves, x, (how,)) for how in ("factors", "rows"))
    assert rows.result == 8 * M * M * N
    assert factors.result == 8 * (N + M * M)
    assert rows.operations - factors.operations > 0.9 * M * M * N


def test_products_cost_a_pullback_and_a_push():
    call, leaves = split("test", dense, jnp.ones((M, N)))
    function, pullback, push = product_cost(call, leaves, jax.ShapeDtypeStruct((N,), float))
    forward = M * (2 * N - 1) + M
    assert function.operations == forward
    assert M * N < pullback.operations - forward < 2 * M * N
    assert M * (2 * N - 1) < push.operations < 2 * forward
    assert pullback.result == 8 * M * N


def test_bytes_of_an_array():
    assert size(jax.ShapeDtypeStruct((3, 2), jnp.float32)) == 24
