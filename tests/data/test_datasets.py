import jax.numpy as jnp
import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_sample_image

from limes._errors import InputError
from limes._types import Data
from limes.data.datasets import breast_cancer, diabetes, digits, sample_images


def test_digits_are_images_in_the_unit_interval():
    data = digits()
    assert data.x.shape == (1797, 8, 8, 1)
    assert data.task == "classes"
    assert len(data) == 1797
    assert float(data.x.min()) == 0.0
    assert float(data.x.max()) == 1.0
    assert np.array_equal(np.asarray(data.y), load_digits().target)


def test_flat_digits_are_the_rows_of_scikit_learn():
    assert np.array_equal(np.asarray(digits(flat=True).x) * 16, load_digits().data)


def test_pooling_averages_blocks():
    whole, pooled = digits().x[..., 0], digits(pool=2).x[..., 0]
    assert pooled.shape == (1797, 4, 4)
    assert jnp.allclose(pooled[:, 1, 3], whole[:, 2:4, 6:8].mean(axis=(1, 2)), atol=1e-15)


def test_pool_must_divide_the_side():
    with pytest.raises(InputError, match="pool must be 1, 2, 4 or 8, got 3"):
        digits(pool=3)


def test_breast_cancer_has_signs_for_labels():
    data, shipped = breast_cancer(), load_breast_cancer()
    assert data.task == "binary"
    assert np.array_equal(np.asarray(data.x), shipped.data)
    assert np.array_equal(np.asarray(data.y), np.where(shipped.target == 1, 1.0, -1.0))
    assert list(shipped.target_names) == ["malignant", "benign"]


def test_diabetes_is_what_scikit_learn_ships():
    data, shipped = diabetes(), load_diabetes()
    assert data.task == "regression"
    assert np.array_equal(np.asarray(data.x), shipped.data)
    assert np.array_equal(np.asarray(data.y), shipped.target)
    assert jnp.allclose(diabetes(standardized=True).x, data.x * jnp.sqrt(442.0), atol=1e-12)


@pytest.mark.parametrize("dataset", [breast_cancer, diabetes])
def test_standardized_columns_have_mean_zero_and_variance_one(dataset):
    data = dataset(standardized=True)
    assert jnp.max(jnp.abs(data.x.mean(axis=0))) < 1e-12
    assert jnp.max(jnp.abs((data.x**2).mean(axis=0) - 1)) < 1e-12
    assert jnp.array_equal(data.y, dataset().y)


def test_sample_images_are_two_photographs_in_the_unit_interval():
    images = sample_images()
    assert images.shape == (2, 427, 640, 3)
    assert float(images.min()) >= 0
    assert float(images.max()) <= 1
    assert np.array_equal(np.asarray(images[0]) * 255, load_sample_image("china.jpg"))


def test_data_refuses_unequal_lengths_and_unknown_tasks():
    with pytest.raises(InputError, match="same number of samples, got 3 and 2"):
        Data(jnp.zeros((3, 1)), jnp.zeros(2))
    with pytest.raises(InputError, match="task must be one of"):
        Data(jnp.zeros((3, 1)), jnp.zeros(3), "ranking")  # pyright: ignore[reportArgumentType]
