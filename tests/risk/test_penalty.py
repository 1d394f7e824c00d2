import jax
import jax.numpy as jnp

from limes.risk.penalty import Ridge


def test_ridge_sums_over_all_leaves():
    params = {"w": jnp.array([[1.0, 2.0], [0.0, -1.0]]), "b": jnp.array([3.0])}
    assert float(Ridge(0.5)(params)) == 0.5 * 15.0


def test_ridge_gradient_is_twice_the_parameters():
    params = {"w": jnp.array([1.0, -2.0])}
    assert jnp.array_equal(jax.grad(Ridge(0.25))(params)["w"], 0.5 * params["w"])


def test_strength_may_be_traced():
    values = jax.vmap(lambda strength: Ridge(strength)(jnp.array([2.0])))(jnp.array([0.0, 1.0]))
    assert jnp.array_equal(values, jnp.array([0.0, 4.0]))
