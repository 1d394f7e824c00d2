"""The page of a computational graph: costs, drawings that open level by level, tables; one offline HTML file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from limes._errors import StorageError
from limes.draw import Picture
from limes.draw.svg import resize
from limes.instruments.graph.views.album import Album, Part, album
from limes.instruments.graph.views.numbers import grouped, percent, plural
from limes.instruments.graph.views.summary import memory, mode_rows, scope_rows, signature, verdict
from limes.instruments.graph.views.view import view

from .bundle import asset, policy_for
from .html import Html, h, join, number
from .write import put

if TYPE_CHECKING:
    from limes.instruments.graph import Graph
    from limes.instruments.graph.cost import Cost

ROWS = 400
SMALL, LARGER = 4.2, 1.2
NOTE = (
    "Operations are counted, not timed: additions, products, functions and comparisons of floating-point numbers; moves are free. "
    "K is their number in the function itself. Point at a box for its numbers; a box with a link leads to what it holds."
)


def write(path: Path, graph: Graph, name: str, *, slots: int | None = None, order: bool = False, **look: Any) -> None:
    """Write the page; it appears whole or not at all. Raises `StorageError` where it cannot be written."""
    text = page(graph, name, slots=slots, order=order, **look)
    try:
        put(path.absolute(), text)
    except OSError as error:
        raise StorageError(
            f"Cannot write the page {str(path)!r}: {error.strerror or error}; choose another path."
        ) from error


def page(graph: Graph, name: str, *, slots: int | None = None, order: bool = False, **look: Any) -> str:
    """The whole page; the same graph gives the same bytes. `look` is level, expand and moves of `Graph.draw`."""
    drawn, cost = album(graph, **look), graph.cost()
    script = asset("graph.js").strip()
    plan = "" if slots is None else graph.checkpoint_plan(slots).words
    body = join(
        [
            _masthead(graph, name, cost),
            h(
                "main",
                _costs(cost, plan),
                _drawings(drawn, order),
                _parts(drawn.parts),
                _tables(graph, drawn, cost, look),
            ),
        ]
    )
    content = h("body", body, h("script", Html(script)), class_="graph")
    return f"<!DOCTYPE html>\n{h('html', _head(name, script), content, lang='en')}\n"


def _head(name: str, script: str) -> Html:
    style = f"{asset('report.css')}\n{asset('graph.css')}".replace("</", "<\\/")
    return h(
        "head",
        h("meta", charset="utf-8"),
        h("meta", http_equiv="Content-Security-Policy", content=policy_for([script])),
        h("meta", name="viewport", content="width=device-width, initial-scale=1"),
        h("meta", name="color-scheme", content="light dark"),
        h("meta", name="referrer", content="no-referrer"),
        h("title", f"limes: {name}"),
        h("link", rel="icon", href="data:,"),
        h("style", Html(style)),
    )


def _masthead(graph: Graph, name: str, cost: Cost) -> Html:
    word = h("span", "limes", class_="wordmark")
    tag = h("span", "The mathematics of neural networks, measured", class_="tagline")
    given = signature(graph)
    shown = given if len(given) <= 9 else [*given[:6], f"{len(given) - 7} more inputs", given[-1]]
    ran = "the program that ran" if graph.concrete else "the program as written"
    size = f"{plural(len(graph.nodes), 'value')}, K = {plural(cost.function, 'operation')}; {ran}."
    return h(
        "header",
        h("p", word, " ", tag, class_="brand"),
        h("h1", h("code", name.rpartition("/")[2])),
        h("p", verdict(cost), class_="lead"),
        h("p", f"{'; '.join(shown)}. {size}", class_="signature"),
        class_="masthead",
    )


def _costs(cost: Cost, plan: str) -> Html:
    head = h("thead", h("tr", *[h("th", text, scope="col", class_=c) for text, c in _COST_HEAD]))
    rows = []
    for mode in mode_rows(cost):
        best = "reverse mode" in mode.name and "bound" not in mode.name
        cells = [
            h("th", mode.name, scope="row"),
            h("td", _count(mode.operations), class_="n"),
            h("td", mode.ratio, class_="n"),
        ]
        rows.append(h("tr", *cells, h("td", mode.why, class_="told"), class_="best" if best else None))
    table = h("div", h("table", head, h("tbody", *rows), class_="modes"), class_="scroll")
    extra = [h("p", memory(cost), class_="lede"), h("p", plan, class_="lede") if plan else None]
    return h("section", h("h2", "What it costs"), table, *extra)


_COST_HEAD = (("Way", None), ("Operations", "n"), ("\u00d7 K", "n"), ("", None))


def _count(value: int | None) -> str:
    return "\u2013" if value is None else grouped(value)


def _drawings(drawn: Album, order: bool) -> Html:
    """One tab for each drawing; no script is needed to change between them."""
    first = len(drawn.sheets) - 1 if order else 0
    pieces: list[Html] = []
    for k, (name, _) in enumerate(drawn.sheets):
        pieces.append(h("input", type="radio", name="sheet", id=f"sheet-{k}", checked=k == first))
        pieces.append(h("label", name, for_=f"sheet-{k}"))
    figures = [_figure(picture, picture.words) for _, picture in drawn.sheets]
    return h("section", h("h2", "The graph"), h("p", NOTE, class_="lede"), h("div", *pieces, *figures, class_="tabs"))


def _figure(picture: Picture, words: str) -> Html:
    """A drawing: a small one a little larger, its words beside it."""
    small = picture.inches < SMALL
    svg = resize(picture.svg, LARGER * picture.inches) if small else picture.svg
    art, caption = h("div", Html(svg), class_="art"), h("figcaption", h("p", words)) if words else None
    return h(
        "figure", h("div", art, caption, class_="beside") if small and words else join([art, caption]), class_="wide"
    )


def _parts(parts: Sequence[Part]) -> Html:
    if not parts:
        return Html("")
    folds = [
        h(
            "details",
            h("summary", h("code", part.title), f" \u2014 {part.words}"),
            _figure(part.picture, ""),
            id=part.anchor,
        )
        for part in parts
    ]
    return h("section", h("h2", "What the boxes hold"), *folds, class_="parts")


def _tables(graph: Graph, drawn: Album, cost: Cost, look: dict[str, Any]) -> Html:
    whole = cost.function
    primitives = [
        [row.primitive, row.nodes, grouped(row.value), percent(row.value, whole), grouped(row.pullback)]
        for row in cost.rows()
        if row.nodes or row.pullback
    ]
    scopes = [
        [name, nodes, grouped(total), percent(total, whole)] for name, nodes, total in scope_rows(view(graph, **look))
    ]
    boxes = [[*row[:6], grouped(row[6]), percent(row[7], 1.0), *row[8:]] for row in drawn.sheets[0][1].table["rows"]]
    columns = drawn.sheets[0][1].table["columns"]
    used = [k for k in range(len(columns)) if any(row[k] for row in boxes)]
    columns, boxes = [columns[k] for k in used], [[row[k] for k in used] for row in boxes]
    return h(
        "section",
        h("h2", "Numbers"),
        _table("Boxes of the first drawing", columns, boxes, fold=len(boxes) > 12),
        _table("By primitive", ["primitive", "nodes", "operations", "of K", "with pullback"], primitives),
        _table("By scope", ["scope", "nodes", "operations", "of K"], scopes) if scopes else None,
    )


def _table(title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]], fold: bool = False) -> Html:
    right = [all(_is_number(row[k]) for row in rows) for k in range(len(columns))]
    class_ = ["n" if r else None for r in right]
    head = h("thead", h("tr", *[h("th", c, scope="col", class_=k) for c, k in zip(columns, class_, strict=True)]))
    body = [h("tr", *_cells(row, class_)) for row in rows[:ROWS]]
    table = h("div", h("table", head, h("tbody", *body), class_="numbers"), class_="scroll")
    more = h("p", f"and {len(rows) - ROWS} more", class_="lede") if len(rows) > ROWS else None
    return h("details", h("summary", title), table, more, open=not fold)


def _cells(row: Sequence[Any], class_: Iterable[str | None]) -> list[Html]:
    return [
        h("td", number(cell) if isinstance(cell, int | float) else str(cell), class_=k)
        for cell, k in zip(row, class_, strict=True)
    ]


def _is_number(cell: Any) -> bool:
    return isinstance(cell, int | float) or str(cell)[:1].isdigit() or str(cell).startswith("under")
