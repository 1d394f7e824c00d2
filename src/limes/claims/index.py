"""The generated index of all claims: lets `list`, `show` and `cite` answer without JAX."""

import dataclasses
import json
import pathlib
import re
from typing import Any

from limes._errors import InputError

CHAPTERS = ("risk", "perceptrons", "optimization", "convolution", "residual", "transformers")
FOLDER = pathlib.Path(__file__).parent
INDEX = FOLDER / "index.json"
_ENTRY = re.compile(r"@(\w+)\s*\{\s*([^,\s]+)\s*,(.*?)\n\}", re.S)
_KEY = re.compile(r"\b[a-z]+:\d{4}[a-z]?\b")
_FIELD = re.compile(r"(\w+)\s*=\s*\{(.*?)\}\s*,?\s*$", re.M)


def statements() -> list[str]:
    """Return the id of every shipped claim, from the file names alone."""
    found = []
    for chapter in CHAPTERS:
        files = sorted((FOLDER / chapter).glob("[!_]*.py"))
        found += [f"{chapter}.{path.stem}" for path in files]
    return found


def read() -> dict[str, dict[str, Any]]:
    """Return the index: id -> statement, reading, source, assumptions, kinds, citation."""
    entries = json.loads(INDEX.read_text(encoding="utf-8"))
    return {entry["id"]: entry for entry in entries}


def build(references: pathlib.Path) -> str:
    """Return the text of `index.json` for the claims that exist; imports every claim."""
    from .registry import load

    library = bibliography(references.read_text(encoding="utf-8"))
    return json.dumps([_entry(load(name), library) for name in statements()], indent=1, ensure_ascii=False) + "\n"


def _entry(claim: Any, library: dict[str, dict[str, str]]) -> dict[str, Any]:
    keys = _KEY.findall(claim.source)
    lost = [key for key in keys if key not in library]
    if not keys or lost:
        raise InputError(f"claim {claim.id}: source {claim.source!r} names no entry of docs/references.bib; add {lost}")
    return {
        "id": claim.id,
        "statement": claim.statement,
        "reading": claim.reading,
        "source": claim.source,
        "assumes": [assumption.text for assumption in claim.assumptions],
        "kinds": {name: entry.kind for name, entry in claim.predictions.items()},
        "predicts": {name: _settings(entry) for name, entry in claim.predictions.items()},
        "grid": _axes(claim.grid),
        "quick": _axes(claim.quick),
        "controls": [control.name for control in claim.controls],
        "citation": " ".join(formatted(library[key]) for key in keys),
        "bibtex": "\n\n".join(library[key]["bibtex"] for key in keys),
    }


def _settings(prediction: Any) -> str:
    """Write a prediction with the settings that its author gave, as in `excess, over=n, exponent=-1`."""
    given = [
        f"{field.name}={_word(value)}"
        for field in dataclasses.fields(prediction)
        if field.name != "q" and (value := getattr(prediction, field.name)) != field.default
    ]
    return ", ".join([prediction.q, *given])


def _word(value: Any) -> str:
    return getattr(value, "__name__", str(value))


def _axes(grid: Any) -> dict[str, list[Any]]:
    return {axis: list(values) for axis, values in grid.items()}


def bibliography(text: str) -> dict[str, dict[str, str]]:
    """Parse the BibTeX subset of `docs/references.bib`: one `field = {value}` per line."""
    library = {}
    for kind, key, body in _ENTRY.findall(text):
        fields = {name.lower(): " ".join(value.split()) for name, value in _FIELD.findall(body)}
        library[key] = fields | {"bibtex": f"@{kind}{{{key},{body}\n}}"}
    return library


def formatted(fields: dict[str, str]) -> str:
    """Write a reference the way a bibliography does: authors (year). Title. Place."""
    place = next(
        (fields[name] for name in ("journal", "booktitle", "publisher", "howpublished", "note") if name in fields), ""
    )
    if "eprint" in fields:
        place = f"{place}, arXiv:{fields['eprint']}" if place else f"arXiv:{fields['eprint']}"
    authors = ", ".join(_name(author) for author in fields.get("author", "").split(" and "))
    parts = [f"{authors} ({fields.get('year', 'n.d.')})", fields.get("title", ""), place]
    return ". ".join(part for part in (re.sub(r"[{}]|\\(?=[&%])", "", p) for p in parts) if part) + "."


def _name(author: str) -> str:
    return " ".join(reversed([part.strip() for part in author.split(",", 1)]))


if __name__ == "__main__":
    INDEX.write_text(build(pathlib.Path("docs/references.bib")), encoding="utf-8")
