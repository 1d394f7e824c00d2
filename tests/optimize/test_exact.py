import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.linalg
from sklearn.linear_model import LogisticRegression
from sklearn.linear_model import Ridge as RidgeReference

from limes._errors import InputError
from limes._types import Data
from limes.data.samplers import linear_problem
from limes.models.functional import functional
from limes.models.linear import Linear
from limes.optimize.exact import solve
from limes.risk.empirical import EmpiricalRisk
from limes.risk.losses import least_squares, logistic
from limes.risk.penalty import Ridge


def problem(n=50, d=6, *, noise=0.4, seed=0):
    spectrum = jnp.geomspace(1.0, 1e-2, d)
    return linear_problem(jax.random.key(seed), n, jnp.linspace(-1.0, 1.0, d), noise=noise, spectrum=spectrum)


def labeled(n=120, d=4, noise=1.0):
    data = problem(n, d, noise=noise)
    return Data(data.x, jnp.sign(data.y), "binary")


def fit(data, loss=least_squares, penalty=None, bias=False):
    apply, params = functional(Linear(data.x.shape[1], bias=bias))
    return solve(EmpiricalRisk(apply, loss, data, penalty), params)


def test_least_squares_agrees_with_scipy():
    data = problem()
    reference = scipy.linalg.lstsq(np.asarray(data.x), np.asarray(data.y))[0]
    assert np.allclose(fit(data).theta, reference, rtol=1e-11, atol=1e-12)


def test_least_norm_solution_when_features_outnumber_samples():
    data = problem(8, 20)
    theta = np.asarray(fit(data).theta)
    assert np.allclose(theta, np.linalg.pinv(np.asarray(data.x)) @ np.asarray(data.y), rtol=1e-10, atol=1e-11)
    assert np.allclose(data.x @ theta, data.y, atol=1e-11)


@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize(("n", "d"), [(50, 6), (8, 20)])
def test_ridge_agrees_with_scikit_learn(n, d, bias):
    data = problem(n, d)
    X = np.concatenate([np.asarray(data.x), np.ones((n, 1))], 1) if bias else np.asarray(data.x)
    reference = RidgeReference(alpha=n * 0.02, fit_intercept=False, solver="svd").fit(X, np.asarray(data.y)).coef_
    params = fit(data, penalty=Ridge(0.02), bias=bias)
    assert np.allclose(params.theta, reference[:d], rtol=1e-11, atol=1e-12)
    if bias:
        assert float(params.bias) == pytest.approx(reference[-1], rel=1e-10)


def test_several_outputs_are_several_problems():
    data = problem()
    apply, params = functional(Linear(6, 2))
    both = Data(data.x, jnp.stack([data.y, data.y**2], 1))
    theta = solve(EmpiricalRisk(apply, least_squares, both, Ridge(0.1)), params).theta
    assert np.allclose(theta[0], fit(data, penalty=Ridge(0.1)).theta, rtol=1e-11, atol=1e-12)


