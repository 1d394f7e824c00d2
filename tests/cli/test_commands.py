"""Commands as a person uses them: speed of start, JSON, exit codes, figures, exports, a new claim."""

import json
import subprocess
import sys
import time
import xml.etree.ElementTree as ET

import pytest
from own_claims import write_claim

from limes.claims.index import statements
from limes.cli.main import COMMANDS, main

LIMES = [sys.executable, "-m", "limes"]


def run(*args, cwd):
    return subprocess.run([*LIMES, *args], cwd=cwd, capture_output=True, text=True, check=False)


def call(args, capsys):
    with pytest.raises(SystemExit) as stop:
        main(args)
    return stop.value.code, capsys.readouterr()


@pytest.mark.parametrize(
    "args",
    [
        ["list"],
        ["show", "risk.overfitting"],
        ["cite", "risk.overfitting"],
        ["--help"],
        ["verify", "--help"],
        ["--version"],
    ],
)
def test_quick_answers_start_without_jax(args, tmp_path):
    program = f"import sys; sys.argv = ['limes', *{args!r}]\nfrom limes.cli.main import main\ntry:\n    main()\nfinally:\n    sys.stderr.write(str('jax' in sys.modules))"
    best = 10.0
    for _ in range(3):
        started = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        best = min(best, time.perf_counter() - started)
        assert done.returncode == 0, done.stderr
        assert done.stderr.endswith("False")
    assert best < 0.5


def test_every_command_has_help(capsys):
    for name in COMMANDS:
        code, said = call([name, "--help"], capsys)
        assert code == 0
        assert len(said.out.splitlines()) > 4


def test_list_names_every_claim(capsys):
    code, said = call(["list"], capsys)
    assert code == 0
    assert all(name in said.out for name in statements())
    code, said = call(["list", "--json"], capsys)
    assert [entry["id"] for entry in json.loads(said.out)["claims"]] == statements()


def test_show_and_cite(capsys):
    code, said = call(["show", "risk.random_features"], capsys)
    assert code == 0
    assert "limes verify risk.random_features" in said.out
    code, said = call(["cite", "risk.random_features"], capsys)
    assert "@software{limes" in said.out
    assert "rahimi:2007" in said.out


def test_verify_prints_pure_json_and_progress_on_stderr(tmp_path):
    write_claim(tmp_path)
    done = run("verify", "my_claim.py", "--json", "--seeds", "8", cwd=tmp_path)
    report = json.loads(done.stdout)
    assert report["schema"] == 1
    assert [claim["id"] for claim in report["claims"]] == ["mine.test"]
    assert "claim 1 of 1" in done.stderr
    assert done.returncode == {"supported": 0, "refuted": 1}.get(report["claims"][0]["verdict"], 3)
    again = run("verify", "my_claim.py", "--quiet", "--seeds", "8", cwd=tmp_path)
    assert again.stderr == ""
    assert "mine.test" in again.stdout


@pytest.mark.parametrize(
    ("law", "code"), [("p**-0.5", 0), ("1.0", 1), ("p**-0.5 * jnp.where(p > 100, jnp.nan, 1.0)", 3)]
)
def test_exit_codes(law, code, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_claim(tmp_path, law=law)
    assert call(["verify", "my_claim.py", "--quiet"], capsys)[0] == code


def test_fail_fast_stops_and_keep_going_goes_on(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_claim(tmp_path, "a.py", measure="def measure(key, *, width, shared=0.0):\n    raise ValueError('no')\n")
    path = write_claim(tmp_path, "b.py")
    path.write_text(path.read_text().replace("mine.test", "mine.second"))
    code, said = call(["verify", "a.py", "b.py", "--quiet", "--json"], capsys)
    assert code == 4
    assert [c["verdict"] for c in json.loads(said.out)["claims"]] == ["error", "supported"]
    code, said = call(["verify", "a.py", "b.py", "--quiet", "--json", "--fail-fast"], capsys)
    assert code == 4
    assert [c["verdict"] for c in json.loads(said.out)["claims"]] == ["error"]


def test_fresh_sets_the_old_ledger_aside(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_claim(tmp_path)
    call(["verify", "my_claim.py", "--quiet"], capsys)
    call(["verify", "my_claim.py", "--quiet", "--fresh"], capsys)
    assert {path.name for path in (tmp_path / "limes-out").glob("*.sqlite")} == {"ledger.sqlite", "ledger-1.sqlite"}


def test_plan_predicts_and_refuses_hopeless_designs(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_claim(tmp_path)
    code, said = call(["plan", "my_claim.py", "--json", "--quiet"], capsys)
    (row,) = json.loads(said.out)["claims"]
    assert code == 0
    assert row["programs"] == 1
    assert row["chance"] > 0.99
    assert row["memory bytes"] > 0
    write_claim(tmp_path, law="p**-0.5 * noise(jax.random.fold_in(key, 1), 6.0)")
    code, said = call(["plan", "my_claim.py", "--quiet"], capsys)
    assert code == 3
    assert "hopeless" in said.out


def test_new_claim_runs_as_it_is(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert call(["new-claim", "first"], capsys)[0] == 0
    code, said = call(["verify", "first.py", "--quick", "--quiet"], capsys)
    assert code == 0, said.out
    assert "mine.first" in said.out


def test_figures_and_export(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_claim(tmp_path)
    call(["verify", "my_claim.py", "--quiet"], capsys)
    code, said = call(["figure", "mine.test", "--width", "3.25in"], capsys)
    (name,) = said.out.split()
    assert code == 0
    assert ET.parse(name).getroot().tag.endswith("svg")
    code, said = call(["figure", "mine.test", "--format", "pdf"], capsys)
    assert (tmp_path / said.out.strip()).read_bytes().startswith(b"%PDF")
    assert call(["export", "copy.sqlite"], capsys)[0] == 0
    assert (tmp_path / "copy.sqlite").stat().st_size > 10_000
    for suffix in ("zarr", "nc", "csv"):
        assert call(["export", f"units.{suffix}", "--claim", "my_claim.py"], capsys)[0] == 0
        assert (tmp_path / f"units.{suffix}").exists()
    code, said = call(["export", "units.txt", "--claim", "my_claim.py"], capsys)
    assert code == 2
    assert "units.txt" in said.err
    text = (tmp_path / "my_claim.py").read_text()
    (tmp_path / "my_claim.py").write_text(text.replace("scale=0.05", "scale=0.06"))
    code, said = call(["export", "late.csv", "--claim", "my_claim.py"], capsys)
    assert code == 2
    assert "as it stands now" in said.err


def test_doctor(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, said = call(["doctor", "--json"], capsys)
    facts = json.loads(said.out)
    assert code == 0
    assert facts["jax"]
    assert facts["devices"]
    assert "can hold a ledger" in facts["results"]
    assert not list(tmp_path.iterdir())


def test_current_folder_is_never_imported(tmp_path):
    (tmp_path / "html.py").write_text("raise SystemExit('imported from the current folder')\n")
    (tmp_path / "click.py").write_text("raise SystemExit('imported from the current folder')\n")
    import pathlib

    script = pathlib.Path(sys.executable).parent / "limes"
    done = subprocess.run([script, "list"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
