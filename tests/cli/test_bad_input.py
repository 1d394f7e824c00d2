"""A hundred bad command lines, claim files and ledgers: one sentence each, with the value and the remedy, never a traceback."""

import re
import shutil
import sqlite3

import pytest
from own_claims import CONTROL, claim_text

from limes.cli.main import main

REMEDY = re.compile(
    r"\b(must|did you mean|give|use|choose|write|add|run|correct|call it|name|drop|leave|remove|start|set|see|shows?|close|delete|move|return|"
    r"no such option|requires|unexpected extra|missing argument|is not one of|is not a valid|try|install|make|copy|restore|commands are|chapters are|take)\b",
    re.I,
)


def complain(args, capsys):
    """Run a command line that must fail; return its code and its only sentence."""
    with pytest.raises(SystemExit) as stop:
        main(args)
    captured = capsys.readouterr()
    said = captured.err.strip()
    assert "Traceback" not in captured.err + captured.out
    assert "a defect of limes" not in captured.err
    assert stop.value.code in (2, 4), (stop.value.code, said)
    lines = [line for line in said.splitlines() if line.startswith("limes:")]
    assert len(lines) == 1, said
    assert len(lines[0]) < 600
    assert REMEDY.search(lines[0]), lines[0]
    return stop.value.code, lines[0]


