"""Verdicts: their order, words and marks. A verdict is never shown by color alone."""

from collections.abc import Iterable, Mapping
from typing import Any

from .html import Html, h

ORDER = ("supported", "refuted", "inconclusive", "assumption not met", "error", "not judged")
OUTLINES = {
    "supported": "M2 6.6 5 9.6 10.4 2.6",
    "refuted": "M2.4 2.4 9.6 9.6M9.6 2.4 2.4 9.6",
    "inconclusive": "M1.8 7.2C3.4 3.4 5 4.4 6 6S8.6 8.6 10.2 4.8",
    "assumption not met": "M6 1.8 10.8 10.2H1.2Z",
    "error": "M6 1.6V7.2M6 9.6V10.4",
    "not judged": "M2.4 6H9.6",
}


def verdict_of(result: Mapping[str, Any]) -> str:
    """The verdict of a result or control; "not judged" where there is none yet."""
    verdict = str(result.get("verdict") or "not judged")
    return verdict if verdict in ORDER else "not judged"


def mark(verdict: str) -> Html:
    """The small drawing of a verdict; the word beside it speaks for screen readers."""
    outline = h("path", d=OUTLINES[verdict], fill="none", stroke="currentColor", stroke_width="1.7")
    return h("svg", outline, class_="mark", viewBox="0 0 12 12", width="12", height="12", aria_hidden="true")


def badge(verdict: str) -> Html:
    """Mark and word."""
    return h("span", mark(verdict), " ", h("span", verdict, class_="word"), class_=f"verdict {slug(verdict)}")


def slug(verdict: str) -> str:
    """A verdict as a class name."""
    return "v-" + verdict.replace(" ", "-")


def counts(results: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """How many results have each verdict, in the order of `ORDER`, zeros left out."""
    found = [verdict_of(result) for result in results]
    return {verdict: found.count(verdict) for verdict in ORDER if verdict in found}
