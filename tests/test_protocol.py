"""The contracts, frozen: public names, signatures, the shape of results, what every shipped claim promises."""

import dataclasses
import inspect
import json
import re

import pytest

import limes
from limes import cli, stats
from limes.claims import kinds
from limes.claims.grids import cells
from limes.claims.index import CHAPTERS, statements
from limes.claims.kinds import Prediction
from limes.claims.registry import load

NAMES = [
    "Experiment",
    "Claim",
    "Control",
    "Assume",
    "Identity",
    "Law",
    "Bound",
    "ExpectationBound",
    "Existence",
    "Rate",
    "Limit",
    "Contraction",
    "Divergence",
    "Trend",
    "Study",
    "verify",
    "data",
    "models",
    "losses",
    "EmpiricalRisk",
    "solve",
    "functional",
    "check_apply",
    "stats",
]

VERDICTS = {"supported", "refuted", "inconclusive", "assumption not met", "error"}
STATES = ["finite", "overflow", "nan", "zero", "timeout", "killed", "missing"]
CLAIM = {"id", "verdict", "reason", "notes", "predictions", "units", "seeds", "cells", "skipped", "controls", "seconds"}
PREDICTION = {"name", "kind", "quantity", "where", "scale", "predicted", "estimate", "interval", "verdict"}
CONTROL = {"name", "role", "expect", "verdict", "met", "predictions", "seeds", "cells"}


def fields(cls):
    return [field.name for field in dataclasses.fields(cls)]


def test_public_names_exist():
    assert [name for name in NAMES if getattr(limes, name, None) is None] == []
    assert set(NAMES) <= set(dir(limes))
    with pytest.raises(AttributeError):
        getattr(limes, "nothing")  # noqa: B009


def test_contracts_of_claims():
    assert fields(limes.Experiment) == [
        *(
            "measure",
            "traced",
            "pad",
            "shared",
            "skip",
            "given",
            "prepare",
            "outputs",
            "coords",
            "random",
            "host",
            "version",
        )
    ]
    assert fields(limes.Claim) == [
        *(
            "id",
            "statement",
            "reading",
            "source",
            "assumes",
            "predicts",
            "grid",
            "quick",
            "measure",
            "controls",
            "illustrate",
            "picture",
        )
    ]
    assert fields(limes.Control) == ["name", "why", "change", "measure", "predicts", "grid", "on", "expect"]
    assert fields(limes.Assume) == ["text", "holds"]


def test_contract_of_verify_and_study():
    verify = inspect.signature(limes.verify).parameters
    assert list(verify)[:6] == ["ids", "quick", "out", "seeds", "engine", "resume"]
    assert verify["ids"].default is None
    assert [p.kind for p in verify.values()][1:] == [inspect.Parameter.KEYWORD_ONLY] * (len(verify) - 1)
    assert fields(limes.Study)[:3] == ["measure", "grid", "seeds"]


KINDS = {
    "Identity": ["tolerance"],
    "Law": ["equals", "band", "statistic"],
    "Bound": ["below", "above"],
    "ExpectationBound": ["below", "over"],
    "Existence": ["below"],
    "Rate": ["over", "exponent", "band", "corrections", "log_power", "statistic"],
    "Limit": ["over", "exponent"],
    "Contraction": ["over", "factor"],
    "Divergence": ["over", "margin"],
    "Trend": ["over", "increasing"],
}


@pytest.mark.parametrize("name", KINDS)
def test_contract_of_kinds(name):
    kind = getattr(kinds, name)
    assert issubclass(kind, Prediction)
    assert fields(kind)[0] == "q"
    assert {*KINDS[name], "resolution", "largest"} <= set(fields(kind))
    assert kind.__doc__


def test_every_kind_is_listed():
    found = {
        name
        for name in kinds.__all__
        if isinstance(getattr(kinds, name), type) and issubclass(getattr(kinds, name), Prediction)
    }
    assert found - {"Prediction"} == set(KINDS)


def test_looks_and_level():
    assert stats.LOOKS == (8, 16, 32, 64)
    assert stats.ALPHA == 0.05
    assert cli.__doc__


@pytest.mark.parametrize("name", statements())
class TestEveryClaim:
    def test_signature_and_cells(self, name):
        claim = load(name)
        for quick in (False, True):
            kept, _ = cells(claim.experiment, claim.axes(quick))
            assert kept
        assert claim.id.split(".")[0] in CHAPTERS

    def test_quick_verdict(self, name, quick_results):
        result = quick_results[name]
        assert result["verdict"] == "supported", result["reason"]
        assert result["units"]["finite"] == sum(result["units"].values()) > 0

    def test_controls_come_out_as_expected(self, name, quick_results):
        controls = quick_results[name]["controls"]
        assert [c["name"] for c in controls if not c["met"]] == []
        assumption = [c for c in controls if c["role"] == "assumption"]
        assert assumption
        assert all(entry["estimate"] is not None for control in assumption for entry in control["predictions"])

    def test_statement_is_latex(self, name):
        statement = load(name).statement
        assert statement.count("{") == statement.count("}")
        assert statement.count(r"\left") == statement.count(r"\right")


def test_public_report(quick_run):
    report = json.loads((quick_run / "report.json").read_text())
    assert set(report) == {"schema", "claims", "environment"}
    assert report["schema"] == 1
    for claim in report["claims"]:
        assert set(claim) >= CLAIM
        assert "page" not in claim
        assert claim["verdict"] in VERDICTS
        assert set(claim["units"]) == set(STATES)
        for entry in claim["predictions"]:
            assert set(entry) >= PREDICTION
        for control in claim["controls"]:
            assert set(control) >= CONTROL
            assert control["role"] in ("wiring", "assumption")
    assert "NaN" not in json.dumps(report)
    assert {"limes", "jax", "numpy", "python", "device", "x64"} <= set(report["environment"])


def test_report_is_one_offline_page(quick_run):
    text = (quick_run / "report.html").read_text()
    addresses = set(re.findall(r"https?://[^\s\"'<>)]+", text))
    assert all(address.startswith(("http://www.w3.org/",)) for address in addresses), addresses
    assert "Content-Security-Policy" in text
    assert not list(quick_run.glob("*.js"))
