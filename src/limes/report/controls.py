"""The controls of a claim: why each must fail, what came out, and its small figures."""

from collections.abc import Mapping, Sequence
from typing import Any

from .figures import Figure, figure_block
from .html import Html, h, interval, join, number, prose, sentence
from .verdicts import badge, verdict_of

Control = Mapping[str, Any]


def controls_block(result: Mapping[str, Any], figures: Sequence[Sequence[Figure]]) -> Html:
    """Controls that violate an assumption one by one, wiring controls in one line."""
    controls = list(result.get("controls") or [])
    if not controls:
        return Html("")
    serious = [(c, f) for c, f in zip(controls, figures, strict=True) if c.get("role") != "wiring"]
    wiring = [c for c in controls if c.get("role") == "wiring"]
    items = [_control(control, found) for control, found in serious]
    return h("section", h("h4", "Controls"), *items, _wiring(wiring), class_="controls")


def _control(control: Control, figures: Sequence[Figure]) -> Html:
    name = h("b", str(control.get("name") or "control"))
    why = join([": ", prose(sentence(control["why"]))]) if control.get("why") else "."
    line = h("p", name, why, " ", _outcome(control), _numbers(control))
    if not figures:
        return h("div", line, class_="control")
    count = f"{len(figures)} figures" if len(figures) > 1 else "Figure"
    more = h("details", h("summary", f"{count} of this control"), figure_block(figures))
    return h("div", line, more, class_="control")


def _outcome(control: Control) -> Html:
    expected = str(control.get("expect") or "refuted")
    verdict = verdict_of(control)
    if verdict == "not judged":
        return join([f"It must come out {expected}; ", badge(verdict), "."])
    end = ", as it must." if control.get("met") else f", but it must come out {expected}."
    return join(["Came out ", badge(verdict), h("span", end, class_="" if control.get("met") else "unmet")])


def _numbers(control: Control) -> Html | None:
    found = next((p for p in control.get("predictions") or [] if p.get("estimate") is not None), None)
    if found is None:
        return None
    scale = str(found.get("scale") or found.get("quantity") or "value")
    ends = interval(found.get("interval"))
    span = join([" in ", ends]) if ends else None
    return join(
        [
            f" {scale[:1].upper()}{scale[1:]}: predicted ",
            number(found.get("predicted")),
            ", measured ",
            number(found.get("estimate")),
            span,
            ".",
        ]
    )


def _wiring(controls: Sequence[Control]) -> Html | None:
    if not controls:
        return None
    judged = [c for c in controls if verdict_of(c) != "not judged"]
    met = sum(bool(c.get("met")) for c in judged)
    names = ", ".join(str(c.get("name") or "control") for c in controls)
    failed = [str(c.get("name")) for c in judged if not c.get("met")]
    tail = f" Not as expected: {', '.join(failed)}." if failed else ""
    return h(
        "p",
        h("b", "Wiring"),
        f" (same runs, wrong prediction): {met} of {len(controls)} came out as they must (",
        prose(names),
        ").",
        tail,
        class_="wiring",
    )
