import jax
import jax.numpy as jnp
import pytest

from limes.optimize.blocks import block_size, bytes_written


@pytest.mark.parametrize(
    ("replicas", "size", "block"),
    [
        (640, 100, 10),  # 10 fit, a divisor
        (640, 70, 10),  # 14 fit, 10 divides
        (7, 400, 2),  # 2 fit, no divisor near
        (640, 10**9, 1),  # none fits
        (5, 1, 5),  # all fit
        (5, 0, 5),
    ],
)
def test_blocks_fit_the_cache(replicas, size, block):
    assert block_size(replicas, size, cache=1000) == block


def test_bytes_are_those_of_every_result():
    x = jnp.ones((4, 8))
    assert bytes_written(lambda x: jnp.sin(x) + 1.0, x) == 2 * 4 * 8 * 8
    inside = bytes_written(jax.jit(lambda x: jnp.sin(x) + 1.0), x)
    assert inside == 2 * 4 * 8 * 8
    loop = bytes_written(lambda x: jax.lax.scan(lambda c, _: (jnp.sin(c), None), x, None, length=100)[0], x)
    assert loop == 4 * 8 * 8


def test_random_keys_weigh_nothing():
    assert bytes_written(lambda key: jax.random.fold_in(key, 1), jax.random.key(0)) < 1000
