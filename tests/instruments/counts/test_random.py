import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax
from row_cases import Case, check, check_rows
from scalar import counting
from scalar.numbers import Whole
from scalar.random import philox

from limes.instruments.counts import count, random

KEY = jax.random.key(7)


def bound(name, **params):
    from jax.extend.core import primitives

    return lambda *args: getattr(primitives, f"{name}_p").bind(*args, **params)


WORDS = tuple(np.arange(3, dtype=np.uint32) * np.uint32(k) + np.uint32(k) for k in (5, 11, 2**31, 17))
CASES = [
    Case("random_bits", lambda key: jax.random.bits(key, (2, 3), np.uint32), (KEY,)),
    Case("random_bits", lambda key: jax.random.bits(key, (3,), np.uint64), (KEY,)),
    Case("random_bits", lambda key: jax.random.bits(key, (3,), np.uint8), (KEY,)),
    Case("random_bits", jax.vmap(lambda key: jax.random.bits(key, (2,), np.uint32)), (jax.random.split(KEY, 3),)),
    Case("random_split", lambda key: jax.random.split(key, 3), (KEY,)),
    Case("random_fold_in", lambda key: jax.random.fold_in(key, 12), (KEY,)),
    Case("random_seed", jax.random.key, (np.int64(2**40 + 3),)),
    Case("random_wrap", jax.random.wrap_key_data, (np.array([1, 2], np.uint32),)),
    Case("random_unwrap", jax.random.key_data, (KEY,)),
    Case("random_clone", jax.random.clone, (KEY,)),
    Case("threefry2x32", bound("threefry2x32"), WORDS),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_counts_what_the_algorithm_does(case):
    check(case)


def test_every_row_has_a_case():
    check_rows(random.RULES, CASES, {"rng_bit_generator", "rng_uniform"})


def test_philox():
    """Values by the known answer of zeros; operations within the accuracy that the rows state."""
    zero = Whole(0)
    with counting() as tally:
        words = philox((zero,) * 4, (zero, zero))
    assert [word.v for word in words] == [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]
    state = jnp.zeros(4, jnp.uint32)
    drawn = count(jax.make_jaxpr(lambda state: lax.rng_bit_generator(state, (4,)))(state))
    assert drawn.approximate
    assert tally.integer / 2 <= drawn.integer <= 2 * tally.integer
    uniform = count(jax.make_jaxpr(lambda: lax.rng_uniform(0.0, 1.0, (4,)))())
    assert uniform.approximate
    assert (uniform.integer, uniform.total) == (drawn.integer, 12)


def test_other_generators_are_marked():
    for implementation in ("rbg", "unsafe_rbg"):
        key = jax.random.key(0, impl=implementation)
        assert count(jax.make_jaxpr(lambda key: jax.random.split(key))(key)).approximate


def test_keys_are_no_part_of_the_total():
    counted = count(jax.make_jaxpr(lambda key: jax.random.normal(key, (5,)))(KEY))
    assert counted.integer > 5 * 118
    assert 0 < counted.total < 5 * 20
    assert not counted.approximate
