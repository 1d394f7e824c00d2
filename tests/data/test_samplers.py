import jax
import jax.numpy as jnp
import numpy as np

from limes.data.samplers import gaussian_design, linear_problem, sphere

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
