import mpmath
import numpy as np
import pytest

from limes._errors import InputError
from limes.laws.random_features import mean_square, pair_mean_square


def normal_mean(f, variance):
    """Mean of f over N(0, variance) by quadrature."""
    spread = mpmath.sqrt(variance)
    return mpmath.quad(lambda t: f(t * spread) * mpmath.npdf(t), mpmath.linspace(-10, 10, 21))


@pytest.mark.parametrize("distance", [0.1, 0.7, 1.5, 3.0])
def test_pair_law_is_the_variance_of_one_cosine(distance):
    mean = normal_mean(mpmath.cos, distance**2)
    variance = normal_mean(lambda g: (mpmath.cos(g) - mean) ** 2, distance**2)
    assert float(mean) == pytest.approx(np.exp(-(distance**2) / 2), rel=1e-12)
    for D in (1, 7, 64):
        assert float(pair_mean_square(D, distance)) == pytest.approx(float(variance) / D, rel=1e-10)


@pytest.mark.parametrize("d", [1, 2, 3, 8])
def test_mean_over_gaussian_pairs(d):
    """The squared distance of a pair is twice a chi-square of d degrees."""
    half = mpmath.mpf(d) / 2
    density = lambda t: t ** (half - 1) * mpmath.exp(-t / 2) / (2**half * mpmath.gamma(half))
    law = lambda t: (1 - mpmath.exp(-2 * t)) ** 2 / 2 * density(t)
    mean = mpmath.quad(law, [0, 0.1, 1, 4, 16, 64, mpmath.inf])
    assert float(mean_square(1, d)) == pytest.approx(float(mean), rel=1e-10)
    assert float(mean_square(16, d)) == pytest.approx(float(mean) / 16, rel=1e-10)


def test_small_distances_keep_their_digits():
    assert float(pair_mean_square(1, 1e-6)) == pytest.approx(1e-24 / 2, rel=1e-11)


@pytest.mark.parametrize("factor", [2.0, 0.5, -1.0], ids=["lost factor 2", "factor 2 too many", "wrong sign"])
def test_false_laws_are_seen(factor):
    draw = np.random.default_rng(0)
    x, z = draw.standard_normal((2, 20000, 3))
    omega = draw.standard_normal((20000, 8, 3))
    K_D = np.cos(np.einsum("nkd,nd->nk", omega, x - z)).mean(1)
    squares = (K_D - np.exp(-((x - z) ** 2).sum(1) / 2)) ** 2
    error = 5 * squares.std() / np.sqrt(len(squares))
    assert abs(squares.mean() - mean_square(8, 3)) < error < abs(squares.mean() - factor * mean_square(8, 3))


def test_domain():
    with pytest.raises(InputError, match="sizes must be at least 1, got 0"):
        pair_mean_square(0, 1.0)
