"""The top of the page: masthead, one-line summary, and the table of verdicts with its filters."""

from collections.abc import Mapping, Sequence
from typing import Any

from .claim import anchor
from .html import Html, h, interval, join, number, prose, together
from .tables import headline, summary
from .verdicts import ORDER, badge, counts, mark, slug, verdict_of

Result = Mapping[str, Any]
CHAPTERS = {
    "risk": "Risk",
    "perceptrons": "Perceptrons",
    "optimization": "Optimization",
    "convolution": "Convolution",
    "residual": "Residual networks",
    "transformers": "Transformers",
}
OWN = "Claims of your own"
COLUMNS = (("Verdict", ""), ("Claim", ""), ("Predicted", "n"), ("Measured", "n"), ("Seeds", "n"))


def chapter_of(result: Result) -> str:
    """The chapter in words."""
    chapter = (result.get("page") or {}).get("chapter")
    if not chapter:
        chapter = str(result.get("id") or "").partition(".")[0]
        return CHAPTERS.get(chapter, OWN)
    return CHAPTERS.get(str(chapter), str(chapter))


def by_chapter(results: Sequence[Result]) -> dict[str, list[Result]]:
    """Results grouped in the order of the course; a person's own claims come last."""
    order = list(CHAPTERS.values())
    found: dict[str, list[Result]] = {}
    for result in results:
        found.setdefault(chapter_of(result), []).append(result)
    rank = {name: (order.index(name) if name in order else len(order) + (name == OWN)) for name in found}
    return {name: found[name] for name in sorted(found, key=lambda n: rank[n])}


def masthead(results: Sequence[Result], title: str) -> Html:
    """Wordmark, title, the summary in one line, and what a verdict means."""
    word = h(
        "p",
        h("span", "limes", class_="wordmark"),
        " ",
        h("span", "The mathematics of neural networks, measured", class_="tagline"),
        class_="brand",
    )
    line = summary(results)
    parts = [word, h("h1", title), h("p", f"{line}.", class_="summary"), _strip(results)]
    waiting = [r for r in results if verdict_of(r) == "not judged"]
    if waiting:
        parts.append(
            h(
                "p",
                f"A partial run: {len(waiting)} of {len(results)} claims are not judged yet. Run the same command again and it resumes.",
                class_="partial",
            )
        )
    note = (
        "A verdict is evidence on the sizes that were run, not a proof. In the figures, markers are estimates with their intervals, "
        "faint dots single seeds, dashed lines predictions, dash-dotted lines bounds."
    )
    return h("header", *parts, h("p", note, class_="lede"), class_="masthead")


def _strip(results: Sequence[Result]) -> Html:
    found = counts(results)
    segments = [h("span", class_=slug(v), style=f"flex-grow:{n}", title=f"{n} {v}") for v, n in found.items()]
    return h("div", *segments, class_="strip", aria_hidden="true") if segments else Html("")


def verdict_table(results: Sequence[Result]) -> Html:
    """All claims with verdict, prediction and measurement; sorted and filtered by the page's script."""
    if not results:
        return h("p", "No claim was judged.")
    head = h("thead", h("tr", *[_heading(name, class_) for name, class_ in COLUMNS]))
    rows = [_row(r, k) for k, r in enumerate(r for group in by_chapter(results).values() for r in group)]
    table = h("table", head, h("tbody", *rows), class_="verdicts")
    return h(
        "section",
        _filters(results),
        h("div", table, class_="scroll"),
        h("p", "No claim fits this filter.", class_="none", hidden=True),
        aria_label="Verdicts",
    )


def _heading(name: str, class_: str) -> Html:
    return h(
        "th", h("button", name, type="button", title=f"Sort by {name.lower()}"), scope="col", class_=class_ or None
    )


def _filters(results: Sequence[Result]) -> Html:
    found = counts(results)
    chips = [
        h(
            "button",
            mark(v),
            " ",
            f"{v} ",
            h("span", found[v], class_="count"),
            type="button",
            class_=f"chip {slug(v)}",
            data_filter=v,
            aria_pressed="false",
        )
        for v in ORDER
        if v in found
    ]
    names = list(by_chapter(results))
    options = [h("option", "All chapters", value=""), *[h("option", name, value=name) for name in names]]
    select = h("select", *options, aria_label="Chapter", data_chapter_filter=True) if len(names) > 1 else None
    search = h("input", type="search", placeholder="Find a claim", aria_label="Find a claim", data_search=True)
    return h(
        "div", *chips, h("span", class_="space"), select, search, class_="filters", role="group", aria_label="Filters"
    )


def _row(result: Result, index: int) -> Html:
    name, verdict, head = str(result.get("id") or "unnamed"), verdict_of(result), headline(result)
    reading = (result.get("page") or {}).get("reading")
    claim = [h("a", name, href=anchor(name)), h("div", prose(reading), class_="gloss") if reading else None]
    cells = [
        h("td", badge(verdict), data_v=str(ORDER.index(verdict))),
        h("th", *claim, scope="row", data_v=f"{index:06d}"),
        h(
            "td",
            number(head["predicted"]),
            h("div", _what(head), class_="gloss"),
            class_="n",
            data_v=_sort(head["predicted"]),
        ),
        h("td", *_measured(head), class_="n", data_v=_sort(head["estimate"])),
        h("td", number(result.get("seeds")), class_="n", data_v=_sort(result.get("seeds"))),
    ]
    return h("tr", *cells, data_row=name, data_verdict=verdict, data_chapter=chapter_of(result))


def _what(head: Mapping[str, Any]) -> str:
    return ", ".join(filter(None, [head["what"], together(head["where"])]))


def _measured(head: Mapping[str, Any]) -> list[Html]:
    more = f"and {head['others']} more" if head["others"] else ""
    ends = interval(head["interval"], 3)
    return [number(head["estimate"]), *[h("div", line, class_="gloss") for line in (ends, more) if line]]


def _sort(value: object) -> str:
    return "" if value is None else str(value)


def colophon(pairs: Sequence[tuple[str, str]]) -> Html:
    """How the page was made: the command, versions and device; no date, so that runs compare."""
    rows = [join([h("dt", name), h("dd", h("code", value) if name == "command" else value)]) for name, value in pairs]
    return h("footer", h("h2", "How this was made"), h("dl", *rows), class_="colophon") if rows else Html("")
