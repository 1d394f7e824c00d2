import jax
import jax.numpy as jnp
import numpy as np
import pytest

from limes._errors import InputError
from limes._types import Data
from limes.data.samplers import linear_problem
from limes.risk.empirical import EmpiricalRisk
from limes.risk.losses import least_squares
from limes.risk.penalty import Ridge


def predict(theta, x):
    return x @ theta


@pytest.fixture
def risk():
    return EmpiricalRisk(
        predict, least_squares, linear_problem(jax.random.key(0), 12, jnp.ones(3), noise=0.3), Ridge(0.1)
    )


def test_value_gradient_and_hessian_are_those_of_the_formula(risk):
    theta = jnp.array([0.2, -1.0, 0.4])
    X, y = np.asarray(risk.data.x), np.asarray(risk.data.y)
    r = X @ theta - y
    assert float(risk(theta)) == pytest.approx(float(r @ r) / 12 + 0.1 * float(theta @ theta), rel=1e-14)
    assert np.allclose(jax.grad(risk)(theta), 2 * X.T @ r / 12 + 0.2 * theta, atol=1e-14)
    assert np.allclose(jax.hessian(risk)(theta), 2 * X.T @ X / 12 + 0.2 * np.eye(3), atol=1e-14)


def test_mean_over_batches_is_the_risk(risk):
    theta = jnp.array([0.2, -1.0, 0.4])
    batches = jnp.arange(12).reshape(4, 3)
    assert float(jnp.mean(jax.vmap(lambda b: risk(theta, b))(batches))) == pytest.approx(float(risk(theta)), rel=1e-14)


def test_key_reaches_every_example_with_another_value(risk):
    def noisy(theta, x, key):
        return x @ theta + jax.random.normal(key)

    noise = EmpiricalRisk(noisy, least_squares, Data(jnp.zeros((4000, 3)), jnp.zeros(4000)))
    value, state = noise.evaluate(jnp.zeros(3), key=jax.random.key(1))
    assert state is None
    assert abs(float(value) - 1) < 5 * np.sqrt(2 / 4000)


def test_state_is_averaged_over_the_batch_and_returned():
    def counting(theta, x, state):
        return x @ theta, state + jax.lax.pmean(x[0], "batch")

    data = Data(jnp.arange(6.0).reshape(6, 1), jnp.zeros(6))
    value, state = EmpiricalRisk(counting, least_squares, data).evaluate(
        jnp.ones(1), jnp.arange(2), state=jnp.asarray(1.0)
    )
    assert float(value) == 0.5
    assert float(state) == 1.5


def test_shapes_that_would_broadcast_are_refused():
    data = Data(jnp.ones((4, 3)), jnp.ones((4, 1)))
    with pytest.raises(InputError, match="let both have the same shape"):
        EmpiricalRisk(predict, least_squares, data)(jnp.ones(3))
