import jax
import jax.numpy as jnp
import numpy as np
import pytest
from sklearn.kernel_approximation import Nystroem as NystroemReference
from sklearn.kernel_ridge import KernelRidge as Reference

from limes._errors import InputError
from limes._types import Data
from limes.models.kernel import (
    GaussianKernel,
    PolynomialFeatures,
    PolynomialKernel,
    RandomFeatures,
    gram,
    kernel_ridge,
    nystroem,
    random_features,
)


@pytest.fixture
def points():
    return jax.random.normal(jax.random.key(0), (40, 5))


def test_degree_two_features_have_the_polynomial_kernel(points):
    phi = jax.vmap(PolynomialFeatures(0.7))(points)
    assert phi.shape == (40, 1 + 5 + 15)
    assert jnp.allclose(phi @ phi.T, gram(PolynomialKernel(0.7), points, points), rtol=1e-13)


@pytest.mark.parametrize("cross", [1.0, 4.0])
def test_another_weight_of_the_cross_terms_is_another_kernel(points, cross):
    phi = jax.vmap(PolynomialFeatures(0.7, cross))(points)
    assert float(jnp.max(jnp.abs(phi @ phi.T - gram(PolynomialKernel(0.7), points, points)))) > 0.1


def test_random_features_are_the_mean_of_cosines(points):
    features = random_features(jax.random.key(1), 64, 5, scale=2.0)
    phi = jax.vmap(features)(points)
    angle = (points[:, None] - points[None]) @ features.omega.T
    assert phi.shape == (40, 128)
    assert jnp.allclose(phi @ phi.T, jnp.cos(angle).mean(-1), atol=1e-13)


def test_random_features_are_unbiased_for_the_gaussian_kernel(points):
    x = points[:6]
    sample = jax.vmap(lambda key: gram_of(random_features(key, 16, 5, scale=2.0), x))(
        jax.random.split(jax.random.key(2), 2000)
    )
    K = gram(GaussianKernel(2.0), x, x)
    deviation = np.abs(np.asarray(sample.mean(0) - K))
    assert np.all(deviation <= 5.5 * np.asarray(sample.std(0)) / np.sqrt(2000) + 1e-12)


def gram_of(features: RandomFeatures, x):
    phi = jax.vmap(features)(x)
    return phi @ phi.T


@pytest.mark.parametrize(("kernel", "named"), [
    (GaussianKernel(1.5), {"kernel": "rbf", "gamma": 1 / (2 * 1.5**2)}),
    (PolynomialKernel(0.5, 3), {"kernel": "poly", "gamma": 1.0, "coef0": 0.5, "degree": 3}),
])  # fmt: skip
def test_kernel_ridge_agrees_with_scikit_learn_to_ten_digits(points, kernel, named):
    y = jnp.sin(points[:, 0]) + points[:, 1]
    fitted = kernel_ridge(kernel, Data(points, y), 0.03)
    reference = Reference(alpha=40 * 0.03, **named).fit(np.asarray(points), np.asarray(y))
    new = jax.random.normal(jax.random.key(3), (20, 5))
    assert np.allclose(jax.vmap(fitted)(new), reference.predict(np.asarray(new)), rtol=1e-10, atol=1e-11)
    alpha = np.asarray(reference.dual_coef_)
    assert float(fitted.norm()) == pytest.approx(
        np.sqrt(alpha @ np.asarray(gram(kernel, points, points)) @ alpha), rel=1e-10
    )


def test_kernel_ridge_without_the_factor_n_is_seen(points):
    y = points[:, 0] * points[:, 1]
    right = kernel_ridge(PolynomialKernel(), Data(points, y), 0.03)
    wrong = kernel_ridge(PolynomialKernel(), Data(points, y), 0.03 / 40)
    K = gram(PolynomialKernel(), points, points)

    def slope(alpha):
        """Gradient of the risk in the coefficients, over the size of its parts."""
        risk = lambda a: jnp.mean((K @ a - y) ** 2) + 0.03 * a @ K @ a
        return float(jnp.linalg.norm(jax.grad(risk)(alpha)) / jnp.linalg.norm(K @ y))

    assert slope(right.alpha) < 1e-12 < 1e-5 < slope(wrong.alpha)


def test_nystroem_is_exact_at_its_landmarks_and_below_the_kernel(points):
    kernel = GaussianKernel(2.0)
    features = nystroem(jax.random.key(4), kernel, points, 12)
    phi = jax.vmap(features)(points)
    at = jax.vmap(features)(features.landmarks)
    assert jnp.allclose(at @ phi.T, gram(kernel, features.landmarks, points), atol=1e-12)
    gap = jnp.linalg.eigvalsh(gram(kernel, points, points) - phi @ phi.T)
    assert float(gap[0]) > -1e-12
    assert float(gap[-1]) > 1e-3


def test_nystroem_of_all_points_is_the_kernel_and_landmarks_differ(points):
    features = nystroem(jax.random.key(5), PolynomialKernel(), points, 40)
    phi = jax.vmap(features)(points)
    assert jnp.allclose(phi @ phi.T, gram(PolynomialKernel(), points, points), atol=1e-8)
    assert len(np.unique(np.asarray(features.landmarks), axis=0)) == 40


def test_nystroem_agrees_with_scikit_learn_on_the_same_landmarks(points):
    features = nystroem(jax.random.key(6), GaussianKernel(2.0), points, 10)
    reference = NystroemReference(gamma=1 / 8, n_components=10).fit(np.asarray(features.landmarks))
    theirs = reference.transform(np.asarray(points))
    phi = jax.vmap(features)(points)
    assert np.allclose(phi @ phi.T, theirs @ theirs.T, atol=1e-10)


@pytest.mark.parametrize("count", [0, 41])
def test_nystroem_refuses_more_landmarks_than_points(points, count):
    with pytest.raises(InputError, match="between 1 and the number of points, 40"):
        nystroem(jax.random.key(0), GaussianKernel(), points, count)
