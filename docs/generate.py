"""Write the sources of the documentation site into docs/pages (or the folder given).

Hand-written pages are copied; the pages of the claims, the lecture map, the references and
the list of public names are made from the index of claims, `lecture.toml`, `references.bib`
and the table of public names, so that nothing about a claim is written twice; the counting
rules from their table. Mathematics is set by the KaTeX that the report carries. Nothing is
downloaded.

    python docs/generate.py && zensical build --clean
"""

import pathlib
import re
import shutil
import sys
import tomllib
from typing import Any

import limes
from limes.claims.index import CHAPTERS, bibliography, formatted, read

DOCS = pathlib.Path(__file__).parent
SOURCE = pathlib.Path(limes.__file__).parent
KATEX = SOURCE / "report" / "assets"
HEADS = {"residual": "Residual networks"}
PLANNED = "<span class='planned'>planned</span>"
METHODS = {"EmpiricalRisk": ["__call__", "evaluate"], "Study": ["run", "with_seeds"]}
MARKUP = re.compile(r"([\\`*_{}\[\]<>#|])")
RAISED = re.compile(r"(?<=[A-Za-z0-9)])\^(-?\d+(?:[./]\d+)?)")
KINDS = {
    "Bound": "a bound in every unit",
    "Contraction": "a gap shrinks by a constant factor",
    "Divergence": "growth at least like a power",
    "Existence": "one witness is enough",
    "ExpectationBound": "a bound on the mean",
    "Identity": "an identity in every unit",
    "Law": "an exact value in every cell",
    "Limit": "it vanishes, at a given rate",
    "Rate": "a power of a size",
    "Trend": "a direction",
}

Entries = dict[str, dict[str, Any]]


def main(folder: pathlib.Path = DOCS / "pages") -> None:
    """Write every page and asset; what an earlier run left is removed."""
    shutil.rmtree(folder, ignore_errors=True)
    entries, lecture = read(), tomllib.loads((DOCS / "lecture.toml").read_text(encoding="utf-8"))
    pages = {path.name: path.read_text(encoding="utf-8") for path in sorted(DOCS.glob("*.md"))}
    pages |= {f"claims/{chapter}.md": chapter_page(chapter, entries, lecture) for chapter in CHAPTERS}
    pages |= {"lecture.md": lecture_page(entries, lecture), "references.md": references_page(), "api.md": api_page()}
    pages["operations.md"] = operations_page()
    for name, text in pages.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    copy_assets(folder / "assets")


def copy_assets(folder: pathlib.Path) -> None:
    """Copy styles and scripts, and KaTeX with its fonts and license."""
    shutil.copytree(DOCS / "assets", folder)
    katex = folder / "katex"
    (katex / "fonts").mkdir(parents=True)
    for name in ("katex.min.js", "KATEX-LICENSE"):
        shutil.copy(KATEX / name, katex / name)
    style = re.sub(r",url\([^)]*\) format\(\"(?:woff|truetype)\"\)", "", (KATEX / "katex.min.css").read_text())
    (katex / "katex.min.css").write_text(style, encoding="utf-8")
    for font in re.findall(r"url\(fonts/([\w-]+\.woff2)\)", style):
        shutil.copy(KATEX / "fonts" / font, katex / "fonts" / font)


def statements(chapter: str, entries: Entries, lecture: dict[str, Any]) -> dict[str, str]:
    """Return the statements of a chapter, id to text: those of the course, then claims beyond it."""
    course = {s["id"]: s["says"] for s in lecture["statement"] if s["id"].startswith(f"{chapter}.")}
    beyond = {name: entry["reading"] for name, entry in entries.items() if name.startswith(f"{chapter}.")}
    return course | {name: reading for name, reading in beyond.items() if name not in course}


def lecture_page(entries: Entries, lecture: dict[str, Any]) -> str:
    """Every statement of the course, and whether it can be run today."""
    tables = [_map(chapter, entries, lecture) for chapter in CHAPTERS]
    course = [s["id"] for s in lecture["statement"]]
    done = sum(name in entries for name in course)
    return (
        "# The course, statement by statement\n\n"
        f"The course that limes follows makes {len(course)} statements that can be measured. **{done} of them exist as claims "
        "today**; the others are planned under the ids given here. This page is made from the index of claims, so it tells what exists.\n\n"
        + "\n".join(tables)
    )


def _map(chapter: str, entries: Entries, lecture: dict[str, Any]) -> str:
    rows = [
        f"| {plain(says)} | {f'[`{name}`](claims/{chapter}.md#{name})' if name in entries else f'`{name}`'} | {'yes' if name in entries else PLANNED} |"
        for name, says in statements(chapter, entries, lecture).items()
    ]
    lines = [f"## {title(chapter)}", "", plain(lecture["chapters"][chapter]), ""]
    return "\n".join([*lines, "| The course says | Claim | Runs today |", "|---|---|---|", *rows, ""])


def chapter_page(chapter: str, entries: Entries, lecture: dict[str, Any]) -> str:
    """One chapter: a section for each claim that exists, then what is planned."""
    texts = statements(chapter, entries, lecture)
    exist = [name for name in texts if name in entries]
    planned = [name for name in texts if name not in entries]
    parts = [f"# {title(chapter)}\n\n{plain(lecture['chapters'][chapter])}\n"]
    if exist:
        parts.append(f"Run all claims of this chapter:\n\n```\nlimes verify {chapter}\n```\n")
    parts += [claim_section(entries[name]) for name in exist]
    if planned:
        rows = [f"- `{name}` ({PLANNED}): {plain(texts[name])}" for name in planned]
        head = "Not yet here" if exist else "Nothing here yet"
        parts.append(f"## {head}\n\n" + "\n".join(rows) + "\n")
    return "\n".join(parts)


