"""One claim as an article: statement, finding, figures, assumptions, controls, data, settings."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from limes.draw.escape import printable
from limes.draw.spec import where

from .controls import controls_block
from .facts import assumptions, data_table, how_it_ran
from .figures import Figure, figure_block
from .finding import finding
from .html import Html, h, interval, join, number, prose, sentence, tex, together
from .verdicts import badge, slug, verdict_of

Result = Mapping[str, Any]


def claim_article(result: Result, figures: Sequence[Figure], control_figures: Sequence[Sequence[Figure]]) -> Html:
    """The article of one claim; its id is the anchor."""
    name, verdict = str(result.get("id") or "unnamed"), verdict_of(result)
    page = result.get("page") or {}
    parts = [
        _head(name, verdict),
        _statement(page),
        finding(result),
        figure_block(figures),
        _predictions(result),
        assumptions(page),
        controls_block(result, control_figures),
        data_table(result),
        how_it_ran(result),
    ]
    return h("article", *parts, id=name, class_=f"claim {slug(verdict)}", data_claim=name)


def anchor(name: str) -> str:
    """The link to a claim on this page."""
    return "#" + quote(printable(name), safe="._-")


def _head(name: str, verdict: str) -> Html:
    link = h("a", name, href=anchor(name))
    return h("header", h("h3", link), badge(verdict))


def _statement(page: Mapping[str, Any]) -> Html:
    parts = [h("p", prose(page["reading"]), class_="reading")] if page.get("reading") else []
    if page.get("statement"):
        parts.append(tex(page["statement"], display=True))
    source = " ".join(filter(None, [sentence(page.get("source")), str(page.get("citation") or "")]))
    if source:
        parts.append(h("p", source, class_="source"))
    return join(parts)


def _predictions(result: Result) -> Html:
    predictions = list(result.get("predictions") or [])
    if len(predictions) < 2:
        return Html("")
    return prediction_table(predictions, "Every prediction and slice")


def prediction_table(predictions: Sequence[Mapping[str, Any]], caption: str) -> Html:
    """Predicted against measured, one row per prediction and slice; long tables are folded."""
    names = {"Prediction": None, "Where": None, "Predicted": "n", "Measured": "n", "Interval": "n", "Verdict": None}
    head = h("thead", h("tr", *[h("th", name, scope="col", class_=class_) for name, class_ in names.items()]))
    table = h("table", head, h("tbody", *map(_prediction, predictions)), class_="numbers")
    label = h("summary", f"{caption} ({len(predictions)})")
    return h("details", label, h("div", table, class_="scroll"), open=len(predictions) <= 6)


def _prediction(prediction: Mapping[str, Any]) -> Html:
    scale = str(prediction.get("scale") or "")
    name = str(prediction.get("name") or prediction.get("quantity") or "")
    verdict = verdict_of(prediction)
    cells = [
        h("td", name, h("small", f" {scale}") if scale and scale != name else None),
        h("td", together(where(prediction.get("where")))),
        h("td", number(prediction.get("predicted")), class_="n"),
        h("td", number(prediction.get("estimate")), class_="n"),
        h("td", interval(prediction.get("interval")), class_="n"),
        h("td", badge(verdict), _reason(prediction)),
    ]
    return h("tr", *cells)


def _reason(prediction: Mapping[str, Any]) -> Html | None:
    reason = prediction.get("reason")
    return h("small", " ", prose(reason)) if reason else None
