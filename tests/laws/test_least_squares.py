import mpmath
import numpy as np
import pytest
from scipy import stats

from limes._errors import InputError
from limes.laws.least_squares import excess_risk, has_variance, optimal_ridge, training_risk

N, S, R = 20, 0.7, 1.3


def draws(p, count=4000):
    """Excess and training risks of least squares, by NumPy alone."""
    draw = np.random.default_rng(p)
    X = draw.standard_normal((count, N, p))
    theta = draw.standard_normal((count, p, 1))
    theta *= R / np.linalg.norm(theta, axis=1, keepdims=True)
    y = X @ theta + S * draw.standard_normal((count, N, 1))
    fitted = np.linalg.pinv(X) @ y
    return ((fitted - theta) ** 2).sum((1, 2)), ((X @ fitted - y) ** 2).mean((1, 2))


def agrees(sample, value):
    """Whether the value lies in the 1 - 1e-6 interval of the mean, and the interval is short."""
    low, high = stats.norm.interval(1 - 1e-6, sample.mean(), sample.std(ddof=1) / np.sqrt(len(sample)))
    return high - low < 0.25 * value and low <= value <= high


@pytest.mark.parametrize("p", [1, 5, 10, 14, 27, 40, 100])
def test_excess_risk_in_both_regimes(p):
    assert agrees(draws(p)[0], float(excess_risk(N, p, S, R)))


@pytest.mark.parametrize("p", [1, 5, 10, 14])
def test_training_risk_before_interpolation(p):
    assert agrees(draws(p)[1], float(training_risk(N, p, S)))


@pytest.mark.parametrize("p", [20, 27, 100])
def test_training_risk_is_zero_from_n_on(p):
    assert float(training_risk(N, p, S)) == 0.0
    if p > N:
        assert draws(p, 10)[1].max() < 1e-20


@pytest.mark.parametrize("p", [1, 4, 12, 17])
def test_variance_part_is_the_mean_of_inverse_chi_squares(p):
    """Each diagonal entry of the inverse Wishart matrix is one over a chi-square of n - p + 1 degrees."""
    k = N - p + 1
    density = lambda t: (
        t ** (mpmath.mpf(k) / 2 - 1) * mpmath.exp(-t / 2) / (2 ** (mpmath.mpf(k) / 2) * mpmath.gamma(mpmath.mpf(k) / 2))
    )
    mean = mpmath.quad(lambda t: density(t) / t, [0, 1, k, 4 * k, mpmath.inf])
    assert float(excess_risk(N, p, S, R)) == pytest.approx(S**2 * p * float(mean), rel=1e-10)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda p: 2 * excess_risk(N, p, S, R),
        lambda p: excess_risk(N, p, S, R) / 2,
        lambda p: S**2 * p / (N - p) if p < N else S**2 * N / (p - N) + R**2 * (1 - N / p),
        lambda p: excess_risk(N, p, S, 0.0) + R**2 * max(p / N - 1, N / p),
        lambda p: excess_risk(N, p, S, 0.0) - R**2 * max(1 - N / p, 0) - S**2 * (p < N) / N,
    ],
    ids=["factor 2", "factor 1/2", "lost -1", "wrong bias", "wrong sign"],
)
def test_false_laws_are_seen(wrong):
    assert not all(agrees(draws(p)[0], float(wrong(p))) for p in (14, 27))


def test_band_without_mean_and_band_without_variance():
    assert np.isinf(excess_risk(N, [19, 20, 21], S, R)).all()
    assert np.isfinite(excess_risk(N, [18, 22], S, R)).all()
    assert has_variance(N, [16, 17, 20, 23, 24]).tolist() == [True, False, False, False, True]


def test_optimal_ridge_is_a_minimum():
    draw = np.random.default_rng(1)
    p, best = 15, float(optimal_ridge(15, S, R))
    X = draw.standard_normal((4000, N, p))
    theta = draw.standard_normal((4000, p, 1)) * R / np.sqrt(p)
    y = X @ theta + S * draw.standard_normal((4000, N, 1))
    risks = []
    for shift in best * np.array([0.5, 1.0, 2.0]):
        fitted = np.linalg.solve(X.mT @ X + shift * np.eye(p), X.mT @ y)
        risks.append(((fitted - theta) ** 2).sum((1, 2)))
    assert all(
        (other - risks[1]).mean() > 3 * (other - risks[1]).std() / np.sqrt(4000) for other in (risks[0], risks[2])
    )


def test_domain():
    with pytest.raises(InputError, match="sizes must be at least 1"):
        excess_risk(0, 3, S, R)
    with pytest.raises(InputError, match="must not be negative"):
        training_risk(3, 3, -1.0)
    with pytest.raises(InputError, match="radius must be positive"):
        optimal_ridge(3, S, 0.0)
