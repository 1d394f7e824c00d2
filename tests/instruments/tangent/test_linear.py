import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
import tangent_nets

from limes import Data, EmpiricalRisk, descend, linearize_model, losses, tangent_kernel
from limes._errors import InputError
from limes.instruments.tangent import drift

RNG = np.random.default_rng(0)
PARAMS = jax.tree.map(jnp.asarray, tangent_nets.mlp_params(RNG, [3, 8, 1]))
X = jnp.asarray(RNG.standard_normal((5, 3)))


def net(params, x):
    return jnp.tanh(x @ params["W0"] + params["b0"]) @ params["W1"][:, 0]


def moved(size):
    rng = np.random.default_rng(1)
    return jax.tree.map(lambda leaf: leaf + size * jnp.asarray(rng.standard_normal(leaf.shape)), PARAMS)


def test_the_expansion_is_linear_with_the_same_value_and_kernel():
    linear = linearize_model(net, PARAMS)
    assert np.allclose(linear(PARAMS, X[0]), net(PARAMS, X[0]), rtol=1e-14)
    one, two = linear(moved(0.5), X[0]), linear(moved(1.0), X[0])
    assert np.isclose(two - net(PARAMS, X[0]), 2 * (one - net(PARAMS, X[0])), rtol=1e-12)
    for params in (PARAMS, moved(1.0)):
        assert np.allclose(tangent_kernel(linear, params, X), tangent_kernel(net, PARAMS, X), rtol=1e-12)


def test_fixed_leaves_stay_fixed():
    params = {"W": jnp.ones((2, 3)), "scale": 2.0, "order": jnp.array([1, 0]), "name": "net"}
    apply = lambda p, x: p["scale"] * (p["W"] @ x)[p["order"]]
    linear = linearize_model(apply, params)
    changed = params | {"scale": 3.0}
    assert np.allclose(linear(changed, X[0]), apply(changed, X[0]), rtol=1e-12)


def test_the_expansion_has_order_two_and_the_kernel_order_one():
    measure = drift(net, PARAMS, X)
    one, two = (measure(moved(size)) for size in (1e-3, 1e-4))
    exponents = {name: float(jnp.log10(one[name] / two[name])) for name in one}
    assert abs(exponents["params"] - 1) < 1e-9
    assert abs(exponents["kernel"] - 1) < 0.02
    assert abs(exponents["function"] - 2) < 0.02
    assert all(float(value) == 0.0 for value in measure(PARAMS).values())


def test_drift_along_a_path_and_with_an_expansion_of_its_own():
    measure = drift(net, PARAMS, X)
    path = jax.tree.map(lambda *leaves: jnp.stack(leaves), PARAMS, moved(0.1))
    along = jax.lax.map(measure, path)
    assert along["kernel"].shape == (2,)
    assert np.isclose(along["function"][1], measure(moved(0.1))["function"])
    other = measure(moved(0.1), PARAMS)
    values = [jax.vmap(net, (None, 0))(params, X) for params in (moved(0.1), PARAMS)]
    assert np.isclose(other["function"], jnp.sqrt(jnp.mean((values[0] - values[1]) ** 2)))


def test_drift_records_a_descent():
    risk = EmpiricalRisk(net, losses.least_squares, Data(X, jnp.sin(X[:, 0])))
    path = descend(risk, PARAMS, optax.sgd(0.01), 20, key=jax.random.key(0), record=drift(net, PARAMS, X), every=10)
    assert float(path.values["kernel"][0]) == 0.0
    assert float(path.values["kernel"][-1]) > 0.0


def test_a_linear_model_does_not_drift():
    linear = lambda W, x: W @ x
    gone = drift(linear, jnp.ones((2, 3)), X)(2.0 * jnp.ones((2, 3)))
    assert float(gone["kernel"]) == 0.0
    assert float(gone["function"]) < 1e-14
    assert np.isclose(gone["params"], 1.0)


def test_wrong_use():
    with pytest.raises(InputError, match="linearize_model: params"):
        linearize_model(net, {"n": 1})
