"""A few units of every kind of cell against the exact second moments, and the false variants."""

from functools import partial

import jax
import numpy as np
import pytest

from limes.claims.optimization.stochastic import (
    RECORDS,
    STEPS,
    claim,
    curve,
    falling,
    limit,
    load,
    mean_square,
    measure,
    problem,
    step_sizes,
)
from limes.laws import stochastic_gradient as laws

KEYS = jax.random.split(jax.random.key(11), 8)


@pytest.fixture(scope="module")
def call():
    given = load()

    def batch(keys, pace, decay, guard, shuffle):
        return jax.vmap(partial(measure, given=given, pace=pace, decay=decay, guard=guard, shuffle=shuffle))(keys)

    return jax.jit(batch)


def exact(pace, decay):
    return np.array([mean_square(pace, decay, float(step)) for step in RECORDS])


def scores(values, law):
    """Deviation of the mean from a law in standard errors, and the standard error in units of the law."""
    error = values.std(axis=0, ddof=1) / np.sqrt(len(values))
    return np.abs(values.mean(axis=0) - law) / error, error / law


@pytest.mark.parametrize(("pace", "decay"), [(0.75, 1.0), (4.0, 1.0), (1.0, 0.0), (4.0, 0.0)])
def test_moments_are_those_of_the_recursion(call, pace, decay):
    far, width = scores(np.asarray(call(KEYS, pace, decay, 1.0, 0.0)["error"]), exact(pace, decay))
    assert far.max() < 7
    assert width.max() < 0.03


@pytest.mark.parametrize("pace", [0.75, 1.0, 2.0, 4.0])
def test_limits_are_near_the_exact_value_at_the_last_step(pace):
    offset = 1 / step_sizes(pace, 1.0)[0] * pace / 0.25 - 1
    assert mean_square(pace, 1.0, STEPS) * (STEPS + offset) == pytest.approx(limit(pace, 1.0), rel=0.06)
    assert mean_square(pace, 0.0, STEPS) == pytest.approx(limit(pace, 0.0), rel=0.02)


def test_guarded_error_never_exceeds_its_start_and_the_literal_step_explodes():
    for pace in (0.75, 4.0):
        assert curve(pace, 1.0).argmax() == 0
        assert curve(pace, 1.0, 0.0).max() > 1e3 * curve(pace, 1.0)[0]


@pytest.mark.parametrize(
    ("change", "decay"),
    [((0.0, 0.0), 1.0), ((1.0, 1.0), 1.0), ((1.0, 1.0), 0.0)],
    ids=["no l0", "no replacement", "no replacement, constant step"],
)
def test_false_samplings_are_seen(call, change, decay):
    median = np.median(np.asarray(call(KEYS, 1.0, decay, *change)["error"]), axis=0)
    assert np.abs(median / exact(1.0, decay) - 1).max() > 0.3


def test_constant_step_does_not_follow_the_decreasing_law(call):
    last = np.asarray(call(KEYS, 3.0, 0.0, 1.0, 0.0)["error"])[:, -1]
    assert last.min() > 2 * falling(3.0, float(STEPS))


@pytest.mark.parametrize("wrong", ["half the loss", "noise doubled", "no fourth moments"])
def test_false_laws_are_seen(call, wrong):
    """Lost: the cross term and a step count from 0, below 2% in this problem; the test of the law sees the first."""
    X, y, start = problem()
    known, theta = laws.least_squares(X, y)
    mean, noise, quadratic, cross, radius = vars(known).values()
    false = {
        "half the loss": laws.least_squares(np.sqrt(0.5) * X, np.sqrt(0.5) * y)[0],
        "noise doubled": laws.Moments(mean, 2 * noise, quadratic, cross, radius),
        "no fourth moments": laws.Moments(mean, noise, np.kron(mean, mean), cross, radius),
    }[wrong]
    law = laws.mean_square(false, start - theta, step_sizes(1.0, 1.0), RECORDS)
    far, _ = scores(np.asarray(call(KEYS, 1.0, 1.0, 1.0, 0.0)["error"]), law)
    assert far.max() > 10
    assert np.abs(law / exact(1.0, 1.0) - 1).max() > 0.1


def test_one_program_serves_all(call):
    assert call._cache_size() == 1
    assert {name for control in claim.controls for name in control.change} == {"guard", "shuffle"}
