import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax
from row_cases import Case, check, check_rows

from limes._errors import InputError
from limes.instruments.counts import count, reductions

RNG = np.random.default_rng(0)
X = RNG.normal(size=(2, 3, 4))
Z = RNG.normal(size=(3, 4)) + 1j * RNG.normal(size=(3, 4))
I = RNG.integers(0, 9, (3, 4)).astype(np.int32)
B = RNG.integers(0, 2, (3, 4)).astype(bool)


def reduce_by(start, function):
    return lambda x: lax.reduce(x, jnp.asarray(start, x.dtype), function, (1,))


CASES = [
    Case("reduce_sum", lambda x: jnp.sum(x, (0, 2)), (X,)),
    Case("reduce_sum", jnp.sum, (X,)),
    Case("reduce_sum", jnp.sum, (Z,)),
    Case("reduce_sum", lambda i: jnp.sum(i, 0, dtype=np.int32), (I,)),
    Case("reduce_sum", lambda x: jnp.sum(x, 0), (np.zeros((0, 3)),)),
    Case("reduce_prod", lambda x: jnp.prod(x, 1), (X,)),
    Case("reduce_prod", lambda z: jnp.prod(z, 0), (Z,)),
    Case("reduce_max", lambda x: jnp.max(x, 1), (X,)),
    Case("reduce_max", lambda i: jnp.max(i, 1), (I,)),
    Case("reduce_min", lambda x: jnp.min(x, (1, 2)), (X,)),
    Case("argmax", lambda x: lax.argmax(x, 1, jnp.int32), (X,)),
    Case("argmin", lambda x: lax.argmin(x, 2, jnp.int32), (X,)),
    Case("reduce_and", lambda b: jnp.all(b, 0), (B,)),
    Case("reduce_or", lambda b: jnp.any(b, 1), (B,)),
    Case("reduce_xor", lambda b: lax.reduce_xor(b, (1,)), (B,)),
    Case("psum", lambda x: lax.psum(x, (0, 1)), (X,)),
    Case("psum", lambda x: jax.vmap(lambda row: row / lax.psum(row, "rows"), axis_name="rows")(x), (X,)),
    Case("pmax", lambda x: lax.pmax(x, (0,)), (X,)),
    Case("pmin", lambda x: lax.pmin(x, (0,)), (X,)),
    Case("cumsum", lambda x: lax.cumsum(x, 1), (X,)),
    Case("cumsum", lambda i: lax.cumsum(i, 0, reverse=True), (I,)),
    Case("cumprod", lambda x: lax.cumprod(x, 2), (X,)),
    Case("cumprod", lambda z: lax.cumprod(z, 0), (Z,)),
    Case("cummax", lambda x: lax.cummax(x, 0, reverse=True), (X,)),
    Case("cummin", lambda x: lax.cummin(x, 1), (X,)),
    Case("cumlogsumexp", lambda x: lax.cumlogsumexp(x, 2), (X,)),
    Case("reduce", reduce_by(1.0, lambda a, b: a * b + jnp.sin(a) * 0.0), (X[0],)),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_counts_what_the_loop_does(case):
    check(case)


def test_every_row_has_a_case():
    check_rows(reductions.RULES, CASES)


def test_a_sum_over_devices_is_no_silent_zero():
    mesh = jax.make_mesh((1,), ("devices",), axis_types=(jax.sharding.AxisType.Auto,))
    spec = jax.sharding.PartitionSpec("devices")
    summed = jax.shard_map(lambda x: lax.pmax(x, "devices"), mesh=mesh, in_specs=spec, out_specs=spec, check_vma=False)
    with pytest.raises(InputError, match="pmax"):
        count(jax.make_jaxpr(summed)(jnp.ones(4)))
