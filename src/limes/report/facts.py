"""The small print of a claim: assumptions, cells and seeds, runs not finite, settings, data."""

from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Any

from limes.draw.scales import number as finite_number
from limes.draw.spec import where

from .figures import file_name
from .html import Html, h, join, number, prose
from .tables import cell_text

Result = Mapping[str, Any]
ROWS = 500
NOT_FINITE = ("overflow", "nan", "zero", "timeout", "killed", "missing")


def assumptions(page: Mapping[str, Any]) -> Html:
    """What the theorem assumes, and whether it was checked."""
    entries = [entry for entry in page.get("assumes") or [] if entry]
    if not entries:
        return Html("")
    items = [h("li", prose(e.get("text")), " ", _state(str(e.get("state") or "not checked"))) for e in entries]
    return h("section", h("h4", "Assumptions"), h("ul", *items), class_="assumptions")


def _state(state: str) -> Html:
    class_ = "state failed" if state.startswith("false") else "state"
    return h("span", f"({state})", class_=class_)


def how_it_ran(result: Result) -> Html:
    """Cells, seeds, units that are not finite, level, versions and device, folded."""
    page = result.get("page") or {}
    pairs = [
        ("Grid", _grid(page)),
        ("Cells and seeds", _cells(result)),
        ("Units", units(result)),
        ("Left out before the run", "; ".join(where(s) for s in result.get("skipped") or [])),
        ("Procedure", settings(page.get("settings") or {})),
        ("Computed with", environment_line(page.get("environment") or {})),
        ("Time", _seconds(result.get("seconds"))),
    ]
    rows = [join([h("dt", name), h("dd", text)]) for name, text in pairs if text]
    return h("details", h("summary", "How it was run"), h("dl", *rows)) if rows else Html("")


def _grid(page: Mapping[str, Any]) -> str:
    axes = [f"{axis}: {', '.join(map(str, values))}" for axis, values in (page.get("grid") or {}).items()]
    quick = " (quick grid)" if page.get("quick") else ""
    return "; ".join(axes) + quick if axes else ""


def _cells(result: Result) -> str:
    cells, seeds = result.get("cells"), result.get("seeds")
    parts = [f"{cells} cells" if cells else "", f"{seeds} seeds in each" if seeds else ""]
    return ", ".join(filter(None, parts))


def units(result: Result) -> str:
    """`0 of 48 units not finite`, with the causes where there are some."""
    found = {name: int(count or 0) for name, count in (result.get("units") or {}).items()}
    bad = {name: found[name] for name in NOT_FINITE if found.get(name)}
    total = sum(found.values())
    if not total:
        return ""
    causes = f" ({', '.join(f'{name} {count}' for name, count in bad.items())})" if bad else ""
    return f"{sum(bad.values())} of {total} not finite{causes}"


def settings(chosen: Mapping[str, Any]) -> str:
    """The level, the looks and the number of claims that share it."""
    parts = []
    if chosen.get("alpha") is not None:
        parts.append(f"level {chosen['alpha']}")
    if chosen.get("looks"):
        parts.append(f"looks at {', '.join(map(str, chosen['looks']))} seeds")
    if chosen.get("claims"):
        parts.append(f"Holm's correction over {chosen['claims']} claims")
    return ", ".join(parts)


def environment_line(environment: Mapping[str, Any]) -> str:
    """Versions and device in one line."""
    return ", ".join(_version(name, value) for name, value in environment.items() if value is not None)


def _version(name: str, value: object) -> str:
    if name == "x64":
        return "float64" if value else "float32"
    return str(value) if name in ("device", "platform") else f"{name} {value}"


def _seconds(value: object) -> str:
    seconds = finite_number(value)
    if seconds is None:
        return ""
    return f"{seconds:.1f} s" if seconds < 120 else f"{seconds / 60:.1f} min"


def data_table(result: Result) -> Html:
    """The data, one row per cell, folded, with its CSV."""
    data = (result.get("page") or {}).get("data") or {}
    columns, rows = list(data.get("columns") or []), list(data.get("rows") or [])
    if not columns or not rows:
        return Html("")
    kinds = [
        "n" if all(v is None or finite_number(v) is not None for v in values) else None
        for values in zip(*rows, strict=False)
    ]
    head = h(
        "thead",
        h("tr", *[h("th", str(c), scope="col", class_=k) for c, k in zip_longest(columns, kinds[: len(columns)])]),
    )
    body = h("tbody", *[h("tr", *map(_cell, row)) for row in rows[:ROWS]])
    cut = f" The first {ROWS} of {len(rows)} rows; the rest is in the ledger." if len(rows) > ROWS else None
    button = h("button", "CSV", type="button", data_csv=f"{file_name(result.get('id'))}.csv", title="Save this table")
    label = h("summary", f"Data ({len(rows)} rows)")
    table = h("table", head, body, class_="numbers")
    return h("details", label, h("div", table, class_="scroll"), h("p", button, cut), class_="data")


def _cell(value: object) -> Html:
    if value is None:
        return h("td", "\u2013", class_="n", data_v="")
    if finite_number(value) is None:
        return h("td", str(value), data_v=_changed(cell_text(value), str(value)))
    shown, full = number(value, 5), cell_text(value)
    return h("td", shown, class_="n", data_v=_changed(full, str(shown)))


def _changed(full: str, shown: str) -> str | None:
    """The exact text for the CSV where it differs from what the page shows."""
    return None if full == shown else full


def environment_list(environment: Mapping[str, Any]) -> Sequence[tuple[str, str]]:
    """Name and value of everything known about the environment, for the foot of the page."""
    order = ("command", "limes", "jax", "jaxlib", "numpy", "python", "device", "x64", "platform")
    names = [n for n in order if n in environment] + [n for n in environment if n not in order]
    return [(name, _plain(environment[name])) for name in names if environment[name] is not None]


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return " ".join(map(str, value))
    return str(value)
