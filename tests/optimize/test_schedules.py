import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from limes._errors import InputError
from limes.optimize.descent import descend
from limes.optimize.schedules import constant, loss_normalized, optimal_quadratic, power_law, robbins_monro

COUNTS = np.arange(50)


def at(schedule, counts=COUNTS):
    return np.asarray(jax.vmap(schedule)(jnp.asarray(counts, jnp.int32)))


def test_robbins_monro_counts_steps_from_one():
    assert np.allclose(at(robbins_monro(2.0)), 2.0 / (COUNTS + 1), rtol=1e-15)
    assert np.allclose(at(robbins_monro(2.0, 5.5)), 2.0 / (COUNTS + 1 + 5.5), rtol=1e-15)


def test_descent_uses_the_schedule_from_its_first_step():
    curvature, tau, offset = 0.3, 2.0, 4.0
    end = descend(
        lambda theta: 0.5 * curvature * theta**2,
        jnp.asarray(1.0),
        optax.sgd(robbins_monro(tau, offset)),
        30,
        key=jax.random.key(0),
    )
    expected = np.prod([1 - curvature * tau / (l + offset) for l in range(1, 31)])
    assert float(end.params) == pytest.approx(expected, rel=1e-13)


def test_power_law():
    assert np.allclose(at(power_law(0.7, -0.6, 3.0)), 0.7 * (COUNTS + 1 + 3.0) ** -0.6, rtol=1e-14)
    assert np.array_equal(at(power_law(0.7, -1.0, 3.0)), at(robbins_monro(0.7, 3.0)))
    assert np.allclose(at(power_law(0.7, 0.0)), 0.7)


def test_constant_and_optimal_steps():
    assert np.array_equal(at(constant(0.25)), np.full(50, 0.25))
    assert np.allclose(at(optimal_quadratic(0.1, 3.9)), 0.5, rtol=1e-15)


def test_the_optimal_step_contracts_by_its_rate_at_every_step():
    smallest, largest = 0.01, 1.0
    H = jnp.array([smallest, largest])
    path = descend(
        lambda theta: 0.5 * jnp.sum(H * theta**2),
        jnp.ones(2),
        optax.sgd(optimal_quadratic(smallest, largest)),
        40,
        key=jax.random.key(0),
        record=lambda theta: {"size": jnp.linalg.norm(theta)},
        every=1,
    ).values["size"]
    rate = (largest - smallest) / (largest + smallest)
    assert np.allclose(path[1:] / path[:-1], rate, rtol=1e-12)


def test_numbers_may_be_traced():
    tau = jnp.array([0.5, 1.0])
    steps = jax.vmap(lambda t: robbins_monro(t, 3.0 * t)(jnp.int32(2)))(tau)
    assert np.allclose(steps, tau / (3.0 + 3.0 * tau), rtol=1e-15)
    powers = jax.vmap(lambda a: power_law(1.0, a)(jnp.int32(3)))(jnp.array([-0.5, -1.0]))
    assert np.allclose(powers, [0.5, 0.25], rtol=1e-15)
    both = jax.jit(lambda m, L: optimal_quadratic(m, L)(jnp.int32(0)))(1.0, 3.0)
    assert float(both) == 0.5


def exponential(theta):
    margins = jnp.array([[1.0, 0.5], [0.3, 1.0]]) @ theta
    return jnp.mean(jnp.exp(-margins))


def test_loss_normalized_steps_descend_the_logarithm():
    theta, key = jnp.zeros(2), jax.random.key(0)
    one = descend(exponential, theta, optax.chain(loss_normalized(), optax.sgd(0.1)), 200, key=key)
    other = descend(lambda theta: jnp.log(exponential(theta)), theta, optax.sgd(0.1), 200, key=key)
    assert np.allclose(one.params, other.params, rtol=1e-12)
    assert float(one.values["risk"][-1]) < 1e-6


def test_loss_normalized_on_its_own():
    tx = loss_normalized()
    g = {"a": jnp.array([2.0, -4.0])}
    update, _ = tx.update(g, tx.init(g), g, value=jnp.asarray(4.0))
    assert np.allclose(update["a"], [0.5, -1.0])
    update, _ = tx.update({"a": jnp.zeros(2)}, tx.init(g), g, value=jnp.asarray(0.0))
    assert np.array_equal(update["a"], [0.0, 0.0])
    with pytest.raises(InputError, match="must be given the value of the risk"):
        tx.update(g, tx.init(g), g)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: constant(0.0), "constant: step_size must be one positive number, got 0.0"),
        (lambda: constant(float("nan")), "step_size must be one positive number, got nan"),
        (lambda: robbins_monro(-1.0), "robbins_monro: step_size"),
        (lambda: robbins_monro(1.0, -1.0), "robbins_monro: offset must be one 0 or positive number, got -1.0"),
        (lambda: power_law(1.0, 0.6), "exponent must be at most 0, got 0.6"),
        (lambda: optimal_quadratic(2.0, 1.0), "smallest must be at most largest"),
        (lambda: optimal_quadratic(jnp.ones(2), 1.0), "smallest must be one 0 or positive number"),
    ],
)
def test_refusals(make, message):
    with pytest.raises(InputError, match=message):
        make()
