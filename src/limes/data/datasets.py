"""Datasets that come with the installation: nothing is downloaded."""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float
from numpy.typing import ArrayLike
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_sample_image

from limes._errors import InputError
from limes._types import Data

_SIDE = 8


def digits(*, flat: bool = False, pool: int = 1) -> Data:
    """Return the 1797 handwritten digits of scikit-learn, 8 by 8 gray values in [0, 1].

    Images are `n h w c` with one channel, or rows of pixels with `flat`; `y` is the digit.
    `pool` averages blocks of that side, so 2 leaves 4 by 4 pixels.

    Raises `InputError` when `pool` does not divide 8. Source: `alpaydin:1998`.
    """
    if not (isinstance(pool, int) and pool > 0 and _SIDE % pool == 0):
        raise InputError(f"digits: pool must be 1, 2, 4 or 8, got {pool!r}; choose a divisor of 8")
    pixels, labels = load_digits(return_X_y=True)
    side = _SIDE // pool
    images = (jnp.asarray(pixels, dtype=float) / 16.0).reshape(-1, side, pool, side, pool).mean(axis=(2, 4))
    x = images.reshape(-1, side * side) if flat else images[..., None]
    return Data(x, jnp.asarray(labels, dtype=int), "classes")


def breast_cancer(*, standardized: bool = False) -> Data:
    """Return the 569 tumors of scikit-learn, 30 measures each; `y` is 1 if benign and -1 if malignant.

    With `standardized` every column of `x` has mean 0 and variance 1; as shipped, their sizes
    range over five orders. Source: `street:1993`.
    """
    x, labels = load_breast_cancer(return_X_y=True)
    return Data(_columns(x, standardized), jnp.asarray(2.0 * np.asarray(labels) - 1.0, dtype=float), "binary")


def diabetes(*, standardized: bool = False) -> Data:
    r"""Return the 442 patients of scikit-learn, 10 measures each; `y` is the progress of the disease, 25 to 346.

    As shipped, every column of `x` has mean 0 and $|x|^2 = 1$; with `standardized` its variance
    is 1, so it is larger by $\sqrt{n}$. Source: `efron:2004`, Section 7.
    """
    x, y = load_diabetes(return_X_y=True)
    return Data(_columns(x, standardized), jnp.asarray(y, dtype=float))


def sample_images() -> Float[Array, "2 427 640 3"]:
    """Return the two photographs of scikit-learn, a temple in China and a flower, as `n h w c` in [0, 1].

    They are JPEG files: another decoder may move a value by 1/255.
    """
    images = np.stack([load_sample_image(name) for name in ("china.jpg", "flower.jpg")])
    return jnp.asarray(images / 255.0, dtype=float)


def _columns(shipped: ArrayLike, standardized: bool) -> Float[Array, "n d"]:
    """Return the columns, less their mean and divided by their deviation on request."""
    x = np.asarray(shipped)
    return jnp.asarray((x - x.mean(axis=0)) / x.std(axis=0) if standardized else x, dtype=float)
