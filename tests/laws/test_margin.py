import numpy as np
import pytest
from scipy.optimize import minimize

from limes._errors import InputError
from limes.laws.margin import certificate, growth, hard_margin


def separable(seed, n=30, d=4):
    draw = np.random.default_rng(seed)
    u = draw.standard_normal(d)
    Z = draw.standard_normal((n, d))
    return Z * np.sign(Z @ u)[:, None] + 0.2 * u / np.linalg.norm(u)


@pytest.mark.parametrize("seed", range(5))
def test_agrees_with_a_quadratic_program(seed):
    Z = separable(seed)
    start = hard_margin(Z).direction / hard_margin(Z).margin + 0.3
    cone = {"type": "ineq", "fun": lambda w: Z @ w - 1, "jac": lambda _: Z}
    options = {"ftol": 1e-15, "maxiter": 500}
    found = minimize(lambda w: w @ w / 2, start, jac=lambda w: w, constraints=[cone], method="SLSQP", options=options)
    known = hard_margin(Z)
    assert known.margin == pytest.approx(1 / np.linalg.norm(found.x), rel=1e-7)
    assert np.allclose(known.direction, found.x / np.linalg.norm(found.x), atol=1e-6)


@pytest.mark.parametrize("seed", range(5))
def test_primal_and_dual_certify_each_other(seed):
    Z = separable(seed)
    known = hard_margin(Z)
    assert np.min(Z @ known.direction) == pytest.approx(known.margin, rel=1e-10)
    assert np.linalg.norm(Z.T @ known.weights) == pytest.approx(known.margin, rel=1e-10)
    assert known.weights.min() >= 0
    assert known.weights.sum() == pytest.approx(1)
    assert np.all(known.weights[known.direction @ Z.T > known.margin * (1 + 1e-9)] < 1e-12)


def test_certificate_bounds_the_lack_of_margin():
    Z, draw = separable(1), np.random.default_rng(0)
    known = hard_margin(Z)
    for size in (0.01, 0.1, 0.3):
        for w in known.direction + size * draw.standard_normal((20, Z.shape[1])):
            margin = np.min(Z @ w) / np.linalg.norm(w)
            if margin > 0:
                assert certificate(Z, 30 * w) >= known.margin / margin - 1 - 1e-12
    assert certificate(Z, -known.direction) == np.inf


def test_growth_is_one_late_step_of_descent():
    """Descent on the log of the exponential risk, by NumPy alone."""
    Z = separable(2)
    known = hard_margin(Z)
    w, tau, s = 2000 * known.direction, 0.05, []
    for _ in range(20000):
        m = Z @ w
        s.append(m.min() - np.log(np.sum(np.exp(m.min() - m))))
        p = np.exp(m.min() - m)
        w = w + tau * (p / p.sum()) @ Z
    assert (s[-1] - s[-1001]) / 1000 == pytest.approx(float(growth(tau, known.margin)), rel=1e-4)


def test_inseparable_data_are_refused():
    with pytest.raises(InputError, match="no hyperplane"):
        hard_margin(np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0]]))
