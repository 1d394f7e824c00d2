import json
import pathlib

import pytest

from limes._errors import InputError
from limes.stats.tables import fill, main, percent, rate_table, world_table

DOCS = pathlib.Path(__file__).parents[2] / "docs"


def outcome(truth, rule="rate", supported=0.5, refuted=0.001):
    return {
        "rule": rule,
        "design": "2^4..2^12, noise 0.2",
        "world": truth,
        "truth": truth,
        "claims": 10,
        "supported": supported,
        "refuted": refuted,
        "seeds": 8.0,
    }


ROWS = [outcome("true"), outcome("false"), outcome("border"), outcome("true", "law")]


def test_percent_drops_zeros():
    assert [percent(x, 2) for x in (0.0, 0.0003, 0.025, 1.0)] == ["0", "0.03", "2.5", "100"]


def test_tables_hold_the_numbers():
    assert "| 2^4..2^12 | 0.2 | 50 | **0.1** | 0.1 | **50** | 50 / 0.1 | 8 / 8 |" in rate_table(ROWS)
    assert world_table(ROWS, "law").splitlines()[-1] == "| 2^4..2^12, noise 0.2 | true | true | 50 | 0.1 | 8 |"
    with pytest.raises(InputError, match="nothing"):
        world_table(ROWS, "nothing")


def test_filling_twice_changes_nothing(tmp_path):
    page, table = tmp_path / "page.md", tmp_path / "table.json"
    page.write_text("before\n<!-- table: rate -->\nold\n<!-- end -->\n<!-- table: law -->\n<!-- end -->\nafter\n")
    table.write_text(json.dumps({"rows": ROWS}))
    assert main([str(table), str(page)]) == 0
    first = page.read_text()
    assert "old" not in first
    assert fill(first, ROWS) == first
    assert first.startswith("before")
    assert first.endswith("after\n")
    with pytest.raises(InputError):
        main([])


def test_the_page_shows_the_stored_simulation():
    rows = json.loads((DOCS / "verdicts-table.json").read_text())["rows"]
    page = (DOCS / "verdicts.md").read_text()
    assert fill(page, rows) == page


def test_the_stored_simulation_meets_the_gates():
    table = json.loads((DOCS / "verdicts-table.json").read_text())
    assert table["gates_failed"] == 0
    assert table["claims"] >= 20_000
    gated = [row for row in table["rows"] if row["rule"] == "rate"]
    assert len(gated) == 36
    assert max(row["supported"] for row in gated if row["truth"] == "false") <= 0.005
    assert max(row["refuted"] for row in gated if row["truth"] == "true") <= 0.01
    assert max(max(row["supported"], row["refuted"]) for row in gated if row["truth"] == "border") <= 0.05