def test_affine_models_keep_their_offset():
    data = problem()
    risk = EmpiricalRisk(lambda theta, x: x @ theta + jnp.cos(x[0]), least_squares, data)
    shifted = Data(data.x, data.y - jnp.cos(data.x[:, 0]))
    assert np.allclose(solve(risk, jnp.zeros(6)), fit(shifted).theta, rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("strength", [None, 0.01])
def test_logistic_agrees_with_scikit_learn(strength):
    data = labeled()
    C = np.inf if strength is None else 1 / (2 * 120 * strength)
    reference = LogisticRegression(C=C, solver="newton-cholesky", fit_intercept=False, tol=1e-14, max_iter=1000)
    reference.fit(np.asarray(data.x), np.asarray(data.y))
    penalty = None if strength is None else Ridge(strength)
    assert np.allclose(fit(data, logistic, penalty).theta, reference.coef_[0], rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize(
    ("loss", "penalty"), [(least_squares, None), (least_squares, Ridge(0.1)), (logistic, None), (logistic, Ridge(0.1))]
)
def test_the_gradient_vanishes_at_the_minimizer(loss, penalty):
    data = labeled()
    apply, params = functional(Linear(4))
    risk = EmpiricalRisk(apply, loss, data, penalty)
    assert float(jnp.linalg.norm(jax.grad(risk)(solve(risk, params)).theta)) < 1e-13


@pytest.mark.parametrize(
    "wrong",
    [
        lambda X, y, n: np.linalg.solve(X.T @ X + 0.1 * np.eye(4), X.T @ y),
        lambda X, y, n: np.linalg.solve(X.T @ X / 2 + n * 0.1 * np.eye(4), X.T @ y / 2),
        lambda X, y, n: np.linalg.solve(X.T @ X - n * 0.1 * np.eye(4), X.T @ y),
        lambda X, y, n: -np.linalg.solve(X.T @ X + n * 0.1 * np.eye(4), X.T @ y),
        lambda X, y, n: np.linalg.solve(X.T @ X + n * 0.1**2 * np.eye(4), X.T @ y),
    ],
    ids=["missing n", "loss with 1/2", "penalty with wrong sign", "wrong sign", "strength squared"],
)
def test_false_minimizers_are_seen(wrong):
    data = problem(120, 4)
    apply, params = functional(Linear(4))
    risk = EmpiricalRisk(apply, least_squares, data, Ridge(0.1))
    right = solve(risk, params)
    other = jax.tree.map(lambda _: jnp.asarray(wrong(np.asarray(data.x), np.asarray(data.y), 120)), params)
    assert float(jnp.linalg.norm(jax.grad(risk)(right).theta)) < 1e-13
    assert float(jnp.linalg.norm(jax.grad(risk)(other).theta)) > 1e-3
    assert float(risk(other)) > float(risk(right))


def test_works_under_jit_and_vmap_with_a_traced_strength():
    data = problem()
    apply, params = functional(Linear(6))
    path = jax.jit(jax.vmap(lambda s: solve(EmpiricalRisk(apply, least_squares, data, Ridge(s)), params).theta))(
        jnp.array([0.1, 1.0])
    )
    assert np.allclose(path[1], fit(data, penalty=Ridge(1.0)).theta, rtol=1e-11, atol=1e-13)


def test_separable_data_have_no_minimizer():
    data = labeled(noise=0.0)
    with pytest.raises(InputError, match="the data are separable"):
        fit(data, logistic)
    assert bool(jnp.all(jnp.isfinite(fit(data, logistic, Ridge(1e-3)).theta)))
    assert bool(jnp.all(jnp.isnan(jax.jit(lambda y: fit(Data(data.x, y, "binary"), logistic).theta)(data.y))))


def test_data_separable_but_for_ties_have_no_minimizer():
    x = jnp.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, 1.0]])
    with pytest.raises(InputError, match="separable"):
        fit(Data(x, jnp.array([1.0, -1.0, 1.0, -1.0]), "binary"), logistic)


def test_refusals_say_what_to_do():
    data = problem()
    with pytest.raises(InputError, match="apply must be affine in its parameters"):
        solve(EmpiricalRisk(lambda theta, x: jnp.tanh(x @ theta), least_squares, data), jnp.zeros(6))
    with pytest.raises(InputError, match="least_squares and logistic, got absolute"):
        solve(EmpiricalRisk(lambda theta, x: x @ theta, absolute, data), jnp.zeros(6))
    with pytest.raises(InputError, match="penalty must be None or Ridge"):
        solve(EmpiricalRisk(lambda theta, x: x @ theta, least_squares, data, jnp.sum), jnp.zeros(6))
    with pytest.raises(InputError, match="must be an EmpiricalRisk"):
        solve(jnp.sum, jnp.zeros(6))  # pyright: ignore[reportArgumentType]


def absolute(output, target):
    return jnp.abs(output - target)


def test_a_nonlinear_model_is_refused_inside_jit_too():
    data = problem()
    with pytest.raises(InputError, match="affine"):
        jax.jit(
            lambda x: solve(EmpiricalRisk(lambda t, x: jnp.tanh(x @ t), least_squares, Data(x, data.y)), jnp.zeros(6))
        )(data.x)
