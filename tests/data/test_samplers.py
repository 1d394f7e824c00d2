import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.optimize import linprog
from scipy.special import comb

from limes._errors import InputError
from limes.data.samplers import (
    exact_design,
    gaussian_design,
    geometric_spectrum,
    linear_classes,
    linear_problem,
    orthogonal_noise,
    power_spectrum,
    separable_problem,
    sphere,
)

NUM = 20000


def test_covariance_of_the_design_is_its_spectrum():
    spectrum = jnp.array([2.0, 1.0, 0.25, 0.0])
    x = np.asarray(gaussian_design(jax.random.key(0), NUM, spectrum))
    deviation = x.T @ x / NUM - np.diag(spectrum)
    scale = np.sqrt((np.outer(spectrum, spectrum) + np.diag(np.asarray(spectrum) ** 2)) / NUM)
    assert np.all(np.abs(deviation) <= 5 * scale)
    assert np.all(x[:, 3] == 0)


def test_sphere_has_its_radius_and_stays_in_the_mask():
    mask = jnp.array([1.0, 1.0, 0.0, 1.0])
    points = jax.vmap(lambda key: sphere(key, mask, 2.5))(jax.random.split(jax.random.key(1), 100))
    assert jnp.allclose(jnp.linalg.norm(points, axis=1), 2.5, atol=1e-14)
    assert jnp.all(points[:, 2] == 0)


def test_noise_of_the_linear_problem_has_its_variance():
    theta = jnp.array([1.0, -2.0, 0.5])
    data = linear_problem(jax.random.key(2), NUM, theta, noise=0.5)
    noise = np.asarray(data.y - data.x @ theta)
    assert abs(noise.var() / 0.25 - 1) < 5 * np.sqrt(2 / NUM)
    assert np.allclose(
        linear_problem(jax.random.key(2), 9, theta).y, linear_problem(jax.random.key(2), 9, theta).x @ theta
    )


def test_spectra_have_their_ends_and_ratios():
    s = geometric_spectrum(7, 1e3)
    assert jnp.allclose(s[0] / s[-1], 1e3, rtol=1e-13)
    assert float(s[0]) == 1.0
    assert jnp.allclose(s[1:] / s[:-1], s[1] / s[0], rtol=1e-13)
    assert jnp.allclose(power_spectrum(4, 2.0), jnp.array([1.0, 1 / 4, 1 / 9, 1 / 16]), rtol=1e-14)
    assert jnp.array_equal(jax.jit(geometric_spectrum, static_argnums=0)(3, 4.0), geometric_spectrum(3, 4.0))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda key: geometric_spectrum(1, 10.0), "num must be at least 2, got 1"),
        (lambda key: power_spectrum(0, 1.0), "num must be at least 1, got 0"),
        (lambda key: exact_design(key, 3, jnp.ones(4)), "num must be at least the dimension 4, got 3"),
        (lambda key: orthogonal_noise(key, jnp.ones((4, 4))), "more rows than columns are needed, got 4 and 4"),
        (lambda key: separable_problem(key, 9, jnp.ones(3), support=4), "support must lie between 2 and 3"),
    ],
)
def test_impossible_sizes_are_refused(call, words, key):
    with pytest.raises(InputError, match=words):
        call(key)


def test_covariance_of_the_exact_design_is_exact(key):
    root = jax.random.normal(key, (6, 6))
    covariance = root @ root.T
    x = exact_design(key, 50, covariance)
    assert jnp.max(jnp.abs(x.T @ x / 50 - covariance)) < 1e-13 * jnp.linalg.norm(covariance)


def test_exact_design_with_a_spectrum_keeps_zeros_and_is_random(key):
    spectrum = jnp.array([2.0, 1.0, 1e-3, 0.0])
    draws = jax.vmap(lambda k: exact_design(k, 9, spectrum))(jax.random.split(key, 500))
    assert jnp.max(jnp.abs(jnp.einsum("kna,knb->kab", draws, draws) / 9 - jnp.diag(spectrum)[None])) < 1e-14
    assert jnp.all(draws[..., 3] == 0)
    entry = draws[:, 0, 0]  # uniform on a sphere: mean 0 and variance 2
    assert abs(float(entry.mean())) < 5 * np.sqrt(2 / 500)
    assert abs(float((entry**2).mean()) / 2 - 1) < 5 * np.sqrt(2 / 500)


