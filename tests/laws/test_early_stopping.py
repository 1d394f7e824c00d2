import mpmath
import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.optimize import minimize_scalar

from limes._errors import InputError
from limes.laws import early_stopping as laws

SPECTRUM = np.array([2.0, 0.7, 0.1, 0.003])


def worst(ratio):
    """Maximize over x > 0 on a fine grid, then locally."""
    grid = np.logspace(-6, 4, 4001)
    x = grid[np.argmax(ratio(grid))]
    return -minimize_scalar(lambda x: -ratio(np.array(x)), bounds=(x / 1.1, x * 1.1), method="bounded").fun


def test_flow_solves_the_differential_equation():
    """g' = 2 sigma (1 - g), g(0) = 0: the gradient of the risk without 1/2."""
    solution = solve_ivp(lambda t, g: 2 * SPECTRUM * (1 - g), (0, 3.0), np.zeros(4), rtol=1e-11, atol=1e-13)
    assert np.allclose(solution.y[:, -1], laws.flow(SPECTRUM, 3.0), rtol=1e-8)


def test_descent_is_its_recursion_and_becomes_the_flow():
    g = np.zeros(4)
    for _ in range(7):
        g = g + 2 * 0.1 * SPECTRUM * (1 - g)
    assert np.allclose(laws.descent(SPECTRUM, 0.1, 7), g, rtol=1e-13)
    assert np.allclose(laws.descent(SPECTRUM, 1e-6, 2_000_000), laws.flow(SPECTRUM, 2.0), rtol=1e-5)


def test_ridge_solves_the_normal_equations():
    rng = np.random.default_rng(0)
    X = np.linalg.qr(rng.standard_normal((9, 4)))[0] * np.sqrt(9 * SPECTRUM)
    y = rng.standard_normal(9)
    theta = np.linalg.solve(X.T @ X + 9 * 0.3 * np.eye(4), X.T @ y)
    assert np.allclose(theta, laws.ridge(SPECTRUM, 0.3) * np.linalg.lstsq(X, y, rcond=None)[0], rtol=1e-12)


def test_bayes_risk_is_that_of_the_estimator_as_a_matrix():
    n, noise, radius = 9, 0.6, 1.5
    X = np.linalg.qr(np.random.default_rng(1).standard_normal((n, 4)))[0] * np.sqrt(n * SPECTRUM)
    A = np.linalg.solve(X.T @ X + n * 0.3 * np.eye(4), X.T)
    exact = radius**2 / 4 * np.sum((A @ X - np.eye(4)) ** 2) + noise**2 * np.sum(A**2)
    assert laws.bayes_risk(SPECTRUM, laws.ridge(SPECTRUM, 0.3), n, noise, radius) == pytest.approx(exact, rel=1e-12)


def test_optimal_ridge_is_a_minimum_and_beats_every_factor():
    n, noise, radius = 30, 0.8, 1.3
    strength = laws.optimal_ridge(4, n, noise, radius)
    risk = lambda g: laws.bayes_risk(SPECTRUM, g, n, noise, radius)
    best = risk(laws.ridge(SPECTRUM, strength))
    near = np.random.default_rng(2).uniform(-0.3, 0.3, (500, 4)) + laws.ridge(SPECTRUM, strength)
    assert np.all(risk(near) >= best)
    assert risk(laws.ridge(SPECTRUM, 1.01 * strength)) > best < risk(laws.ridge(SPECTRUM, 0.99 * strength))


def test_the_largest_ratio_of_the_risks_is_that_of_the_variances():
    """With x = 2 t sigma the bias ratio stays below 1, the variance ratio below 1.6862, nearly attained."""
    bias = worst(lambda x: ((1 + x) * np.exp(-x)) ** 2)
    variance = worst(lambda x: (-np.expm1(-x) * (1 + x) / x) ** 2)
    assert bias <= 1
    assert 1.6858 < variance < laws.RATIO
    x = mpmath.findroot(lambda x: mpmath.diff(lambda x: (1 - mpmath.exp(-x)) * (1 + x) / x, x), 1.8)
    assert float(((1 - mpmath.exp(-x)) * (1 + x) / x) ** 2) == pytest.approx(variance, rel=1e-9)


@pytest.mark.parametrize(("factor", "largest"), [(2.0, 4.0), (0.5, 1.47)])
def test_another_match_of_time_and_penalty_has_another_ratio(factor, largest):
    ridge = lambda x: x / (x + factor)
    variance = worst(lambda x: (-np.expm1(-x) / ridge(x)) ** 2)
    bias = worst(lambda x: (np.exp(-x) / (1 - ridge(x))) ** 2)
    assert max(variance, bias) == pytest.approx(largest, rel=2e-3)


def test_best_against_best_is_below_its_constant_for_one_stopping_time():
    found = minimize_scalar(laws.against_best, bounds=(0.3, 3.0), method="bounded")
    assert laws.BEST - 1e-4 < found.fun <= laws.BEST
    assert found.x == pytest.approx(0.457, abs=1e-3)


@pytest.mark.parametrize("spectrum", [SPECTRUM, np.ones(3), 1.0 / np.arange(1, 200) ** 2])
@pytest.mark.parametrize("noise", [0.1, 1.0, 10.0])
def test_one_stopping_time_serves_every_spectrum(spectrum, noise):
    strength = laws.optimal_ridge(len(spectrum), 50, noise, 1.0)
    risk = lambda g: laws.bayes_risk(spectrum, g, 50, noise, 1.0)
    ratio = risk(laws.flow(spectrum, 0.457 / (2 * strength))) / risk(laws.ridge(spectrum, strength))
    assert 1 <= ratio <= laws.BEST


def test_directions_without_data_are_refused():
    with pytest.raises(InputError, match="eigenvalues must be positive"):
        laws.flow([1.0, 0.0], 1.0)
