"""The report as one offline HTML file, composed of small parts."""

from collections.abc import Mapping, Sequence
from typing import Any

from .bundle import policy, scripts, styles
from .claim import claim_article
from .facts import environment_list
from .figures import Figure, control_figures, figures, sprite
from .html import Html, h, join
from .overview import by_chapter, colophon, masthead, verdict_table
from .tables import summary

Result = Mapping[str, Any]
TITLE = "Claims about neural networks"


def page(
    results: Sequence[Result],
    environment: Mapping[str, Any],
    *,
    title: str = TITLE,
    drawn: Sequence[Sequence[Figure]] | None = None,
) -> str:
    """The whole report: verdicts first, then every claim; no date, no network, one file.

    `drawn` are the figures of each result when they exist already (`figures.figures`).
    The same results give the same bytes.
    """
    pictures = [figures(result) for result in results] if drawn is None else drawn
    body = join(
        [
            masthead(results, title),
            h("main", verdict_table(results), _chapters(results, pictures)),
            colophon(environment_list(environment)),
        ]
    )
    slim, glyphs = sprite(body)
    content = h("body", glyphs, Html(slim.replace("xlink:href=", "href=")), *map(_script, scripts()))
    return f"<!DOCTYPE html>\n{h('html', _head(title, results), content, lang='en')}\n"


def _head(title: str, results: Sequence[Result]) -> Html:
    return h(
        "head",
        h("meta", charset="utf-8"),
        h("meta", http_equiv="Content-Security-Policy", content=policy()),
        h("meta", name="viewport", content="width=device-width, initial-scale=1"),
        h("meta", name="color-scheme", content="light dark"),
        h("meta", name="referrer", content="no-referrer"),
        h("meta", name="description", content=summary(results)),
        h("title", f"limes: {title}"),
        h("link", rel="icon", href="data:,"),
        h("style", Html(styles())),
    )


def _script(source: str) -> Html:
    return h("script", Html(source))


def _chapters(results: Sequence[Result], pictures: Sequence[Sequence[Figure]]) -> Html:
    drawn = {id(result): found for result, found in zip(results, pictures, strict=True)}
    sections = []
    for name, group in by_chapter(results).items():
        articles = [claim_article(result, drawn[id(result)], _controls(result)) for result in group]
        sections.append(h("section", h("h2", name), *articles, class_="chapter"))
    return join(sections)


def _controls(result: Result) -> list[list[Figure]]:
    return [control_figures(result, k) for k in range(len(result.get("controls") or []))]
