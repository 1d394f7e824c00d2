from functools import partial

import jax
import numpy as np
import pytest

from limes.claims.risk.kernel_trick import load, measure

KEYS = jax.random.split(jax.random.key(7), 4)


@partial(jax.jit, static_argnames="data")
def batch(given, data, cross, power):
    return jax.vmap(lambda key: measure(key, given=given, data=data, cross=cross, power=power))(KEYS)


def run(data, cross=2.0, power=1.0):
    return batch(load(), data, cross, power)


@pytest.mark.parametrize("data", ["gaussian", "digits"])
def test_both_sides_agree_within_the_rounding_bound(data):
    output = {name: np.asarray(value) for name, value in run(data).items()}
    assert all(value.shape == (4,) for value in output.values())
    assert np.all(output["predictions"] <= output["tolerance"])
    assert np.all(output["norm"] <= output["tolerance"])
    assert np.all(output["tolerance"] < 1e-9)


@pytest.mark.parametrize("change", [{"cross": 1.0}, {"power": 0.0}])
@pytest.mark.parametrize("data", ["gaussian", "digits"])
def test_false_variants_are_seen_in_every_case(data, change):
    output = run(data, **change)
    assert float(output["predictions"].min()) > 0.01
    assert float(output["norm"].min()) > 1e-5
