"""The documentation: its examples run, its links lead somewhere, every claim and statement has its place."""

import importlib.util
import json
import pathlib
import re
import subprocess
import sys
import tomllib

import pytest
import yaml

from limes.claims.index import CHAPTERS, read

ROOT = pathlib.Path(__file__).parent.parent
DOCS = ROOT / "docs"
WRITTEN = sorted(DOCS.glob("*.md"))
FENCE = re.compile(r"(<!-- not run[^\n]*-->\n)?^```(\w+)(?: title=\"([^\"]+)\")?\n(.*?)^```$", re.M | re.S)
NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?")
CODE = re.compile(r"^ *```.*?^ *```$", re.M | re.S)
LINK = re.compile(r"\[[^\]\n]*\]\(([^)\s]+)\)")
MENTION = re.compile(rf"(?<![\w./-])(?:{'|'.join(CHAPTERS)})\.[a-z_]+(?![\w/.])(?!\()")

# Runs the examples of all pages in one process: [[page, [[language, title, text], ...]], ...] on stdin.
RUNNER = """
import contextlib, io, json, pathlib, shlex, sys
import limes
from limes.cli.main import main

def command(line):
    out, err, code = io.StringIO(), io.StringIO(), 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main(shlex.split(line)[1:])
        except SystemExit as end:
            code = end.code
    return {"line": line, "code": code or 0, "out": out.getvalue(), "err": err.getvalue()}

done = {}
for page, blocks in json.load(sys.stdin):
    names, done[page] = {"__name__": "__main__"}, []
    for number, (language, title, text) in enumerate(blocks):
        if title:
            pathlib.Path(title).write_text(text)
        elif language == "python":
            with contextlib.redirect_stdout(io.StringIO()):
                source = pathlib.Path(f"{page}_{number}.py")
                source.write_text(text)
                exec(compile(text, str(source.absolute()), "exec"), names)
        else:
            lines = [line[2:] for line in text.splitlines() if line.startswith("$ ")]
            if any(line.startswith("limes new-claim") for line in lines):
                pathlib.Path("my_claim.py").unlink(missing_ok=True)
            done[page].append([text, [command(line) for line in lines]])
json.dump(done, sys.__stdout__)
"""


def blocks(path):
    found = FENCE.findall(path.read_text())
    return [(language, title, text) for skip, language, title, text in found if not skip]


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """The folder that the generator writes."""
    spec = importlib.util.spec_from_file_location("generate", DOCS / "generate.py")
    assert spec
    assert spec.loader
    generate = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generate)
    folder = tmp_path_factory.mktemp("docs") / "pages"
    generate.main(folder)
    return folder


def anchors(path):
    """The anchors of a page: headings, by their text or by the id given to them."""
    found = set()
    for line in FENCE.sub("", path.read_text()).splitlines():
        if match := re.match(r"#+ (.*?)(?: \{ #(\S+) \})?$", line):
            slug = re.sub(r"[^\w\s-]", "", match[1].lower()).strip()
            found.add(match[2] or re.sub(r"[-\s]+", "-", slug))
    return found