COMMANDS = {
    "unknown command": (["verfy"], "verify"),
    "unknown command, nothing near": (["zzzz"], "zzzz"),
    "claim instead of a command": (["risk.overfitting"], "limes verify risk.overfitting"),
    "chapter instead of a command": (["risk"], "limes verify risk"),
    "unknown claim": (["verify", "risk.overfiting"], "risk.overfitting"),
    "unknown claim, short": (["verify", "overfitting"], "risk.overfitting"),
    "unknown chapter": (["verify", "riks"], "riks"),
    "empty target": (["verify", ""], "''"),
    "target with spaces": (["verify", "risk overfitting"], "risk overfitting"),
    "upper case": (["verify", "RISK.OVERFITTING"], "RISK.OVERFITTING"),
    "missing file": (["verify", "no_such_file.py"], "no_such_file.py"),
    "missing folder": (["verify", "no/such/file.py"], "no/such/file.py"),
    "folder as file": (["verify", "./"], "./"),
    "missing module": (["verify", "no_such_package.mod:"], "no_such_package"),
    "module without claim": (["verify", "json:"], "json:"),
    "seeds word": (["verify", "--seeds", "many"], "many"),
    "seeds zero": (["verify", "--seeds", "0"], "0"),
    "seeds negative": (["verify", "--seeds", "-8"], "-8"),
    "seeds without look": (["verify", "--seeds", "12"], "12"),
    "seeds float": (["verify", "--seeds", "8.5"], "8.5"),
    "seeds huge": (["verify", "--seeds", "1000000"], "1000000"),
    "seeds missing": (["verify", "--seeds"], "--seeds"),
    "engine": (["verify", "--engine", "spark"], "spark"),
    "engine dask": (["verify", "--engine", "dask"], "dask"),
    "device unknown": (["verify", "--device", "quantum"], "quantum"),
    "device absent": (["verify", "--device", "gpu:7"], "gpu:7"),
    "device number": (["verify", "--device", "cpu:x"], "cpu:x"),
    "device beyond": (["verify", "--device", "cpu:99"], "cpu:99"),
    "timeout zero": (["verify", "--timeout", "0"], "0"),
    "timeout negative": (["verify", "--timeout", "-3"], "-3"),
    "timeout word": (["verify", "--timeout", "soon"], "soon"),
    "option unknown": (["verify", "--quik"], "--quik"),
    "option of another command": (["list", "--quick"], "--quick"),
    "flag with value": (["verify", "--quick=yes"], "--quick"),
    "show unknown": (["show", "risk.nothing"], "risk.nothing"),
    "show near": (["show", "risk.kernel_tricks"], "risk.kernel_trick"),
    "show nothing": (["show"], "CLAIM"),
    "show two": (["show", "risk.overfitting", "more"], "more"),
    "cite unknown": (["cite", "risk.nothing"], "risk.nothing"),
    "cite two": (["cite", "a.b", "c.d"], "c.d"),
    "list unknown chapter": (["list", "nothing"], "nothing"),
    "list claim": (["list", "risk.overfitting"], "risk.overfitting"),
    "plan unknown": (["plan", "risk.nothing"], "risk.nothing"),
    "plan seeds": (["plan", "--seeds", "9"], "9"),
    "resume nothing": (["resume", "--out", "nowhere"], "nowhere"),
    "resume argument": (["resume", "risk"], "risk"),
    "figure nothing": (["figure", "risk.overfitting", "--out", "nowhere"], "nowhere"),
    "figure format": (["figure", "risk.overfitting", "--format", "gif"], "gif"),
    "figure width": (["figure", "risk.overfitting", "--width", "wide"], "wide"),
    "figure width zero": (["figure", "risk.overfitting", "--width", "0in"], "0in"),
    "figure width unit": (["figure", "risk.overfitting", "--width", "3px"], "3px"),
    "figure width infinite": (["figure", "risk.overfitting", "--width", "1000in"], "1000in"),
    "figure without claim": (["figure"], "CLAIM"),
    "export nothing": (["export", "copy.sqlite", "--out", "nowhere"], "nowhere"),
    "export as text": (["export", "copy.txt", "--out", "."], "ledger.sqlite"),
    "new claim name": (["new-claim", "My Claim"], "My Claim"),
    "new claim digit": (["new-claim", "1st"], "1st"),
    "new claim path": (["new-claim", "../x"], "../x"),
    "new claim empty": (["new-claim", ""], "''"),
    "new claim nothing": (["new-claim"], "NAME"),
    "new claim exists": (["new-claim", "taken"], "taken.py"),
    "out is a file": (["verify", "risk.kernel_trick", "--out", "taken.py"], "taken.py"),
    "out below a file": (["verify", "risk.kernel_trick", "--out", "taken.py/deeper"], "taken.py"),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_bad_command_lines(name, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "taken.py").write_text("x = 1\n")
    args, value = COMMANDS[name]
    _, said = complain(args, capsys)
    assert value in said


GOOD = claim_text()
FILES = {
    "empty file": ("", "claim"),
    "no claim": ("x = 1\n", "claim = Claim"),
    "claim is a number": ("claim = 3\n", "claim = Claim"),
    "claims is empty": ("claims = []\n", "claim = Claim"),
    "claims holds others": ("claims = [1, 2]\n", "claim = Claim"),
    "syntax": ("def measure(:\n", "line 1"),
    "raises": ("raise ValueError('nothing works')\n", "nothing works"),
    "import": ("import no_such_module\n", "no_such_module"),
    "name error": ("claim = Clam(1)\n", "Clam"),
    "division": ("x = 1\ny = 1 / 0\n", "line 2"),
    "chapter id": (GOOD.replace("mine.test", "risk.mine"), "risk.mine"),
    "id without dot": (GOOD.replace("mine.test", "mine"), "mine"),
    "id with capitals": (GOOD.replace("mine.test", "Mine.Test"), "Mine.Test"),
    "id with spaces": (GOOD.replace("mine.test", "mine. test"), "mine. test"),
    "id empty": (GOOD.replace("mine.test", ""), "''"),
    "same id twice": (
        GOOD + "\nimport dataclasses\nclaims = [claim, dataclasses.replace(claim, reading='another')]\n",
        "mine.test",
    ),
    "no control": (claim_text(controls=""), "no control"),
    "control changes an axis": (GOOD.replace('change={"shared": 1.0}', 'change={"width": 3}'), "width"),
    "control changes nothing known": (GOOD.replace('change={"shared": 1.0}', 'change={"sharde": 1.0}'), "sharde"),
    "control changes the type": (GOOD.replace('change={"shared": 1.0}', 'change={"shared": "much"}'), "much"),
    "control changes to the default": (GOOD.replace('change={"shared": 1.0}', 'change={"shared": 0.0}'), "0.0"),
    "control on nothing": (GOOD.replace('change={"shared"', 'on="eror", change={"shared"'), "eror"),
    "control expects": (GOOD.replace('change={"shared"', 'expect="wrong", change={"shared"'), "wrong"),
    "control grid": (GOOD.replace('change={"shared": 1.0}', 'grid={"depth": [1]}'), "depth"),
    "existence refuted": (
        claim_text(
            predicts='Existence("error", below=1.0)', controls=CONTROL.replace("change", 'expect="refuted", change')
        ),
        "existence",
    ),
    "unknown axis": (GOOD.replace('grid={"width"', 'grid={"depth": [1], "width"'), "depth"),
    "missing axis": (GOOD.replace('grid={"width": [16, 64, 256, 1024, 4096]}', "grid={}"), "width"),
    "empty axis": (GOOD.replace("[16, 64, 256, 1024, 4096]", "[]"), "[]"),
    "axis is a number": (GOOD.replace("[16, 64, 256, 1024, 4096]", "16"), "16"),
    "axis is a string": (GOOD.replace("[16, 64, 256, 1024, 4096]", "'wide'"), "wide"),
    "axis mixes types": (GOOD.replace("[16, 64, 256, 1024, 4096]", "[16, 'wide']"), "wide"),
    "axis repeats": (GOOD.replace("[16, 64, 256, 1024, 4096]", "[16, 16, 64]"), "16"),
    "axis infinite": (GOOD.replace("[16, 64, 256, 1024, 4096]", "[16.0, float('inf')]"), "inf"),
    "axis none": (GOOD.replace("[16, 64, 256, 1024, 4096]", "[None]"), "None"),
    "quick axis": (GOOD.replace("controls=", 'quick={"depth": [1]}, controls='), "depth"),
    "no prediction": (claim_text(predicts="None"), "None"),
    "empty predictions": (claim_text(predicts="{}"), "{}"),
    "prediction is text": (claim_text(predicts="'falls'"), "falls"),
    "prediction without argument": (claim_text(predicts='Rate("error", over="width")'), "exponent"),
    "prediction over nothing": (claim_text(predicts='Rate("error", over="depth", exponent=-0.5)'), "depth"),
    "prediction of nothing": (claim_text(predicts='Rate("eror", over="width", exponent=-0.5)'), "eror"),
    "bound without bound": (claim_text(predicts='Bound("error")').replace("Existence,", "Bound, Existence,"), "below"),
    "law of zero": (claim_text(predicts='Law("error", equals=0.0)'), "0"),
    "law asks for more": (claim_text(predicts='Law("error", equals=lambda depth: depth)'), "depth"),
    "rate with bad band": (claim_text(predicts='Rate("error", over="width", exponent=-0.5, band=-1.0)'), "band"),
    "rate with bad statistic": (
        claim_text(predicts='Rate("error", over="width", exponent=-0.5, statistic="mode")'),
        "mode",
    ),
    "assumption not measured": (claim_text(assumes='Assume("a", holds="nothing")'), "nothing"),
    "measure is no function": (GOOD.replace("Experiment(measure,", "Experiment(3,"), "3"),
    "measure without key": (
        claim_text(measure="def measure(*, width, shared=0.0):\n    return {'error': 1.0}\n"),
        "key",
    ),
    "measure with kwargs": (claim_text(measure="def measure(key, **axes):\n    return {'error': 1.0}\n"), "axes"),
    "traced unknown": (GOOD.replace('traced=("width",)', 'traced=("depth",)'), "depth"),
    "pad too small": (
        GOOD.replace('traced=("width",)', 'pad={"width": (64,)}').replace(
            "def measure(key, *, width,", "def measure(key, *, width, width_pad,"
        ),
        "256",
    ),
    "coordinates undeclared": (
        GOOD.replace('traced=("width",)', 'traced=("width",), outputs={"error": ("step",)}'),
        "step",
    ),
    "given and prepare": (
        GOOD.replace("def measure(key, *,", "def measure(key, *, given=None,").replace(
            'traced=("width",)', 'traced=("width",), given=dict, prepare=dict'
        ),
        "prepare",
    ),
    "skip leaves nothing": (GOOD.replace('traced=("width",)', 'traced=("width",), skip=lambda width: True'), "skip"),
    "reading empty": (GOOD.replace("The error falls like one over the square root.", " "), "reading"),
}


@pytest.mark.parametrize("name", FILES)
def test_bad_claim_files(name, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text, value = FILES[name]
    (tmp_path / "bad.py").write_text(text)
    _, said = complain(["verify", "bad.py", "--quiet", "--seeds", "8"], capsys)
    assert value in said


@pytest.fixture(scope="module")
def ledger(tmp_path_factory):
    """A small ledger with one judged claim."""
    import limes

    folder = tmp_path_factory.mktemp("ledger")
    (folder / "good.py").write_text(GOOD)
    limes.verify(str(folder / "good.py"), out=folder / "out", progress=False)
    return folder / "out" / "ledger.sqlite"


def _sql(text):
    def damage(path):
        with sqlite3.connect(path) as connection:
            connection.executescript(text)
        connection.close()

    return damage


def _truncate(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _flip(path):
    data = bytearray(path.read_bytes())
    at = data.find(b"NUMPY")
    data[at + 100] ^= 1
    path.write_bytes(bytes(data))


LEDGERS = {
    "empty": lambda path: path.write_bytes(b""),
    "text": lambda path: path.write_text("hello"),
    "other database": lambda path: (path.unlink(), _sql("CREATE TABLE t(x)")(path)),
    "truncated": _truncate,
    "flipped": _flip,
    "row deleted from the plan": _sql("DELETE FROM plan WHERE rowid = 1"),
    "view for a table": _sql("ALTER TABLE env RENAME TO e2; CREATE VIEW env AS SELECT * FROM e2"),
    "trigger": _sql("CREATE TRIGGER t AFTER INSERT ON unit BEGIN DELETE FROM unit; END"),
    "payload changed": _sql("UPDATE unit SET payload = zeroblob(100) WHERE rowid = 1"),
    "payload swapped": _sql("UPDATE unit SET payload = (SELECT payload FROM unit WHERE rowid = 2) WHERE rowid = 1"),
    "parameters changed": _sql("UPDATE unit SET params = '{}' WHERE rowid = 1"),
    "result changed": _sql("UPDATE result SET info = '{}' WHERE claim = 'mine.test'"),
    "meta changed": _sql("UPDATE meta SET value = '7'"),
    "meta deleted": _sql("DELETE FROM meta"),
}


@pytest.mark.parametrize("command", [["verify", "good.py", "--quiet"], ["figure", "mine.test"]])
@pytest.mark.parametrize("name", LEDGERS)
def test_bad_ledgers(name, command, ledger, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "good.py").write_text(GOOD)
    (tmp_path / "out").mkdir()
    path = tmp_path / "out" / "ledger.sqlite"
    shutil.copy(ledger, path)
    LEDGERS[name](path)
    if name == "empty" and command[0] == "verify":
        return  # an empty file is a new ledger
    code, said = complain([*command, "--out", "out"], capsys)
    assert "ledger.sqlite" in said
    assert code == 4 or name == "empty"


def test_second_driver_is_refused(ledger, capsys, tmp_path, monkeypatch):
    from limes.studies.ledger import Ledger

    monkeypatch.chdir(tmp_path)
    (tmp_path / "good.py").write_text(GOOD)
    with Ledger(tmp_path / "out.sqlite"):
        pass
    (tmp_path / "out").mkdir()
    with Ledger(tmp_path / "out" / "ledger.sqlite"):
        code, said = complain(["verify", "good.py", "--out", "out", "--quiet"], capsys)
    assert code == 4
    assert "ledger.sqlite" in said


def test_there_are_a_hundred_of_them():
    assert len(COMMANDS) + len(FILES) + 2 * len(LEDGERS) >= 100
    assert len({value for _, value in {**COMMANDS, **FILES}.values()}) >= 25
