import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.linalg
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import DotProduct

from limes._types import Data
from limes.limits.width.predict import Blocks, descent, posterior
from limes.models.functional import functional
from limes.models.linear import Linear
from limes.optimize.flow import gradient_flow
from limes.risk.empirical import EmpiricalRisk
from limes.risk.losses import least_squares
from limes.risk.penalty import Ridge

N, K = 6, 4
RNG = np.random.default_rng(0)
Y = RNG.normal(size=(N, 2))


def blocks(seed, rank=30):
    """A random kernel matrix over training and test points, and its blocks."""
    features = np.random.default_rng(seed).normal(size=(N + K, rank)) / np.sqrt(rank)
    whole = features @ features.T
    return whole, Blocks(*map(jnp.asarray, (whole[:N, :N], whole[N:, :N], whole[N:, N:])))


def oracle(theta, prior, y, time, ridge):
    """Solve the linear equation of all outputs by a matrix exponential, as a map of initial outputs and targets."""
    size = N + K
    rates = np.zeros((2 * size + N, 2 * size + N))  # outputs, initial outputs, targets
    pull = np.hstack([theta[:, :N], np.zeros((size, K))])
    rates[:size, :size] = -2 / N * pull - 2 * ridge * np.eye(size)
    rates[:size, size : 2 * size] = 2 * ridge * np.eye(size)
    rates[:size, 2 * size :] = 2 / N * theta[:, :N]
    flow = scipy.linalg.expm(time * rates)[:size]
    start, target = flow[:, :size] + flow[:, size : 2 * size], flow[:, 2 * size :]
    return (target @ y)[N:], (start @ prior @ start.T)[N:, N:]


@pytest.mark.parametrize("time", [0.0, 0.3, 4.0, 300.0])
@pytest.mark.parametrize("ridge", [0.0, 0.05])
def test_flow_is_the_matrix_exponential(time, ridge):
    (theta, kernel), (prior, own) = blocks(1), blocks(2)
    found = descent(kernel, own, jnp.asarray(Y), time, ridge)
    mean, covariance = oracle(theta, prior, Y, time, ridge)
    assert np.allclose(found.mean, mean, rtol=1e-12, atol=1e-12)
    assert np.allclose(found.covariance, covariance, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("ridge", [0.0, 0.05])
def test_the_end_is_the_linear_solve(ridge):
    (theta, kernel), (prior, own) = blocks(1), blocks(2)
    found = descent(kernel, own, jnp.asarray(Y), None, ridge)
    A = np.linalg.solve(theta[:N, :N] + N * ridge * np.eye(N), theta[:N, N:]).T
    map_of_start = np.hstack([-A, np.eye(K)])
    assert np.allclose(found.mean, A @ Y, rtol=1e-12, atol=1e-12)
    assert np.allclose(found.covariance, map_of_start @ prior @ map_of_start.T, rtol=1e-12, atol=1e-12)
    late = descent(kernel, own, jnp.asarray(Y), 1e9, ridge)
    assert np.allclose(late.mean, found.mean, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("ridge", [0.0, 0.1])
def test_the_constant_is_that_of_the_librarys_loss(ridge):
    """Gradient flow of the library on a linear model whose kernel is X X^T, from zero."""
    X, Z = RNG.normal(size=(N, 9)), RNG.normal(size=(K, 9))
    y = jnp.asarray(Y[:, 0])
    apply, start = functional(Linear(9))
    risk = EmpiricalRisk(apply, least_squares, Data(jnp.asarray(X), y), Ridge(ridge))
    path = gradient_flow(risk, start, jnp.array([0.7]), rtol=1e-12, atol=1e-13)
    trained = jax.tree.map(lambda leaf: leaf[0], path.params)
    outputs = jax.vmap(lambda z: apply(trained, z))(jnp.asarray(Z))
    kernel = Blocks(*map(jnp.asarray, (X @ X.T, Z @ X.T, Z @ Z.T)))
    found = descent(kernel, jax.tree.map(jnp.zeros_like, kernel), y, 0.7, ridge)
    assert np.allclose(found.mean, outputs, rtol=1e-9, atol=1e-10)
    assert not found.covariance.any()


@pytest.mark.parametrize("wrong", [0.5, 2.0])
def test_a_lost_factor_two_is_seen(wrong):
    (theta, kernel), (prior, own) = blocks(1), blocks(2)
    found = descent(kernel, own, jnp.asarray(Y), 0.3 * wrong, 0.0)
    assert np.max(np.abs(found.mean - oracle(theta, prior, Y, 0.3, 0.0)[0])) > 1e-2


def test_posterior_against_a_gaussian_process_library():
    X, Z, ridge = RNG.normal(size=(N, 3)), RNG.normal(size=(K, 3)), 0.04
    reference = GaussianProcessRegressor(DotProduct(1.0, "fixed"), alpha=N * ridge, optimizer=None).fit(X, Y[:, 0])
    mean, covariance = reference.predict(Z, return_cov=True)
    kernel = Blocks(*map(jnp.asarray, (X @ X.T + 1, Z @ X.T + 1, Z @ Z.T + 1)))
    found = posterior(kernel, jnp.asarray(Y[:, 0]), ridge)
    assert np.allclose(found.mean, mean, rtol=1e-10)
    assert np.allclose(found.covariance, covariance, rtol=1e-10, atol=1e-12)


def test_with_its_own_kernel_the_end_of_descent_is_the_posterior_without_noise():
    _, kernel = blocks(3)
    one, other = descent(kernel, kernel, jnp.asarray(Y), None, 0.0), posterior(kernel, jnp.asarray(Y), 0.0)
    assert np.allclose(one.mean, other.mean, atol=1e-11)
    assert np.allclose(one.covariance, other.covariance, atol=1e-11)


def test_repeated_points_are_fitted_in_the_mean():
    """The kernel is singular: the direction in which it is zero is not learned, at no time."""
    whole = np.ones((2, 2))
    kernel = Blocks(*map(jnp.asarray, (whole, whole[:1], whole[:1, :1])))
    y = jnp.array([1.0, 3.0])
    for time in (None, 1e6):
        assert float(descent(kernel, kernel, y, time, 0.0).mean[0]) == pytest.approx(2.0, rel=1e-12)


def test_gradients_through_time_and_ridge():
    _, kernel = blocks(4)
    mean = lambda time, ridge: jnp.sum(descent(kernel, kernel, jnp.asarray(Y), time, ridge).mean)
    slope = jax.grad(mean, argnums=(0, 1))(0.5, 0.01)
    for index, (time, ridge) in enumerate(((1e-6, 0.0), (0.0, 1e-6))):
        difference = (mean(0.5 + time, 0.01 + ridge) - mean(0.5 - time, 0.01 - ridge)) / 2e-6
        assert float(slope[index]) == pytest.approx(float(difference), rel=1e-6)