def claim_section(entry: dict[str, Any]) -> str:
    """One claim: reading, statement, source, assumptions, predictions, controls, command, file, BibTeX."""
    name = entry["id"]
    file = SOURCE / "claims" / f"{name.replace('.', '/')}.py"
    kinds = [
        f"*{plain(label)}*: [{kind}](../claims-howto.md#kinds) ({KINDS[kind]})"
        for label, kind in entry["kinds"].items()
    ]
    return "\n".join(
        [
            f"## `{name}` {{ #{name} }}\n",
            f"{plain(entry['reading'])}\n{{ .reading }}\n",
            f"$$\n{entry['statement']}\n$$\n",
            f"Source: {plain(entry['source'])}. {plain(entry['citation'])}\n{{ .source }}\n",
            _list("It assumes", [plain(text) for text in entry["assumes"]]),
            _list("It predicts", kinds),
            _list("Controls that must fail", [plain(text) for text in entry["controls"]]),
            f"```\nlimes verify {name}\n```\n",
            _folded(f"The claim: `{file.relative_to(SOURCE.parent)}`", "python", file.read_text(encoding="utf-8")),
            _folded("BibTeX", "bibtex", entry["bibtex"]),
        ]
    )


def _list(head: str, items: list[str]) -> str:
    return f"**{head}**\n\n" + "\n".join(f"- {item}" for item in items) + "\n" if items else ""


def _folded(head: str, language: str, text: str) -> str:
    body = "\n".join(f"    {line}".rstrip() for line in text.strip().splitlines())
    return f'??? note "{head}"\n\n    ```{language}\n{body}\n    ```\n'


def references_page() -> str:
    """Every entry of the bibliography, as claims cite it."""
    library = bibliography((DOCS / "references.bib").read_text(encoding="utf-8"))
    rows = [f"`{key}`\n:   {plain(formatted(fields))}\n" for key, fields in sorted(library.items())]
    return (
        "# References\n\nClaims name their source by these keys; `limes cite CLAIM` prints the BibTeX of a claim and of limes.\n\n"
        + "\n".join(rows)
    )


def operations_page() -> str:
    """Every primitive of JAX that has a counting rule, and what it costs."""
    from limes.instruments.counts import rules

    table = rules()
    head = (
        "# Counting rules\n\nWhat `limes.graph` counts for every primitive of JAX: "
        f"{len(table)} rules, {sum(rule.exact == 'always' for rule in table)} of them exact to the unit. Additions, products (and quotients), "
        "functions of one number (*nonlin*: exp, sqrt, tanh, ...) and comparisons (and choices) of floating-point numbers are operations; moves are free; "
        "integers, booleans and random bits are counted apart. A primitive without a rule is refused by name; "
        "`limes.instruments.counts.register_operations(name, rule)` adds one. $n$ is the size of a matrix, a lane or a window, *entry* one number of the result.\n"
    )
    groups: dict[str, list[str]] = {}
    for rule in table:
        exact = {"always": "yes", "never": f"within a factor {rule.accuracy:g}"}.get(rule.exact, f"for {rule.exact}")
        sure = "no" if rule.accuracy == float("inf") else exact
        groups.setdefault(rule.group, []).append(f"| `{rule.name}` | {plain(rule.words)} | {sure} |")
    return head + "".join(
        f"\n## {group.capitalize()}\n\n| Primitive | Operations | Exact |\n|---|---|---|\n" + "\n".join(rows) + "\n"
        for group, rows in groups.items()
    )


def api_page() -> str:
    """Every public name with its docstring, and the names of the public modules."""
    homes = limes._HOMES
    names = [(name, home) for name, home in homes.items() if not home.endswith(":")]
    modules = [
        f"| `limes.{name}` | {_summary(home.rstrip(':'))} |"
        for name, home in sorted(homes.items())
        if home.endswith(":")
    ]
    head = (
        "# Library\n\n`import limes` costs next to nothing: each name is loaded when it is first used. Names that are not listed here may change without notice.\n\n"
        "| Module | What is in it |\n|---|---|\n" + "\n".join(modules) + "\n\n## Names\n\n"
    )
    return head + "\n".join(_name(name, home) for name, home in sorted(names, key=lambda pair: pair[0].lower()))


def _name(name: str, home: str) -> str:
    """Ask mkdocstrings for one name, with the methods that a person calls."""
    return f"::: {home}.{name}\n    options:\n      members: [{', '.join(METHODS.get(name, []))}]\n"


def _summary(module: str) -> str:
    """Return the first sentence of a module's docstring without importing it."""
    import ast

    stem = SOURCE.joinpath(*module.split(".")[1:])
    path = stem / "__init__.py" if stem.is_dir() else stem.with_suffix(".py")
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return text.split("\n\n")[0].replace("\n", " ")


def title(chapter: str) -> str:
    """Return the chapter's heading."""
    return HEADS.get(chapter, chapter.capitalize())


def plain(text: str) -> str:
    """Escape what Markdown would take for markup; formulas between dollars stay."""
    pieces = re.split(r"(\$[^$]+\$)", text)
    return "".join(
        p if p.startswith("$") and len(p) > 1 else RAISED.sub(r"<sup>\1</sup>", MARKUP.sub(r"\\\1", p)) for p in pieces
    )


if __name__ == "__main__":
    main(*map(pathlib.Path, sys.argv[1:2]))
