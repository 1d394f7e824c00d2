import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax
from jax.ad_checkpoint import checkpoint_name
from jax.sharding import NamedSharding, PartitionSpec
from row_cases import Case, check, check_rows
from scalar.moves import MOVES

from limes.instruments.counts import count, moves

X = np.arange(24.0).reshape(2, 3, 4) + 100
V = X[0, 0]
INDEX = np.array([[1], [0]], np.int32)


def mesh():
    return jax.make_mesh((1,), ("devices",), axis_types=(jax.sharding.AxisType.Auto,))


def on_devices(fn):
    spec = PartitionSpec("devices")
    return lambda x: jax.shard_map(fn, mesh=mesh(), in_specs=spec, out_specs=spec)(x)


def printed(x):
    jax.debug.print("{}", x)
    return x


def called(x):
    jax.debug.callback(lambda _: None, x)
    return x


def written(x):
    cell = jax.new_ref(x)
    cell[...] = cell[...][::-1]
    return jax.freeze(cell)


def token(x):
    return lax.after_all(lax.create_token(x)), x


def sunk(x):
    lax.dce_sink(x)
    return x


def bound(name, **params):
    from jax.extend.core import primitives

    return lambda *args: getattr(primitives, f"{name}_p").bind(*args, **params)


CASES = [
    Case("reshape", lambda x: x.reshape(6, 4), (X,)),
    Case("broadcast_in_dim", lambda v: lax.broadcast_in_dim(v, (3, 4), (1,)), (V,)),
    Case("transpose", lambda x: x.transpose(2, 0, 1), (X,)),
    Case("squeeze", lambda x: lax.squeeze(x[:1], (0,)), (X,)),
    Case("rev", lambda x: lax.rev(x, (1,)), (X,)),
    Case("pad", lambda v: lax.pad(v, np.float64(7.0), ((1, 2, 1),)), (V,)),
    Case("concatenate", lambda x, y: lax.concatenate([x, y], 2), (X, X + 50)),
    Case("split", lambda v: lax.split(v, (1, 3)), (V,)),
    Case("stack", lambda x, y: jnp.stack([x, y]), (V, V + 1)),
    Case("unstack", lambda x: jnp.unstack(x), (X,)),
    Case("tile", lambda v: jnp.tile(v, 3), (V,)),
    Case("slice", lambda x: lax.slice(x, (0, 1, 0), (2, 3, 3), (1, 1, 2)), (X,)),
    Case("copy", lambda x: jnp.array(x, copy=True), (X,)),
    Case("iota", lambda: jnp.arange(5), ()),
    Case("empty", lambda: lax.empty((3,), jnp.float64), (), same=lambda *_: None),
    Case(
        "empty2", bound("empty2", dtype=np.dtype(float), memory_space=jax.memory.Space.Device), (), same=lambda *_: None
    ),
    Case("dynamic_slice", lambda x, i: lax.dynamic_slice(x, (i, i, i), (1, 2, 2)), (X, np.int32(1))),
    Case("dynamic_update_slice", lambda x, i: lax.dynamic_update_slice(x, x[:1, :2], (i, i, i)), (X, np.int32(0))),
    Case("gather", lambda x, i: x[i[:, 0], i[:, 0]], (X, INDEX)),
    Case("convert_element_type", lambda x: x.astype(jnp.float32), (X,)),
    Case("convert_element_type", lambda x: x.astype(jnp.int32), (X + 0.5,)),
    Case("bitcast_convert_type", lambda x: lax.bitcast_convert_type(x, jnp.int64), (X,)),
    Case("reduce_precision", lambda x: lax.reduce_precision(x, 8, 7), (X / 3,)),
    Case("real", lambda x: jnp.real(x), (X[0] + 1j,)),
    Case("imag", lambda x: jnp.imag(x), (X[0] + 1j,)),
    Case("complex", lambda x, y: lax.complex(x, y), (X, X + 1)),
    Case("stop_gradient", lax.stop_gradient, (X,)),
    Case("name", lambda x: checkpoint_name(x, "here"), (X,)),
    Case("optimization_barrier", lax.optimization_barrier, (X,)),
    Case("device_put", lambda x: jax.device_put(x, jax.devices()[0]), (X,)),
    Case(
        "sharding_constraint", lambda x: lax.with_sharding_constraint(x, NamedSharding(mesh(), PartitionSpec())), (X,)
    ),
    Case("pvary", on_devices(lambda x: lax.pcast(jnp.ones(2), "devices", to="varying")), (X,)),
    Case("axis_index", on_devices(lambda x: lax.axis_index("devices")[None]), (X,)),
    Case("platform_index", lambda x: lax.platform_dependent(x, cpu=lambda v: v, default=lambda v: v[::1]), (X,)),
    Case("debug_print", printed, (V,)),
    Case("debug_callback", called, (V,)),
    Case("dce_sink", sunk, (V,)),
    *(Case(name, written, (V,)) for name in ("new_ref", "get", "swap", "freeze")),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_counts_what_the_loop_does(case):
    check(case)


@pytest.mark.parametrize("case", [case for case in CASES if case.name in MOVES and case.args], ids=str)
def test_nothing_is_computed_by_a_move(case):
    """Every number that comes out went in (or is what a pad was given)."""
    into = {7.0, *(part for arg in case.args for x in np.ravel(arg) for part in (float(np.real(x)), float(np.imag(x))))}
    for out in jax.tree.leaves(case.fn(*case.args)):
        assert {part for x in np.ravel(out) for part in (float(np.real(x)), float(np.imag(x)))} <= into | {0.0}


def test_tokens_are_free():
    assert count(jax.make_jaxpr(lambda x: token(x)[1])(V), live_only=False).total == 0


def test_every_row_has_a_case():
    check_rows(moves.RULES, CASES, {"create_token", "after_all"})
