import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from limes._types import Data
from limes.data.samplers import linear_problem
from limes.models.functional import functional
from limes.models.linear import Linear
from limes.optimize.descent import chunk_lengths, descend
from limes.optimize.exact import solve
from limes.optimize.trajectory import Status
from limes.risk.empirical import EmpiricalRisk
from limes.risk.losses import least_squares

KEY = jax.random.key(7)
OPTIMIZERS = {
    "sgd": optax.sgd(0.05),
    "momentum": optax.sgd(0.02, momentum=0.9, nesterov=True),
    "adam": optax.adam(0.02),
    "adamw": optax.adamw(0.02),
}


def problem(n=40, d=5):
    data = linear_problem(jax.random.key(1), n, jnp.linspace(-1.0, 1.0, d), noise=0.2)
    apply, params = functional(Linear(d))
    return EmpiricalRisk(apply, least_squares, data), params


def same(one, other):
    return jax.tree.all(jax.tree.map(lambda a, b: bool(np.array_equal(a, b, equal_nan=True)), one, other))


def replica(tree, number):
    return jax.tree.map(lambda leaf: leaf[number], tree)


def test_gradient_descent_on_a_quadratic_is_a_matrix_power():
    risk, params = problem()
    X, y = np.asarray(risk.data.x), np.asarray(risk.data.y)
    H = 2 * X.T @ X / len(y)
    tau = 1.5 / np.linalg.eigvalsh(H)[-1]
    best = np.linalg.lstsq(X, y)[0]
    path = descend(risk, params, optax.sgd(tau), 57, key=KEY, record=lambda p: {"theta": p.theta}, every=10)
    for l, theta in zip(path.step, path.values["theta"], strict=True):
        expected = best + np.linalg.matrix_power(np.eye(5) - tau * H, int(l)) @ (0 - best)
        assert np.max(np.abs(theta - expected)) < 1e-12
    assert list(path.step) == [0, 10, 20, 30, 40, 50, 57]


def test_false_steps_are_far_from_the_matrix_power():
    """The loss with 1/2, twice the step, the wrong sign."""
    risk, params = problem()
    X, y = np.asarray(risk.data.x), np.asarray(risk.data.y)
    H = 2 * X.T @ X / len(y)
    best = np.linalg.lstsq(X, y)[0]
    path = descend(risk, params, optax.sgd(0.05), 20, key=KEY)
    for wrong in (0.5, 2.0, -1.0):
        false = best + np.linalg.matrix_power(np.eye(5) - wrong * 0.05 * H, 20) @ (0 - best)
        assert np.max(np.abs(path.params.theta - false)) > 1e-3


@pytest.mark.parametrize(("name", "batch"), [("sgd", 4), ("momentum", None), ("adam", None), ("adamw", 4)])
def test_any_optimizer_and_any_chunk_length_under_strict_modes(name, batch):
    risk, params = problem()

    def run(every):
        return descend(risk, params, OPTIMIZERS[name], 150, key=KEY, batch=batch, every=every)

    one = run(7)
    other = run(150) if name in ("sgd", "adam") else one
    assert int(one.status) == Status.FINISHED
    assert same((one.params, one.carry.memory), (other.params, other.carry.memory))
    assert float(risk(one.params)) < 0.3 * float(risk(params))
    if batch is None:
        assert same((one.best, one.carry.best_risk), (other.best, other.carry.best_risk))
        assert float(one.values["risk"][-1]) == float(other.values["risk"][-1])


def test_adam_in_its_own_words():
    risk, params = problem()
    theta = m = v = np.zeros(5)
    for l in range(1, 31):
        g = np.asarray(jax.grad(risk)(eqx.tree_at(lambda p: p.theta, params, jnp.asarray(theta))).theta)
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        theta = theta - 0.02 * (m / (1 - 0.9**l)) / (np.sqrt(v / (1 - 0.999**l)) + 1e-8)
    path = descend(risk, params, optax.adam(0.02), 30, key=KEY)
    assert np.allclose(path.params.theta, theta, rtol=1e-10)


