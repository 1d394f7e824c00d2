from functools import partial

import jax
import numpy as np
import pytest

from limes.claims.risk.random_features import claim, mean_square, measure

SIZES = [4, 64, 256]
KEYS = jax.random.split(jax.random.key(5), 16)


@pytest.fixture(scope="module")
def call():
    def batch(keys, D, shared, scale):
        return jax.vmap(partial(measure, D=D, shared=shared, scale=scale))(keys)

    return jax.jit(batch)


def exponent(values, sizes):
    return np.polyfit(np.log(sizes), np.log(values).mean(1), 1)[0]


def test_one_program_serves_every_size_and_gives_scalars(call):
    outputs = [call(KEYS, D, 0.0, 1.0) for D in SIZES]
    assert call._cache_size() == 1
    for output in outputs:
        assert {name: (value.shape, value.dtype.name) for name, value in output.items()} == dict.fromkeys(
            ("error", "mean_square", "sup"), ((16,), "float64")
        )


@pytest.mark.parametrize("D", SIZES)
def test_mean_square_is_that_of_the_law(call, D):
    ratio = np.asarray(call(KEYS, D, 0.0, 1.0)["mean_square"]) / mean_square(D)
    assert abs(ratio.mean() - 1) < 5 * ratio.std(ddof=1) / 4 < 0.12


@pytest.mark.parametrize(
    ("change", "low", "high"), [((0.0, 1.0), -0.55, -0.45), ((1.0, 1.0), -0.02, 0.02), ((0.0, 1.5), -0.3, 0.0)]
)
@pytest.mark.parametrize("name", ["error", "sup"])
def test_exponent_holds_and_fails_with_its_assumptions(call, name, change, low, high):
    values = np.stack([np.asarray(call(KEYS, D, *change)[name]) for D in SIZES])
    assert low < exponent(values, SIZES) < high


def test_frequencies_beyond_the_count_do_not_enter(call):
    """65 frequencies fill one block and one column of the next."""
    ratio = np.asarray(call(KEYS, 65, 0.0, 1.0)["mean_square"]) / mean_square(65)
    assert abs(ratio.mean() - 1) < 0.1


def test_controls_change_arguments_of_the_measurement():
    assert {name for control in claim.controls for name in control.change} == {"shared", "scale"}
