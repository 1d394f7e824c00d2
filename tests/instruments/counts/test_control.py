import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax
from row_cases import Case, check, check_rows
from scalar import counting, run, to_scalars

from limes._errors import InputError
from limes.instruments.counts import Operations, control, count

X = np.random.default_rng(0).normal(size=4)
A = np.random.default_rng(1).normal(size=(4, 4)) + 3 * np.eye(4)


@jax.custom_jvp
def tamed(x):
    return jnp.sin(x) * x


@jax.custom_vjp
def bent(x):
    return jnp.exp(x) + x


@jax.custom_batching.custom_vmap
def vmapped(x):
    return x + 1.0


vmapped.def_vmap(lambda size, batched, x: (x + 1.0, True))
tamed.defjvp(lambda primals, tangents: (tamed(*primals), tangents[0]))
bent.defvjp(lambda x: (bent(x), x), lambda x, ct: (ct * x,))


def scanned(x):
    def step(carry, row):
        return jnp.tanh(carry * row), jnp.sum(carry)

    return lax.scan(step, x, jnp.stack([x, 2 * x, 3 * x]))


def solved(a, b):
    def solve(_, right):
        return jnp.linalg.solve(jnp.triu(a), right)

    return lax.custom_linear_solve(lambda v: jnp.triu(a) @ v, b, solve)


def on_devices(x):
    mesh = jax.make_mesh((1,), ("devices",), axis_types=(jax.sharding.AxisType.Auto,))
    spec = jax.sharding.PartitionSpec("devices")
    return jax.shard_map(lambda v: jnp.sin(v) * 2.0, mesh=mesh, in_specs=spec, out_specs=spec)(x)


CASES = [
    Case("scan", scanned, (X,)),
    Case("scan", lambda x: lax.scan(lambda c, _: (c * 2.0, None), x, None, length=0)[0], (X,)),
    Case("scan", jax.grad(lambda x: scanned(x)[0].sum()), (X,)),
    Case("custom_linear_solve", solved, (A, X)),
    Case("shard_map", on_devices, (X,)),
    *(
        Case("(any call)", fn, (X,))
        for fn in (
            jax.jit(lambda x: x * x),
            tamed,
            bent,
            jax.checkpoint(lambda x: jnp.cos(x) * 2.0),
            vmapped,
            lambda x: jax.custom_derivatives.linear_call(lambda r, v: r * v, lambda r, v: r * v, x, x),
            lax.composite(lambda x: jnp.sin(x) + x, "own.sine"),
        )
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_counts_what_runs(case):
    check(case)


def test_every_row_has_a_case():
    check_rows(control.RULES, CASES, {"while", "cond"})


def halved(x, least):
    return lax.while_loop(lambda v: v > least, lambda v: v / 2.0, x)


@pytest.mark.parametrize("passes", [0, 1, 5])
def test_a_while_is_one_pass(passes):
    """k passes and the last test: k (body + test) + test."""
    x, least = 1.0, 0.75 / 2**passes * 2
    counted = count(jax.make_jaxpr(lambda x: halved(x, least))(x))
    with counting() as tally:
        (out,) = run(jax.make_jaxpr(lambda x: halved(x, least))(x), to_scalars(x))
    assert out[()].v == halved(x, least)
    assert counted == Operations(mul=1, compare=1, dynamic=True)
    assert (tally.mul, tally.compare) == (passes * counted.mul, (passes + 1) * counted.compare)


def test_a_fori_loop_of_known_length_is_a_scan_only_if_it_is_differentiated():
    counted = count(jax.make_jaxpr(lambda x: lax.fori_loop(0, 7, lambda i, v: v * x, x))(2.0))
    assert counted.dynamic or counted.mul == 7
    turned = count(jax.make_jaxpr(jax.grad(lambda x: lax.fori_loop(0, 7, lambda i, v: v * x, x)))(2.0))
    assert not turned.dynamic


@pytest.mark.parametrize("index", [0, 1, 2])
def test_a_cond_is_its_dearest_branch(index):
    branches = [lambda x: x, lambda x: x * x + x, lambda x: jnp.sin(x)]
    jaxpr = jax.make_jaxpr(lambda i, x: lax.switch(i, branches, x))(index, X)
    counted = count(jaxpr)
    assert (counted.total, counted.branch) == (8, True)
    with counting() as tally:
        (out,) = run(jaxpr, to_scalars(index), to_scalars(X))
    np.testing.assert_allclose([number.v for number in out], branches[index](X))
    assert tally.total == (0, 8, 4)[index]


def test_a_choice_by_platform_is_made():
    """The diagonal of a matrix is a read on ordinary machines; kernels for others multiply by a mask."""
    for fn, args in ((jnp.diagonal, (A,)), (lambda x: lax.platform_dependent(x, tpu=jnp.tan, default=jnp.abs), (X,))):
        jaxpr = jax.make_jaxpr(fn)(*args)
        with counting() as tally:
            run(jaxpr, *map(to_scalars, args))
        counted = count(jaxpr)
        assert (counted.total, counted.integer, counted.branch) == (tally.total, tally.integer, False)


def test_dead_code_is_left_out_of_loops_and_calls():
    def program(x):
        def step(carry, _):
            return carry * 2.0, jnp.exp(carry)

        def turn(state):
            i, v, unused = state
            return i + 1, v * 2.0, unused + jnp.sin(v)

        v, _ = lax.scan(step, x, None, length=3)
        v = lax.while_loop(lambda state: state[0] < 3, turn, (0, v, v))[1]
        v = lax.cond(v > 0, lambda v: (v * 3.0, jnp.cos(v)), lambda v: (v, v * 5.0), v)[0]
        return jax.checkpoint(lambda v: (v * 2.0, jnp.tan(v)))(v)[0]

    jaxpr = jax.make_jaxpr(program)(1.0)
    assert count(jaxpr).nonlin == 0
    assert count(jaxpr).mul == 3 + 1 + 1 + 1
    assert count(jaxpr, live_only=False).nonlin == 3 + 1 + 1 + 1


def test_what_a_while_carries_for_itself_only_is_dead():
    """A value that feeds another dead value of the carry."""

    def program(x):
        def turn(state):
            i, kept, dead, deader = state
            return i + 1, kept * 2.0, jnp.sin(dead), jnp.cos(dead) + deader

        return lax.while_loop(lambda state: state[0] < 3, turn, (0, x, x, x))[1]

    assert count(jax.make_jaxpr(program)(1.0)).total == 1


def test_a_kernel_is_no_call():
    """Its jaxpr runs once for every point of a grid, which the count would miss."""
    from jax.experimental import pallas

    def kernel(x, out):
        out[...] = x[...] * 2.0

    def program(x):
        block = pallas.BlockSpec((2,), lambda i: (i,))
        shape = jax.ShapeDtypeStruct(x.shape, x.dtype)
        return pallas.pallas_call(kernel, shape, grid=(2,), in_specs=[block], out_specs=block)(x)

    with pytest.raises(InputError, match="pallas_call"):
        count(jax.make_jaxpr(program)(jnp.ones(4, jnp.float32)))