def test_batches_are_drawn_with_replacement_by_the_step():
    risk, params = problem()
    theta = np.zeros(5)
    for l in range(25):
        index = np.asarray(jax.random.randint(jax.random.fold_in(KEY, l), (60,), 0, 40))
        X, y = np.asarray(risk.data.x)[index], np.asarray(risk.data.y)[index]
        theta = theta - 0.05 * 2 * X.T @ (X @ theta - y) / 60
    path = descend(risk, params, optax.sgd(0.05), 25, key=KEY, batch=60)
    assert np.allclose(path.params.theta, theta, rtol=1e-12)


def test_the_batch_gradient_is_the_gradient_on_average():
    risk, params = problem()
    ends = jax.jit(jax.vmap(lambda key: descend(risk, params, optax.sgd(1.0), 1, key=key, batch=1).params.theta))(
        jax.random.split(KEY, 20_000)
    )
    mean, error = np.mean(ends, 0), np.std(ends, 0) / np.sqrt(20_000)
    assert np.all(np.abs(mean + np.asarray(jax.grad(risk)(params).theta)) < 5 * error)


def test_descent_reaches_the_exact_minimizer():
    risk, params = problem()
    path = descend(risk, params, optax.lbfgs(), 60, key=KEY)
    assert np.allclose(path.params.theta, solve(risk, params).theta, atol=1e-9)


def test_vmap_over_keys_parameters_and_steps():
    risk, params = problem()
    keys, taus = jax.random.split(KEY, 3), jnp.array([0.01, 0.03, 0.1])

    def run(tau, key):
        return descend(risk, params, optax.sgd(tau), 40, key=key, batch=2)

    def injected(tau, key):
        return descend(risk, params, optax.inject_hyperparams(optax.sgd)(tau), 40, key=key, batch=2)

    many, alone = jax.jit(jax.vmap(run))(taus, keys), jax.jit(run)
    for i in range(3):
        assert np.allclose(many.params.theta[i], alone(taus[i], keys[i]).params.theta, rtol=1e-12)
    other = jax.jit(jax.vmap(injected))(taus, keys)
    assert np.array_equal(other.carry.memory.hyperparams["learning_rate"], taus)
    assert np.allclose(other.params.theta, many.params.theta, rtol=1e-13)


def quartic(theta):
    return jnp.sum(theta**4) / 4


def test_diverging_replicas_freeze_and_the_others_do_not_notice():
    taus = jnp.array([0.1, 5.0, 0.2, 1e3])
    start = jnp.array([1.0, -1.5])

    def run(tau):
        return descend(quartic, start, optax.sgd(tau), 50, key=KEY, every=1)

    many = jax.jit(jax.vmap(run))(taus)
    assert list(many.status) == [0, 1, 0, 1]
    assert list(many.carry.taken[::2]) == [50, 50]
    calm = jax.jit(jax.vmap(run))(jnp.array([0.1, 0.1, 0.2, 0.1]))
    for i in (0, 2):
        assert same(replica(many, i), replica(calm, i))
    for i in (1, 3):
        taken = int(many.carry.taken[i])
        risks = np.asarray(many.values["risk"][i])
        assert 0 < taken < 10
        assert np.all(np.isfinite(many.params[i]))
        assert np.all(np.isfinite(many.best[i]))
        assert float(quartic(many.best[i])) == float(many.carry.best_risk[i]) <= float(quartic(start))
        assert np.all(np.isfinite(risks[:taken]))
        assert np.all(np.isnan(risks[taken + 1 :]))
        alone = run(taus[i])
        assert int(alone.carry.taken) == taken
        assert int(alone.status) == Status.DIVERGED


def test_updated_parameters_are_tested_too():
    """A finite risk whose step overflows: the step is not taken."""
    path = descend(lambda t: 1e200 * t, jnp.asarray(1.0), optax.sgd(1e150), 3, key=KEY)
    assert int(path.status) == Status.DIVERGED
    assert int(path.carry.taken) == 0
    assert float(path.params) == 1.0


def test_a_risk_that_is_not_finite_at_the_end_is_reported():
    path = descend(lambda t: t**2, jnp.asarray(1.0), optax.sgd(1e160), 1, key=KEY)
    assert int(path.status) == Status.DIVERGED
    assert float(path.best) == 1.0


