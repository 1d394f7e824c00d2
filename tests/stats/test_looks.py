import pytest

from limes._errors import InputError
from limes.stats.decision import Decision
from limes.stats.looks import ALPHA, LOOKS, combine, look_level, looks_for


def open_(p_value, estimate=0.0):
    return Decision("inconclusive", estimate, (estimate - 1, estimate + 1), "noise", p_value)


def test_looks_double_and_end_at_the_budget():
    assert looks_for(64) == LOOKS
    assert looks_for(40) == (8, 16, 32, 40)
    assert looks_for(8) == (8,)
    assert looks_for(1) == (1,)
    assert looks_for(64, least=32) == (32, 64)
    assert looks_for(16, least=32) == ()
    assert look_level(4) == ALPHA / 4
    with pytest.raises(InputError, match="positive integer"):
        looks_for(0)
    with pytest.raises(InputError):
        look_level(0)


def test_the_first_supported_look_stays():
    first, second = Decision("supported", 0.1), Decision("supported", 0.2)
    later = Decision("refuted", 0.3, p_value=1e-9)
    standing = combine([open_(0.5), first, second, later], 4)
    assert standing.verdict == "supported"
    assert standing.estimate == first.estimate
    assert standing.p_value == 1.0


def test_refutation_pays_for_all_looks():
    refuted = Decision("refuted", 0.3, (0.2, 0.4), "above", 0.012)
    assert combine([refuted], 4).verdict == "refuted"
    assert combine([refuted], 4).p_value == pytest.approx(0.048)
    assert combine([open_(0.013)], 4).verdict == "inconclusive"
    assert combine([open_(0.5), refuted, open_(0.9)], 4).estimate == refuted.estimate


def test_refuted_alone_but_not_after_correction_says_so():
    refuted = Decision("refuted", 0.3, (0.2, 0.4), "above", 0.012)
    standing = combine([refuted], 4, ALPHA / 60, claims=60)
    assert standing.verdict == "inconclusive"
    assert standing.reason.startswith("refuted before correction for 60 claims")
    assert "other predictions" in combine([refuted], 4, ALPHA / 6).reason
    assert combine([Decision("refuted", p_value=0.0)], 1, ALPHA / 1e6).verdict == "refuted"


def test_else_the_last_look_counts():
    standing = combine([open_(0.5, 1.0), open_(0.3, 2.0)], 4)
    assert standing.estimate == 2.0
    assert standing.reason == "noise"
    assert standing.p_value == 1.0
    assert combine([open_(0.1)], 4).p_value == pytest.approx(0.4)
    assert combine([], 4).verdict == "inconclusive"
    with pytest.raises(InputError, match="5 decisions for 4 looks"):
        combine([open_(1.0)] * 5, 4)
