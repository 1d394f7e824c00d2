import jax
import jax.numpy as jnp
import numpy as np
import pytest
from wide import NEAR, awkward_inputs, erf_pair, perceptron_kernels, relu_pair

from limes._errors import InputError
from limes.limits.width import InfiniteWidth
from limes.limits.width.blocks import kernels
from limes.limits.width.kernels import infinite_width
from limes.models.activations import ACTIVATIONS, Monomial, Smooth, erf, relu, squared_relu
from limes.models.layers import Dense, Sequential
from limes.models.perceptron import MLP

D = 5
X = awkward_inputs(np.random.default_rng(0), D)
KEY = jax.random.key(0)
SQRT2 = 2**0.5


def perceptron(sigma, depth, weight_std=1.3, bias_std=0.4, in_size=D):
    return infinite_width(
        MLP(
            in_size, width=3, depth=depth, sigma=sigma, scaling="ntk", weight_std=weight_std, bias_std=bias_std, key=KEY
        )
    )


@pytest.mark.parametrize("depth", [1, 2, 4, 16])
@pytest.mark.parametrize(("sigma", "pair"), [(relu, relu_pair), (erf, erf_pair)], ids=["relu", "erf"])
@pytest.mark.parametrize("stds", [(SQRT2, 0.0), (1.3, 0.4)])
def test_perceptrons_against_their_recursions_in_fifty_digits(depth, sigma, pair, stds):
    """On equal, collinear and antipodal inputs to 1e-12, on nearly equal and nearly antipodal ones to 1e-9."""
    limit = perceptron(sigma, depth, *stds)
    found = np.stack(kernels(limit.model, jnp.asarray(X), None, ("nngp", "ntk"), None)[0])
    for i, j in np.ndindex(7, 7):
        if (i, j) in ((2, 5), (2, 6)) or i > j:
            continue
        exact = perceptron_kernels(pair, X[i], X[j], depth, *stds)
        scale = np.sqrt(found[:, i, i] * found[:, j, j])
        defect = np.abs(found[:, i, j] - exact) / scale
        assert defect[0] < 1e-12, (i, j)
        assert defect[1] < (1e-9 if (i, j) in NEAR else 1e-12), (i, j)


@pytest.mark.parametrize("name", ["relu", "erf"])
@pytest.mark.parametrize("depth", [1, 16])
def test_gradients_are_finite_on_awkward_inputs(name, depth):
    limit = perceptron(ACTIVATIONS[name], depth)
    total = lambda x: jnp.sum(limit.ntk(x, jnp.asarray(X)))
    assert bool(jnp.isfinite(jax.grad(total)(jnp.asarray(X))).all())
    itself = jax.grad(lambda x: jnp.sum(limit.ntk(x) ** 2))(jnp.concatenate([X, jnp.zeros((1, D))]))
    assert bool(jnp.isfinite(itself).all())


@pytest.mark.parametrize("sigma", [relu, squared_relu, Monomial(3)])
def test_second_derivatives_are_finite_on_awkward_inputs(sigma):
    limit = perceptron(sigma, 2, in_size=2)
    other = jnp.array([[1.0, 0.5], [2.0, 1.0], [-1.0, -0.5], [1.0 + 1e-6, 0.5], [0.0, 0.0]])
    hessian = jax.jacfwd(jax.grad(lambda x: jnp.sum(limit.ntk(x[None], other))))(other[0])
    assert bool(jnp.isfinite(hessian).all())


def test_gradients_are_those_of_the_values():
    limit = perceptron(relu, 3)
    x, y, step = jnp.asarray(X[:1]), jnp.asarray(X[1:2]), jnp.asarray(np.random.default_rng(1).normal(size=(1, D)))
    along = lambda t: limit.ntk(x + t * step, y)[0, 0]
    assert float(jax.grad(along)(0.0)) == pytest.approx(float(along(1e-6) - along(-1e-6)) / 2e-6, rel=1e-7)


def test_kernels_are_symmetric_and_positive():
    x = np.random.default_rng(2).normal(size=(20, D))
    for sigma in (relu, ACTIVATIONS["abs"]):
        for kernel in kernels(perceptron(sigma, 3).model, jnp.asarray(x), None, ("nngp", "ntk"), None)[0]:
            assert np.allclose(kernel, kernel.T, rtol=1e-13)
            assert np.linalg.eigvalsh(kernel).min() > -1e-12


def test_the_tangent_kernel_is_the_kernel_and_the_trained_part():
    """With one hidden layer, ntk - nngp is what the first layer adds, and a step adds nothing."""
    limit = perceptron(ACTIVATIONS["step"], 1)
    assert np.allclose(limit.ntk(X), limit.nngp(X), rtol=1e-13)
    relus = perceptron(relu, 1)
    assert np.linalg.eigvalsh(relus.ntk(X[:2]) - relus.nngp(X[:2])).min() > 0.1


