"""A NumPy random stream made from a JAX key."""

import jax
import jax.numpy as jnp
import numpy as np

from limes._types import RandomKey


def generator(key: RandomKey) -> np.random.Generator:
    """Return the NumPy generator that belongs to a JAX key.

    The same key gives the same stream; keys split from one another give independent streams.
    For studies that run on the host: under `jit` a key has no value, so draw with
    `jax.random` there.
    """
    words = jax.random.key_data(key) if jnp.issubdtype(key.dtype, jax.dtypes.prng_key) else key
    return np.random.default_rng([int(word) for word in np.asarray(words).ravel()])
