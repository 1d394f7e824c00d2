from functools import partial

import jax
import numpy as np
import pytest

from limes.claims.risk.overfitting import (
    DEGREES,
    NOISE,
    NUM,
    excess_risk,
    fitted_noise,
    has_no_variance,
    illustrate,
    measure,
)
from limes.laws.least_squares import training_risk

SIZES = [6, 45, 75, 120]
KEYS = jax.random.split(jax.random.key(9), 8)


@pytest.fixture(scope="module")
def call():
    def batch(keys, p, strength, decay, dependence):
        return jax.vmap(partial(measure, p=p, strength=strength, decay=decay, dependence=dependence))(keys)

    return jax.jit(batch)


@pytest.fixture(scope="module")
def outputs(call):
    return {p: {name: np.asarray(value) for name, value in call(KEYS, p, 1.0, 0.0, 0.0).items()} for p in SIZES}


def test_one_program_serves_every_size_and_gives_scalars(call, outputs):
    assert call._cache_size() == 1
    for output in outputs.values():
        assert {name: value.shape for name, value in output.items()} == dict.fromkeys(
            ("test", "train", "fitted", "ridge"), (8,)
        )


@pytest.mark.parametrize("p", SIZES)
def test_test_risk_is_that_of_the_law(outputs, p):
    ratio = outputs[p]["test"] / excess_risk(p)
    assert abs(ratio.mean() - 1) < 6 * ratio.std(ddof=1) / np.sqrt(8) < 0.15


def test_training_risk_is_that_of_the_law_and_exactly_zero_after_n(outputs):
    for p in (6, 45):
        ratio = outputs[p]["train"] / float(training_risk(NUM, p, NOISE))
        assert abs(ratio.mean() - 1) < 6 * ratio.std(ddof=1) / np.sqrt(8) < 0.15
    assert np.all(outputs[75]["train"] == 0.0)
    for p in SIZES:
        ratio = outputs[p]["fitted"] / fitted_noise(p)
        assert abs(ratio.mean() - 1) < 6 * ratio.std(ddof=1) / np.sqrt(8) < 0.1


def test_ridge_has_no_peak_and_beats_the_least_norm(outputs):
    ridge = np.stack([outputs[p]["ridge"] for p in SIZES])
    assert np.all(np.diff(ridge, axis=0) > 0)
    assert np.all(ridge < np.stack([outputs[p]["test"] for p in SIZES]))


@pytest.mark.parametrize(("p", "change"), [(120, (1.0, 1.0, 0.0)), (6, (1.0, 0.0, 1.0))], ids=["decay", "dependence"])
def test_the_law_fails_without_its_assumptions(call, p, change):
    ratio = np.asarray(call(KEYS, p, *change)["test"]) / excess_risk(p)
    assert abs(ratio.mean() - 1) - 3 * ratio.std(ddof=1) / np.sqrt(8) > 0.05


def test_without_penalty_the_peak_is_back(call):
    ridge = np.stack([np.asarray(call(KEYS, p, 0.001, 0.0, 0.0)["ridge"]) for p in (70, 80, 90, 105, 120)])
    assert np.all(ridge[0] > ridge[2])
    assert np.all(ridge[2] > ridge[4])


def test_hopeless_cells_are_declared():
    assert [p for p in range(50, 70) if has_no_variance(p)] == [57, 58, 59, 60, 61, 62, 63]


def test_illustrated_fits_are_least_squares_polynomials():
    drawn = illustrate(jax.random.key(0), None)
    for degree, fit in zip(DEGREES, drawn["fits"], strict=True):
        reference = np.polynomial.chebyshev.chebfit(drawn["x"], drawn["y"], degree)
        assert np.allclose(fit, np.polynomial.chebyshev.chebval(drawn["grid"], reference), rtol=1e-8, atol=1e-8)
