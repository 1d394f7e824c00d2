import jax.numpy as jnp
import numpy as np
import pytest
from sklearn.datasets import load_digits

from limes._errors import InputError
from limes._types import Data
from limes.data.datasets import digits


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


def test_data_refuses_unequal_lengths_and_unknown_tasks():
    with pytest.raises(InputError, match="same number of samples, got 3 and 2"):
        Data(jnp.zeros((3, 1)), jnp.zeros(2))
    with pytest.raises(InputError, match="task must be one of"):
        Data(jnp.zeros((3, 1)), jnp.zeros(3), "ranking")  # pyright: ignore[reportArgumentType]
