"""Datasets that come with the installation: nothing is downloaded."""

import jax.numpy as jnp
from sklearn.datasets import load_digits

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
