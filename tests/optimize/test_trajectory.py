import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax

from limes.optimize.descent import descend
from limes.optimize.trajectory import Status, Trajectory, status_of


@jax.jit
def run(tau):
    return descend(
        lambda theta: jnp.sum(theta**4) / 4,
        jnp.array([1.0, -2.0]),
        optax.sgd(tau),
        10,
        key=jax.random.key(0),
        record=lambda theta: {"theta": theta, "count": jnp.sum(theta > 0)},
        every=4,
    )


def test_rows_become_a_dataset():
    data = run(0.1).to_xarray()
    assert data["risk"].dims == ("step",)
    assert data["theta"].dims == ("step", "theta_0")
    assert list(data["step"].values) == [0, 4, 8, 10]
    assert int(data["status"]) == Status.FINISHED
    assert int(data["taken"]) == 10
    assert float(data["risk"][0]) == 17 / 4


def test_replicas_become_a_dimension():
    path = jax.vmap(run)(jnp.array([0.1, 0.01, 10.0]))
    data = path.to_xarray()
    assert data["theta"].dims == ("replica", "step", "theta_0")
    assert list(data["status"].values) == [Status.FINISHED, Status.FINISHED, Status.DIVERGED]
    assert data["status"].dims == ("replica",)
    assert "1 diverged" in data.attrs["status"]
    table = jax.tree.map(lambda leaf: leaf[None], path).to_xarray()
    assert table["risk"].dims == ("replica_0", "replica_1", "step")
    assert list(table["step"].values) == [0, 4, 8, 10]


def test_a_trajectory_is_a_pytree():
    path = run(0.1)
    assert isinstance(path, Trajectory)
    halved = jax.tree.map(lambda leaf: leaf, path)
    assert np.array_equal(halved.params, path.params)
    assert set(path.values) == {"risk", "theta", "count"}


def test_a_diverged_replica_keeps_its_status():
    carry = eqx.tree_at(lambda c: c.alive, run(0.1).carry, jnp.array([True, False]))
    assert list(status_of(carry, Status.STOPPED)) == [Status.STOPPED, Status.DIVERGED]
    assert list(status_of(carry)) == [Status.FINISHED, Status.DIVERGED]
