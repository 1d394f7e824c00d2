import numpy as np
import pytest
from scalar.contraction import real_taps

from limes.instruments.counts.taps import Dimension, tap_counts


@pytest.mark.parametrize("seed", range(20))
def test_taps_on_entries_are_counted_one_by_one(seed):
    rng = np.random.default_rng(seed)
    entries, window, stride, dilation, base = (int(number) for number in rng.integers(1, 5, 5))
    low, outputs = int(rng.integers(-3, 6)), int(rng.integers(1, 9))
    seen = [len(real_taps(out, entries, window, stride, low, dilation, base)) for out in range(outputs)]
    axis = Dimension(entries, window, outputs, stride, low, dilation, base)
    assert tap_counts([axis]) == (sum(seen), sum(number > 0 for number in seen))
    assert tap_counts([axis, axis]) == (sum(seen) ** 2, sum(number > 0 for number in seen) ** 2)
