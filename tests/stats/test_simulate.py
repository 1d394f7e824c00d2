import json

import numpy as np
import pytest

from limes.stats.designs import GRIDS, all_designs, over_sizes, rate_designs
from limes.stats.rules import rate
from limes.stats.simulate import Outcome, gates, judge, main, own_rates, run_design
from limes.stats.worlds import PowerLaws


@pytest.mark.parametrize("design", rate_designs(), ids=lambda design: design.name)
def test_rate_meets_its_gates(design):
    outcomes = run_design(design, 1000)
    assert not gates([outcome for outcome in outcomes if outcome.truth != "border"])
    for outcome in outcomes:
        if outcome.truth == "border":
            assert outcome.supported < 0.06
            assert outcome.refuted < 0.06


def test_easy_designs_decide():
    easy = rate_designs()[0]
    true, false, _ = run_design(easy, 100, seed=1)
    assert true.supported > 0.95
    assert false.refuted > 0.8
    assert true.seeds < 16


@pytest.mark.parametrize(
    "rule", ["limit", "divergence", "contraction", "trend", "law", "expectation_bound", "rate, over seeds"]
)
def test_other_rules_keep_their_errors(rule):
    for design in all_designs():
        if design.rule != rule:
            continue
        claims = 30 if rule in ("limit", "contraction", "rate, over seeds") else 60
        for outcome in run_design(design, round(claims / design.share)):
            if outcome.truth == "false":
                assert outcome.supported <= 0.05, outcome
            if outcome.truth == "true":
                assert outcome.refuted <= 0.1, outcome


def test_judging_stops_at_the_first_decision():
    values = np.asarray(GRIDS["2^4..2^12"]) ** -0.5 * np.exp(0.01 * np.random.default_rng(0).normal(size=(64, 9)))
    seen = []

    def decide(rows, level):
        seen.append((len(rows), level))
        return rate(rows, np.asarray(GRIDS["2^4..2^12"]), slope=-0.5, level=level)

    standing, used = judge(decide, values)
    assert standing.verdict == "supported"
    assert used == 8
    assert seen == [(8, 0.0125)]


def test_gates_look_at_rates_only():
    bad = Outcome("rate", "d", "w", "false", 100, 0.01, 0.5, 8.0)
    assert len(gates([bad])) == 1
    assert not gates([Outcome("law", "d", "w", "false", 100, 0.01, 0.5, 8.0)])
    assert not gates([Outcome("rate", "d", "w", "false", 100, 0.004, 0.5, 8.0)])
    assert len(gates([Outcome("rate", "d", "w", "true", 100, 0.5, 0.011, 8.0)])) == 1


def test_own_rates_of_a_claim():
    sizes = GRIDS["4^2..4^8"]
    decide = over_sizes(rate, sizes, slope=-0.5)
    wrong, refuted = own_rates(decide, PowerLaws(sizes, 0.2, (-0.5,)), PowerLaws(sizes, 0.2, (-0.7, -0.3)), claims=60)
    assert wrong == 0
    assert refuted <= 0.05


def test_the_command_writes_its_table(tmp_path, capsys):
    out = tmp_path / "table.json"
    assert main(["--claims", "20", "--rule", "existence", "--out", str(out)]) == 0
    table = json.loads(out.read_text())
    assert table["looks"] == [8, 16, 32, 64]
    assert table["rows"][0]["refuted"] == 0
    captured = capsys.readouterr()
    assert "gates: all met" in captured.out
    assert "existence" in captured.err