def test_integrals_tell_their_error_and_are_refused_beyond_the_tolerance():
    gentle, wild = perceptron(jnp.tanh, 2), perceptron(jnp.tanh, 2, 8.0)
    assert 0.0 < float(gentle.error(X)) < 1e-6
    assert float(perceptron(relu, 2).error(X)) == 0.0
    with pytest.raises(InputError, match=r"accurate to 1.0e-06, got .*tolerance"):
        wild.ntk(X)
    accepted = InfiniteWidth(wild.model, tolerance=0.1).nngp(X[:3])
    assert bool(jnp.isfinite(accepted).all())
    kinked = infinite_width(
        Sequential(
            *(Dense(D, 4, scaling="ntk", key=k) if d == 0 else d for d, k in ((0, KEY), (Smooth(jnp.abs), None))),
            Dense(4, None, scaling="ntk", key=jax.random.key(1)),
        )
    )
    with pytest.raises(InputError, match="accurate"):
        kinked.nngp(X)


def test_kernels_that_overflow_are_refused():
    with pytest.raises(InputError, match="must be finite"):
        perceptron(ACTIVATIONS["exp"], 3, 4.0).ntk(X)
    with pytest.raises(InputError, match="must be finite"):
        perceptron(relu, 1).nngp(X * np.inf)


def test_under_a_trace_nothing_is_looked_at():
    limit = perceptron(jnp.tanh, 1)
    assert np.allclose(jax.jit(lambda x: limit.ntk(x))(jnp.asarray(X)), limit.ntk(X), rtol=1e-12)
    batched = jax.vmap(lambda x: limit.ntk(x[None])[0, 0])(jnp.asarray(X))
    assert np.allclose(batched, np.diag(limit.ntk(X)), rtol=1e-10)


def test_standard_deviations_may_be_traced():
    def value(std):
        return infinite_width(MLP(D, width=3, depth=2, scaling="ntk", weight_std=std, key=KEY)).ntk(X[:2])[0, 1]

    slope = jax.jit(jax.grad(value))(1.2)
    assert float(slope) == pytest.approx(6 * float(value(1.2)) / 1.2, rel=1e-12), "three layers: v^6"


def test_single_precision_stays_single():
    kernel = perceptron(relu, 4).ntk(X.astype(np.float32))
    assert kernel.dtype == jnp.float32
    assert np.allclose(kernel, perceptron(relu, 4).ntk(X), rtol=2e-3)
    assert perceptron(relu, 1).nngp(np.eye(D, dtype=int)).dtype == jnp.float64


def test_predictions_of_the_limit():
    rng = np.random.default_rng(3)
    x, z, y = rng.normal(size=(8, D)), rng.normal(size=(3, D)), rng.normal(size=(8, 2))
    limit = perceptron(relu, 2)
    mean, covariance = limit.predict(x, y, z)
    assert np.allclose(mean, limit.ntk(z, x) @ np.linalg.solve(limit.ntk(x), y), rtol=1e-10, atol=1e-11)
    assert np.linalg.eigvalsh(covariance).min() > 0
    start = limit.predict(x, y, z, time=0.0)
    assert not start.mean.any()
    assert np.allclose(start.covariance, limit.nngp(z), rtol=1e-12)
    posterior = limit.predict(x, y[:, 0], z, which="nngp", ridge=0.1)
    expected = limit.nngp(z, x) @ np.linalg.solve(limit.nngp(x) + 0.8 * np.eye(8), y[:, 0])
    assert np.allclose(posterior.mean, expected, rtol=1e-11)
    times = jax.vmap(lambda t: limit.predict(x, y, z, time=t).mean)(jnp.array([0.5, 5.0]))
    assert np.allclose(times[1], limit.predict(x, y, z, time=5.0).mean, rtol=1e-12)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"which": "gp"}, "which must be"),
        ({"which": "nngp", "time": 1.0}, "no time"),
        ({"time": -1.0}, "time must not"),
        ({"ridge": -1.0}, "ridge must not"),
        ({"y_train": np.ones(3)}, "y_train must be"),
        ({"x_test": np.ones((2, 7))}, "like those of x1"),
    ],
)
def test_bad_training_is_refused(arguments, reason):
    given = {"x_train": X[:2], "y_train": np.ones(2), "x_test": X[1:3], **arguments}
    with pytest.raises(InputError, match=reason):
        perceptron(relu, 1).predict(given.pop("x_train"), given.pop("y_train"), given.pop("x_test"), **given)


@pytest.mark.parametrize("x", [np.ones(5), np.ones((0, 5)), np.ones((1, 1, 1, 1, 5))])
def test_inputs_that_are_no_batch_are_refused(x):
    with pytest.raises(InputError, match="batch"):
        perceptron(relu, 1).ntk(x)
    with pytest.raises(InputError, match="like those of x1"):
        perceptron(relu, 1).ntk(X, X.astype(np.float32))
