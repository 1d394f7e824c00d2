import numpy as np
import pytest

from limes.stats.cases import Bounds, Cases, Descents, Ratios, Trends, positive_draws


@pytest.mark.parametrize("kind", ["normal:0.3", "lognormal:0.5", "gamma:0.5", "t3:0.3"])
def test_draws_have_mean_one(kind):
    assert positive_draws(np.random.default_rng(0), kind, (200_000,)).mean() == pytest.approx(1, abs=0.01)


def test_shapes_and_centers():
    rng = np.random.default_rng(0)
    ratios = np.stack(list(Ratios("lognormal:0.5", 1.2, "median")(rng, 400)))
    assert np.median(ratios) == pytest.approx(1.2, rel=0.02)
    (bounds,) = Bounds("gamma:0.3", 0.5, 0.8, seeds=4000)(rng, 1)
    assert np.corrcoef(bounds.T)[0, 1] == pytest.approx(0.8, abs=0.1)
    (gaps,) = Descents(0.9, 0.3, noise=0.0)(rng, 1)
    assert gaps[:, -1] == pytest.approx(1e-6, rel=2.0)
    (falling,) = Trends(-5.0, missing=3)(rng, 1)
    assert np.nanmean(falling[:, 0]) > np.nanmean(falling[:, -1])
    (cases,) = Cases(0.0, 8, 2)(rng, 1)
    assert np.isinf(cases).sum() == 2
    (paired,) = Trends(0.0, paired=True)(rng, 1)
    assert paired.shape == (64, 7)
