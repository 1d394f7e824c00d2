from limes.report.finding import finding

WORDS = (
    "Supported. test (exact law): 6 of 6 cells as predicted; measured 0.9941. train (exact law): measured 3.86e-06, "
    "slower than D^-0.5. All 48 units are finite. This is evidence on these sizes, not a proof."
)


def result(words, reason="", verdict="supported"):
    return {
        "verdict": verdict,
        "reason": reason,
        "predictions": [{"name": "test"}, {"name": "train"}],
        "page": {"words": words},
    }


def test_each_prediction_has_its_line():
    html = finding(result(WORDS))
    assert html.count("<li>") == 2
    assert "<li><b>test</b> (exact law): 6 of 6" in html
    assert "3.86\u202f\u00d7\u202f10<sup>\u22126</sup>" in html
    assert "D<sup>\u22120.5</sup>" in html
    assert '<p class="units">All 48 units are finite.' in html


def test_one_prediction_is_one_sentence():
    html = finding(result("Refuted (bound). test (bound): measured 1.31."))
    assert "<li>" not in html
    assert "Refuted</strong> (bound). test (bound): measured 1.31." in html


def test_the_reason_is_said_once():
    assert (
        finding(result("", "noise: 32 seeds would settle it", "inconclusive")).count("Noise: 32 seeds would settle it.")
        == 1
    )
    assert (
        finding(result("Inconclusive: noise is large.", "noise is large", "inconclusive"))
        .lower()
        .count("noise is large")
        == 1
    )
    assert "Not judged</strong>." in finding({"verdict": None})
