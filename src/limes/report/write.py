"""Writing a report folder: page, JSON, figures, LaTeX; each file appears whole or not at all."""

import json
import math
import os
import re
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from limes._errors import StorageError

from .figures import figures
from .latex import verdict_table
from .page import TITLE, page

SCHEMA = 1


def write(
    out: Path, results: Sequence[Mapping[str, Any]], environment: Mapping[str, Any], *, title: str = TITLE
) -> Path:
    """Write `report.html`, `report.json`, `verdicts.tex` and `figures/*.svg` into a folder.

    Every file is written beside its place and renamed, the page last, so that a reader
    never meets half a file. Figures of an earlier report that are no longer part of it are
    removed. Returns the path of the page; raises `StorageError` if the folder cannot be
    written.
    """
    out = Path(out)
    drawn = [figures(result) for result in results]
    try:
        (out / "figures").mkdir(parents=True, exist_ok=True)
        names = _write_figures(out / "figures", drawn)
        _remove_old(out / "figures", names)
        put(out / "verdicts.tex", verdict_table(results))
        put(out / "report.json", dump(public(results, environment)))
        put(out / "report.html", page(results, environment, title=title, drawn=drawn))
    except OSError as error:
        raise StorageError(
            f"Cannot write the report into {str(out)!r}: {error.strerror or error}; choose another folder with --out."
        ) from error
    return out / "report.html"


def _write_figures(folder: Path, drawn: Sequence[Sequence[Any]]) -> set[str]:
    names = set()
    for figure in (figure for found in drawn for figure in found if figure.picture.svg):
        put(folder / f"{figure.name}.svg", figure.picture.svg)
        names.add(f"{figure.name}.svg")
    return names


def _remove_old(folder: Path, names: set[str]) -> None:
    for path in folder.glob("*.svg"):
        if path.name not in names and re.fullmatch(r".+\.\d+\.svg", path.name):
            path.unlink()


def put(path: Path, text: str) -> None:
    """Write a file beside its place and rename it, so that it appears whole or not at all."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:40]}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def public(results: Sequence[Mapping[str, Any]], environment: Mapping[str, Any]) -> dict[str, Any]:
    """The public JSON: every result without its page and charts, unknown numbers null."""
    return {
        "schema": SCHEMA,
        "claims": [_plain(_without(result)) for result in results],
        "environment": _plain(dict(environment)),
    }


def _without(result: Mapping[str, Any]) -> dict[str, Any]:
    claim = {key: value for key, value in result.items() if key not in ("page", "charts")}
    controls = claim.get("controls") or []
    claim["controls"] = [{k: v for k, v in control.items() if k != "charts"} for control in controls]
    return claim


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def dump(value: Any) -> str:
    """JSON that any reader takes: no NaN, ASCII only, one line end."""
    return json.dumps(value, indent=1, allow_nan=False) + "\n"
