"""The laws against enumeration: every sequence of samples of a tiny problem, with its own weight."""

import itertools

import numpy as np
import pytest
from scipy import integrate

from limes._errors import InputError
from limes.laws.stochastic_gradient import (
    decreasing_constant,
    least_squares,
    mean_square,
    moments,
    spectral_radius,
    stationary,
)

DRAW = np.random.default_rng(5)
X, Y = DRAW.standard_normal((3, 2)), DRAW.standard_normal(3)
KNOWN, THETA = least_squares(X, Y)
START = np.array([0.7, -0.4])


def enumerated(step_sizes):
    """Mean of |e_l|^2 over all sequences of samples, by running the iteration itself."""
    total, count = 0.0, 0
    for sequence in itertools.product(range(3), repeat=len(step_sizes)):
        theta = THETA + START
        for tau, i in zip(step_sizes, sequence, strict=True):
            theta = theta - tau * 2 * (X[i] @ theta - Y[i]) * X[i]
        total, count = total + np.sum((theta - THETA) ** 2), count + 1
    return total / count


@pytest.mark.parametrize("steps", [1, 2, 5, 7])
def test_mean_square_is_the_mean_over_all_sequences(steps):
    tau = 0.3 / np.arange(1, steps + 1)
    assert mean_square(KNOWN, START, tau, [steps])[0] == pytest.approx(enumerated(tau), rel=1e-12)


@pytest.mark.parametrize(
    "wrong",
    [(0.5 * X, Y), (X * np.sqrt(0.5), Y * np.sqrt(0.5)), (X, 2 * Y), (X[:, ::-1], Y)],
    ids=["design", "half the loss", "noise", "transposed start"],
)
def test_false_problems_are_seen(wrong):
    tau = 0.3 / np.arange(1, 6)
    assert mean_square(least_squares(*wrong)[0], START, tau, [5])[0] != pytest.approx(enumerated(tau), rel=0.01)


def test_the_cross_term_matters_and_vanishes_with_the_mean_error():
    tau = np.full(4, 0.2)
    mute = type(KNOWN)(KNOWN.mean, KNOWN.noise, KNOWN.quadratic, 0 * KNOWN.cross, KNOWN.smoothness)
    assert mean_square(mute, START, tau, [4])[0] != pytest.approx(enumerated(tau), rel=0.01)
    assert mean_square(mute, 0 * START, tau, [4]) == pytest.approx(mean_square(KNOWN, 0 * START, tau, [4]), rel=1e-12)


def test_stationary_covariance_is_the_end_of_the_recursion():
    tau = 0.5 / KNOWN.smoothness
    end = mean_square(KNOWN, START, np.full(3000, tau), [3000])[0]
    assert end == pytest.approx(np.trace(stationary(KNOWN, tau)), rel=1e-9)
    small = 1e-5
    assert np.trace(stationary(KNOWN, small)) == pytest.approx(
        small / 2 * np.trace(np.linalg.solve(KNOWN.mean, KNOWN.noise)), rel=1e-3
    )


def test_decreasing_constant_is_approached():
    tau = 2.0 / np.linalg.eigvalsh(KNOWN.mean)[0]
    offset, l = tau * KNOWN.smoothness, np.arange(1, 30001)
    scaled = mean_square(KNOWN, START, tau / (l + offset), [3000, 30000]) * (np.array([3000, 30000]) + offset)
    gaps = np.abs(scaled / decreasing_constant(KNOWN, tau) - 1)
    assert gaps[1] < min(0.01, 0.5 * gaps[0])


def test_decreasing_constant_of_one_dimension():
    """The variance of one mode is tau^2 S times the integral of t^(2 tau lambda - 2) over (0, 1)."""
    one = moments(np.array([[[1.0]], [[2.0]]]), np.array([[1.0], [-1.0]]))
    for tau in (0.5, 2 / 3, 2.0):
        integral, _ = integrate.quad(lambda t, a: t**a, 0, 1, args=(2 * tau * 1.5 - 2,))
        assert decreasing_constant(one, tau) == pytest.approx(tau**2 * integral, rel=1e-6)


def test_guard_keeps_the_mean_stable_and_two_over_the_largest_eigenvalue_does_not():
    H = KNOWN.mean
    tau = 1.0 / KNOWN.smoothness
    second = np.mean(
        [(np.eye(2) - tau * 2 * np.outer(x, x)) @ (np.eye(2) - tau * 2 * np.outer(x, x)) for x in X], axis=0
    )
    assert np.linalg.eigvalsh(np.eye(2) - tau * H - second)[0] > -1e-12
    assert spectral_radius(KNOWN, tau) < 1
    assert spectral_radius(KNOWN, 1.9 / np.linalg.eigvalsh(H)[-1]) > 1
    with pytest.raises(InputError, match="unstable"):
        stationary(KNOWN, 1.9 / np.linalg.eigvalsh(H)[-1])


def test_domain():
    with pytest.raises(InputError, match="must add up to 0"):
        moments(np.ones((2, 1, 1)), np.ones((2, 1)))
    with pytest.raises(InputError, match="must exceed 1/2"):
        decreasing_constant(KNOWN, 0.1 / np.linalg.eigvalsh(KNOWN.mean)[0])
