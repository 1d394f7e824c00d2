"""Counts to the unit, the exact V in both precisions, and the false variants."""

import jax
import numpy as np
import pytest

from limes.claims.optimization.finite_differences import (
    INPUTS,
    LARGE,
    SMALL,
    STEPS,
    TYPES,
    law,
    mean_square_law,
    measure,
    operations,
)

KEYS = jax.random.split(jax.random.key(5), 4)


def slopes(values, steps):
    return np.diff(np.log(values)) / np.diff(np.log(steps))


@pytest.mark.parametrize("precision", TYPES)
def test_the_curve_is_the_exact_v(precision):
    errors = np.mean([measure(key, precision=precision)["error"] for key in KEYS], axis=0)
    exact = np.array([law(precision, step) for step in STEPS])
    assert np.abs(errors / exact - 1).max() < 0.03
    assert np.argmin(exact) in (3, 4)


def test_the_law_has_its_minimum_near_the_root_of_the_unit():
    for _, root, unit in TYPES.values():
        h = root * np.geomspace(0.01, 100.0, 4001)
        precision = next(name for name, entry in TYPES.items() if entry[2] == unit)
        least = h[np.argmin([mean_square_law(precision, step) for step in h])]
        assert 0.9 < least / unit**0.5 < 1.05  # (6 E x^-6)^(-1/4) = 0.963


def test_a_network_has_slopes_of_one_on_both_sides():
    found = [measure(key, precision="double") for key in KEYS]
    truncation = np.mean([slopes(unit["truncation"], LARGE).mean() for unit in found])
    rounding = np.mean([slopes(unit["rounding"], SMALL).mean() for unit in found])
    assert abs(truncation - 1) < 0.05
    assert abs(rounding + 1) < 0.1
    assert all(1 / 32 < unit["best"] < 32 for unit in found)


def test_operations_are_those_of_the_formula():
    for d in INPUTS:
        K, differences, reverse = operations(d)
        assert differences == K * (d + 1) + 4 * d
        assert operations(d, "central")[1] == 2 * K * d + 5 * d
        assert reverse < 4 * K
    unit = measure(KEYS[0], precision="double")
    assert not unit["excess"].any()
    assert 0.95 < slopes(unit["price"], INPUTS)[-1] < 1.05


def test_a_kink_leaves_an_error_at_every_step():
    unit = measure(KEYS[0], precision="double", kink=1.0)
    assert np.allclose(slopes(unit["truncation"], LARGE), 0, atol=1e-3)
    assert unit["error"].min() > 0.5


def test_central_differences_are_another_scheme():
    unit = measure(KEYS[0], precision="double", scheme="central")
    assert unit["excess"].all()
    exact = np.array([law("double", step) for step in STEPS])
    assert unit["error"][-1] < 1e-3 * exact[-1]


@pytest.mark.parametrize("wrong", ["one rounding", "half the step"])
def test_false_laws_are_seen(wrong):
    errors = np.mean([measure(key, precision="double")["error"] for key in KEYS], axis=0)
    exact = np.array([law("double", step) for step in STEPS])
    factor = {"one rounding": 2**-0.5, "half the step": 0.5}[wrong]
    side = {"one rounding": 0, "half the step": -1}[wrong]
    assert abs(errors[side] / (factor * exact[side]) - 1) > 0.3
