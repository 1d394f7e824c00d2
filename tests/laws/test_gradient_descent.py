import mpmath
import numpy as np
import pytest

from limes._errors import InputError
from limes.laws.gradient_descent import components, factor, optimal_factor, optimal_step


@pytest.mark.parametrize("kappa", [1.0, 3.0, 100.0])
def test_optimal_step_is_the_least_of_all_factors(kappa):
    mu, L = 0.3, 0.3 * kappa
    best = float(optimal_step(mu, L))
    assert float(factor(best, mu, L)) == pytest.approx(float(optimal_factor(kappa)), abs=1e-14)
    others = np.linspace(0.01, 2.5, 200) * best
    assert np.all(factor(others, mu, L) >= optimal_factor(kappa) - 1e-14)


def test_range_of_convergence_ends_at_two_over_the_largest():
    mu, L = 0.1, 4.0
    assert np.all(factor(np.array([1e-3, 0.3, 0.499]), mu, L) < 1)
    assert float(factor(2 / L, mu, L)) == 1.0
    assert np.all(factor(np.array([0.501, 0.7]), mu, L) > 1)


def test_components_are_powers_of_the_iteration():
    mpmath.mp.dps = 30
    H = mpmath.matrix([[2, mpmath.mpf("0.5")], [mpmath.mpf("0.5"), 1]])
    values, vectors = mpmath.eigsy(H)
    e = mpmath.matrix([1, -2])
    start = [float((vectors.T * e)[i]) for i in range(2)]
    for l in range(6):
        parts = components([l], 0.7, [float(v) for v in values], start)[0]
        assert np.allclose(parts, [float((vectors.T * e)[i]) for i in range(2)], rtol=0, atol=1e-13)
        e = e - mpmath.mpf("0.7") * (H * e)


@pytest.mark.parametrize("wrong", [0.5, 2.0, -1.0], ids=["half the Hessian", "twice the Hessian", "sign"])
def test_false_hessians_are_seen(wrong):
    true = components([5], 0.4, [1.0, 3.0], [1.0, 1.0])
    assert not np.allclose(components([5], 0.4, [wrong, 3.0 * wrong], [1.0, 1.0]), true, rtol=0.01)


def test_domain():
    with pytest.raises(InputError, match="0 < smallest <= largest"):
        factor(0.1, 2.0, 1.0)
    with pytest.raises(InputError, match="at least 1"):
        optimal_factor(0.5)
