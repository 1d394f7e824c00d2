import json
import math

import pytest

from limes._errors import StorageError
from limes.report import public, write

FIELDS = {
    "id",
    "verdict",
    "reason",
    "notes",
    "predictions",
    "units",
    "seeds",
    "cells",
    "skipped",
    "controls",
    "seconds",
}
CONTROL = {"name", "role", "expect", "verdict", "met", "predictions", "seeds", "cells", "why"}


def test_the_folder(results, environment, tmp_path):
    path = write(tmp_path / "out", results, environment)
    names = {str(p.relative_to(tmp_path / "out")) for p in (tmp_path / "out").rglob("*") if p.is_file()}
    assert path == tmp_path / "out" / "report.html"
    assert {"report.html", "report.json", "verdicts.tex", "figures/risk.random_features.2.svg"} <= names
    assert not [name for name in names if ".report" in name]
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert report == public(results, environment)


def test_public_schema(results, environment):
    report = public(results, environment)
    assert set(report) == {"schema", "claims", "environment"}
    assert report["schema"] == 1
    for claim in report["claims"][:-1]:
        assert set(claim) == FIELDS
        assert all(set(control) == CONTROL for control in claim["controls"])
    assert "charts" not in json.dumps(report)


def test_unknown_numbers_are_null(results, environment, tmp_path):
    results[0]["predictions"][0]["estimate"] = math.nan
    results[0]["predictions"][0]["interval"] = [-math.inf, 0.5]
    write(tmp_path, results[:1], environment)
    stored = json.loads((tmp_path / "report.json").read_text(), parse_constant=lambda name: pytest.fail(name))
    assert stored["claims"][0]["predictions"][0]["estimate"] is None
    assert stored["claims"][0]["predictions"][0]["interval"] == [None, 0.5]


def test_old_figures_go_and_others_stay(results, environment, tmp_path):
    (tmp_path / "figures").mkdir()
    (tmp_path / "figures" / "old.claim.1.svg").write_text("old")
    (tmp_path / "figures" / "mine.svg").write_text("mine")
    write(tmp_path, results[:1], environment)
    names = {path.name for path in (tmp_path / "figures").iterdir()}
    assert names == {"risk.random_features.1.svg", "risk.random_features.2.svg", "mine.svg"}


def test_names_cannot_leave_the_folder(results, environment, tmp_path):
    results[0]["id"] = "../../evil/\x00name"
    write(tmp_path / "out", results[:1], environment)
    assert {path.name for path in tmp_path.iterdir()} == {"out"}
    assert {path.name for path in (tmp_path / "out" / "figures").iterdir()} == {"evil_name.1.svg", "evil_name.2.svg"}


def test_a_folder_that_cannot_be_written_is_one_sentence(results, environment, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="Cannot write the report"):
        write(tmp_path / "file", results[:1], environment)