def test_square_exact_design_whitens_both_ways(key):
    x = exact_design(key, 5, jnp.ones(5))
    assert jnp.allclose(x @ x.T, 5 * jnp.eye(5), atol=1e-13)


def test_orthogonal_noise_is_orthogonal_with_mean_square_one(key):
    x = gaussian_design(key, 30, geometric_spectrum(8, 1e4))
    r = orthogonal_noise(key, x)
    assert jnp.max(jnp.abs(x.T @ r)) < 1e-13
    assert jnp.allclose(jnp.mean(r**2), 1.0, rtol=1e-14)
    masked = x * jnp.array([1.0, 1, 1, 0, 0, 0, 0, 0])[None, :]
    assert jnp.max(jnp.abs(masked.T @ orthogonal_noise(key, masked))) < 1e-13


def test_exact_and_orthogonal_problem_is_its_own_population(key):
    theta, spectrum = jnp.array([1.0, -2.0, 0.5]), jnp.array([1.0, 0.1, 0.01])
    data = linear_problem(key, 40, theta, noise=0.3, spectrum=spectrum, exact=True, orthogonal=True)
    other = theta + jnp.array([0.7, 1.0, -3.0])
    risk = jnp.mean((data.x @ other - data.y) ** 2)
    assert jnp.allclose(risk, 0.09 + jnp.sum(spectrum * (other - theta) ** 2), rtol=1e-12)
    assert jnp.allclose(jnp.linalg.lstsq(data.x, data.y)[0], theta, atol=1e-12)


def test_labels_are_flipped_with_their_probability(key):
    theta = jnp.array([1.0, 2.0])
    clean = linear_classes(key, NUM, theta)
    noisy = linear_classes(key, NUM, theta, flip=0.2)
    assert clean.task == "binary"
    assert jnp.array_equal(clean.y, jnp.sign(clean.x @ theta))
    share = float(jnp.mean(noisy.y != jnp.sign(noisy.x @ theta)))
    assert abs(share - 0.2) < 5 * np.sqrt(0.16 / NUM)


def test_random_labels_are_separable_as_often_as_cover_says(key):
    num, dim, draws = 10, 4, 100
    problems = jax.vmap(lambda k: linear_classes(k, num, jnp.ones(dim), flip=0.5))(jax.random.split(key, draws))
    found = 0
    for x, y in zip(np.asarray(problems.x), np.asarray(problems.y), strict=True):
        found += linprog(np.zeros(dim), A_ub=-y[:, None] * x, b_ub=-np.ones(num), bounds=(None, None)).status == 0
    chance = 2.0 ** (1 - num) * comb(num - 1, np.arange(dim)).sum()
    assert abs(found / draws - chance) < 5 * np.sqrt(chance * (1 - chance) / draws)


@pytest.mark.parametrize(("num", "support"), [(2, 2), (30, 2), (30, 5)])
def test_margin_of_the_separable_problem_is_exact(num, support, key):
    direction, margin = jnp.array([3.0, 0.0, -4.0, 1.0, 2.0]), 0.25
    data = separable_problem(key, num, direction, margin=margin, support=support)
    u = direction / jnp.linalg.norm(direction)
    rows = data.y[:, None] * data.x
    along = rows @ u
    assert jnp.allclose(along[:support], margin, rtol=1e-12)
    assert bool(jnp.all(along[support:] >= 2 * margin))
    assert set(np.asarray(data.y).tolist()) <= {-1.0, 1.0}
    # Duality: a convex combination of the rows of norm `margin` bounds every margin from above.
    assert jnp.allclose(jnp.mean(rows[:support], axis=0), margin * u, atol=1e-14)
    assert int(jnp.linalg.matrix_rank(rows[:support])) == support