class PowerIteration(eqx.Module):
    """The largest curvature by one product a record: right only with a warm start."""

    risk: EmpiricalRisk

    def init(self, params):
        return jax.tree.map(jnp.ones_like, params)

    def __call__(self, memory, params, key):
        grad = jax.grad(self.risk)
        product = jax.jvp(grad, (params,), (memory,))[1]
        size = jnp.linalg.norm(product.theta)
        return jax.tree.map(lambda v: v / size, product), {"curvature": size, "draw": jax.random.normal(key, ())}


def test_a_recorder_keeps_its_memory():
    risk, params = problem()
    X = np.asarray(risk.data.x)
    largest = np.linalg.eigvalsh(2 * X.T @ X / len(X))[-1]
    path = descend(risk, params, optax.sgd(0.01), 300, key=KEY, record=PowerIteration(risk), every=2)
    cold = abs(float(path.values["curvature"][1]) - largest)
    warm = abs(float(path.values["curvature"][-1]) - largest)
    assert warm < 1e-6 * largest < cold
    assert len(np.unique(path.values["draw"])) == len(path.step)


class Noisy(eqx.Module):
    """Dropout: the weight of an example is random, of mean one."""

    theta: jax.Array

    def __call__(self, x, key):
        return x @ (self.theta * 2.0 * jax.random.bernoulli(key, 0.5, self.theta.shape).astype(x.dtype))


def test_a_model_with_randomness_gets_a_key_of_its_own_each_step():
    data = linear_problem(jax.random.key(1), 40, jnp.linspace(-1.0, 1.0, 3), noise=0.2)
    apply, params = functional(Noisy(jnp.zeros(3)))
    risk = EmpiricalRisk(apply, least_squares, data)
    path = descend(risk, params, optax.sgd(0.02), 400, key=KEY, batch=8, random=True, every=400)
    X, y = np.asarray(data.x), np.asarray(data.y)
    G = X.T @ X / 40
    expected = np.linalg.solve(G + np.diag(np.diag(G)), X.T @ y / 40)  # dropout is a ridge penalty on average
    assert np.linalg.norm(path.params.theta - expected) < 0.3
    assert np.linalg.norm(path.params.theta - np.linalg.lstsq(X, y)[0]) > 0.3


def test_a_model_with_state_carries_it_along():
    data = Data(3.0 + 2.0 * jax.random.normal(jax.random.key(1), (64, 3)), jnp.ones(64))

    def apply(theta, x, state):
        mean = jax.lax.pmean(x, "batch")
        return (x - mean) @ theta, 0.9 * state + 0.1 * mean

    risk = EmpiricalRisk(apply, least_squares, data)
    path = descend(risk, jnp.ones(3), optax.sgd(0.01), 200, key=KEY, state=jnp.zeros(3))
    assert np.allclose(path.carry.state, np.mean(np.asarray(data.x), 0) * (1 - 0.9**200), rtol=1e-12)


def test_jit_changes_nothing_and_no_step_is_a_descent_too():
    risk, params = problem()
    run = lambda params: descend(risk, params, OPTIMIZERS["adam"], 30, key=KEY, batch=2, every=10)
    assert same(jax.jit(run)(params), run(params))
    none = descend(risk, params, OPTIMIZERS["sgd"], 0, key=KEY)
    assert list(none.step) == [0]
    assert same(none.params, params)
    assert float(none.carry.best_risk) == float(risk(params))


@pytest.mark.parametrize(
    ("done", "steps", "every", "ends"),
    [
        (0, 250, 100, [0, 100, 200, 250]),
        (0, 200, 100, [0, 100, 200]),
        (0, 0, 5, [0]),
        (0, 3, 100, [0, 3]),
        (250, 400, 100, [300, 400]),
        (200, 200, 100, []),
    ],
)
def test_records_lie_at_multiples_and_at_the_end(done, steps, every, ends):
    assert list(done + np.cumsum([*chunk_lengths(done, steps, every)], dtype=int)) == ends