def test_examples_run_and_print_what_the_pages_show(tmp_path):
    runnable = [[path.stem, [block for block in blocks(path) if block[0] in ("python", "console")]] for path in WRITTEN]
    done = subprocess.run(
        [sys.executable, "-c", RUNNER], input=json.dumps(runnable), capture_output=True, text=True, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    for page, results in json.loads(done.stdout).items():
        for text, commands in results:
            assert commands, f"{page}: a console example without a line that begins with '$ '"
            for command in commands:
                assert command["code"] in (0, 1, 3), f"{page}: {command}"
            _same(page, text, "".join(command["out"] for command in commands))
    report = json.loads((tmp_path / "limes-out" / "report.json").read_text())
    _documents(DOCS / "report.md", report)


def _same(page, text, printed):
    """Every line that a page shows is printed, in this order, numbers and spaces apart."""

    def masked(text):
        return [" ".join(NUMBER.sub("#", line).split()) for line in text.splitlines() if line.strip()]

    rest = iter(masked(printed))
    for line in masked("\n".join(line for line in text.splitlines() if not line.startswith("$ "))):
        assert line in rest, f"{page} shows {line!r}, but this was printed:\n{printed}"


def _documents(path, report):
    """Every field of a report is named on its page."""
    text, (claim, *_) = path.read_text(), report["claims"]
    fields = {*report, *claim, *claim["predictions"][0], *claim["controls"][0], *claim["units"]}
    lost = sorted(field for field in fields if not re.search(rf"[`\"]{field}[`\"]", text))
    assert not lost, f"{path.name} does not name the fields {lost}"


def test_console_examples_are_commands_of_limes():
    for path in WRITTEN:
        for language, _, text in blocks(path):
            if language == "console":
                lines = [line for line in text.splitlines() if line.startswith("$ ")]
                assert all(line.startswith("$ limes ") for line in lines), f"{path.name}: mark it <!-- not run: why -->"


def test_links_lead_somewhere(pages):
    for path in sorted(pages.rglob("*.md")):
        for link in LINK.findall(CODE.sub("", path.read_text())):
            name, _, anchor = link.partition("#")
            target = (path.parent / name).resolve() if name else path
            where = f"{path.relative_to(pages)}: {link}"
            assert target.is_file(), where
            assert not anchor or anchor in anchors(target), where


def test_navigation_names_every_page_once(pages):
    config = yaml.safe_load((ROOT / "mkdocs.yml").read_text())

    def files(entry):
        if isinstance(entry, str):
            return [entry]
        return [file for part in (entry.values() if isinstance(entry, dict) else entry) for file in files(part)]

    named = files(config["nav"])
    assert sorted(named) == sorted(path.relative_to(pages).as_posix() for path in pages.rglob("*.md"))
    for name in (*config["extra_css"], *config["extra_javascript"]):
        assert (pages / name).is_file()


def test_every_claim_has_its_page(pages):
    for name in read():
        page = pages / "claims" / f"{name.split('.')[0]}.md"
        assert name in anchors(page)
        assert f"claims/{name.split('.')[0]}.md#{name}" in (pages / "lecture.md").read_text()


def test_lecture_map_tells_what_exists(pages):
    lecture = tomllib.loads((DOCS / "lecture.toml").read_text())
    course = [statement["id"] for statement in lecture["statement"]]
    rows = dict(re.findall(r"\[?`([a-z_.]+)`[^|]*\| (yes|<span class='planned'>planned</span>) \|", _text(pages)))
    assert len(course) == len(set(course))
    assert set(lecture["chapters"]) == set(CHAPTERS)
    assert set(rows) == {*course, *read()}
    assert {name for name, runs in rows.items() if runs == "yes"} == set(read())


def _text(pages):
    return (pages / "lecture.md").read_text()


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.stem)
def test_claims_that_pages_mention_exist_or_are_planned(path):
    course = {statement["id"] for statement in tomllib.loads((DOCS / "lecture.toml").read_text())["statement"]}
    for line in path.read_text().splitlines():
        for name in MENTION.findall(line):
            assert name in read() or (name in course and "planned" in line), f"{path.name}: {name}"


def test_nothing_is_loaded_from_elsewhere(pages):
    for path in sorted(pages.rglob("*")):
        if path.suffix in (".md", ".js", ".css") and path.name != "katex.min.js":
            hosts = set(re.findall(r"(?:https?:)?//[\w.-]+\.\w+", path.read_text()))
            assert not hosts, f"{path.relative_to(pages)}: {hosts}"
    config = (ROOT / "mkdocs.yml").read_text()
    assert "font: false" in config
    assert "://" not in config


def test_katex_is_that_of_the_report(pages):
    ours, theirs = pages / "assets" / "katex", ROOT / "src" / "limes" / "report" / "assets"
    style = (ours / "katex.min.css").read_text()
    fonts = re.findall(r"url\(([^)]*)\)", style)
    assert (ours / "katex.min.js").read_bytes() == (theirs / "katex.min.js").read_bytes()
    assert fonts
    assert all((ours / font).is_file() for font in fonts)
