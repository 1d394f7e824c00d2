"""What was found, in words: the verdict, one line per prediction, then units and controls."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from .html import Html, h, join, prose, sentence
from .verdicts import ORDER, mark, slug, verdict_of

Result = Mapping[str, Any]
TAIL = r"All \d+ units |\d+ of \d+ units "


def finding(result: Result) -> Html:
    """The words of the verdict as a reader wants them: a head, a list, a last line, notes."""
    verdict = verdict_of(result)
    lead, rest = _lead(str((result.get("page") or {}).get("words") or "").strip(), verdict)
    reason = str(result.get("reason") or "").strip()
    if reason and reason.rstrip(".") not in rest:
        rest = f". {reason[:1].upper()}{sentence(reason[1:])} {rest.lstrip('. ')}".rstrip()
    names = {str(p.get("name")) for p in result.get("predictions") or [] if p.get("name")}
    head, *parts = _parts(rest or ".", names)
    strong = h("strong", mark(verdict), " ", lead, class_=f"verdict {slug(verdict)}")
    tail = parts.pop() if parts and re.match(TAIL, parts[-1]) else ""
    if len(parts) == 1:
        head, parts = f"{head} {parts[0]}", []
    notes = list(result.get("notes") or [])
    return join(
        [
            h("p", strong, prose(head), class_="finding"),
            h("ul", *[h("li", _named(part, names)) for part in parts], class_="found") if parts else None,
            h("p", prose(tail), class_="units") if tail else None,
            h("ul", *[h("li", prose(note)) for note in notes], class_="notes") if notes else None,
        ]
    )


def _lead(words: str, verdict: str) -> tuple[str, str]:
    """The verdict at the head of the words, and the words without it."""
    for known in ORDER:
        if words.lower().startswith(known):
            return words[: len(known)], words[len(known) :]
    return verdict.capitalize(), f". {words}".rstrip()


def _parts(words: str, names: set[str]) -> list[str]:
    """Words divided at line ends, before `name (` of a prediction and before the units."""
    starts = "|".join(rf"{re.escape(name)} \(" for name in sorted(names))
    pattern = rf"\s*\n\s*|(?<=[.:])\s+(?={starts}|{TAIL})" if starts else rf"\s*\n\s*|(?<=[.])\s+(?={TAIL})"
    return [part for part in re.split(pattern, words) if part] or [words]


def _named(part: str, names: Sequence[str] | set[str]) -> Html:
    name = next((n for n in sorted(names, key=len, reverse=True) if part.startswith(f"{n} (")), "")
    return join([h("b", name) if name else None, prose(part[len(name) :])])
