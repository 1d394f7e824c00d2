import jax
import numpy as np

from limes.data.random import generator


def test_same_key_same_stream_and_split_keys_differ():
    key = jax.random.key(3)
    left, right = jax.random.split(key)
    assert np.array_equal(generator(key).standard_normal(8), generator(key).standard_normal(8))
    streams = [generator(k).standard_normal(8) for k in (key, left, right)]
    assert not any(np.allclose(streams[i], streams[j]) for i, j in [(0, 1), (0, 2), (1, 2)])


def test_typed_and_raw_keys_give_the_same_stream():
    key = jax.random.key(11)
    assert np.array_equal(generator(key).random(4), generator(jax.random.key_data(key)).random(4))
