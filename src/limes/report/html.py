"""HTML from functions: text is escaped unless it is `Html` already, attributes always are."""

import re
from collections.abc import Iterable

from limes.draw.escape import escape
from limes.draw.scales import number as finite_number
from limes.draw.spec import short

MATH = re.compile(r"\$(?=[^\s$])([^$]*[^\s$])\$(?!\d)")
POWER = re.compile(r"^(.*?)e([\u2212+-]?)0*(\d+)$")
MINUS = re.compile(r"(?<![\w.)\]-])-(?=\.?\d)")
TEN = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?)e([\u2212+-]?)0*(\d+)(?![\w.]*\w)")
RAISED = re.compile(r"(?<=[A-Za-z0-9)])\^([\u2212-]?\d+(?:[./]\d+)?)")
VOID = frozenset({"meta", "link", "input", "br"})


class Html(str):
    """A piece of finished HTML; only this module and `page` make it from raw text."""

    __slots__ = ()


Child = Html | str | int | float | None


def h(name: str, /, *children: Child, **attributes: str | bool | int | None) -> Html:
    """One element. `class_` gives `class`, `data_v` gives `data-v`; None and False are left out."""
    pairs = "".join(_attribute(key, value) for key, value in attributes.items())
    if name in VOID:
        return Html(f"<{name}{pairs}>")
    return Html(f"<{name}{pairs}>{join(children)}</{name}>")


def join(children: Iterable[Child]) -> Html:
    """Pieces one after the other: `Html` as it is, text escaped, None skipped."""
    return Html("".join(child if isinstance(child, Html) else escape(child) for child in children))


def _attribute(key: str, value: str | bool | int | None) -> str:
    name = key.rstrip("_").replace("_", "-")
    if value is None or value is False:
        return ""
    return f" {name}" if value is True else f' {name}="{escape(value)}"'


def tex(latex: object, *, display: bool = False) -> Html:
    """A formula: its source, escaped, which the page's script typesets in place."""
    if display:
        return h("div", str(latex), class_="tex display")
    return h("span", str(latex), class_="tex")


def prose(text: object) -> Html:
    """Plain text in which `$...$` is a formula, and signs and powers are typeset."""
    pieces = MATH.split(str(text or ""))
    return join(tex(piece) if k % 2 else _typeset(piece) for k, piece in enumerate(pieces))


def _typeset(text: str) -> Html:
    safe = MINUS.sub("\u2212", escape(text))
    safe = TEN.sub(lambda m: _power(m[1], m[2], m[3]), safe)
    return Html(RAISED.sub(r"<sup>\1</sup>", safe))


def sentence(text: object) -> str:
    """Text that ends like a sentence."""
    plain = str(text or "").strip()
    return plain if not plain or plain.endswith((".", "!", "?")) else f"{plain}."


def together(text: str) -> str:
    """A slice such as `d = 3` that no line end divides."""
    return text.replace(" = ", "\u00a0=\u00a0")


def number(value: object, digits: int = 4) -> Html:
    """A number for reading: few digits, true minus, powers of ten set as powers; a dash for unknown."""
    text = short(value, digits)
    if not text:
        return Html("\u2013")
    match = POWER.match(text) if finite_number(value) is not None else None
    if match is None:
        return Html(escape(text))
    return Html(_power(escape(match[1]), match[2], match[3]))


def _power(digits: str, sign: str, exponent: str) -> str:
    minus = "\u2212" if sign in ("\u2212", "-") else ""
    return f"{digits}\u202f\u00d7\u202f10<sup>{minus}{exponent}</sup>"


def interval(ends: object, digits: int = 4) -> Html:
    """`[low, high]`, or nothing when it is unknown."""
    if not isinstance(ends, list | tuple) or len(ends) != 2:
        return Html("")
    return Html(f"[{number(ends[0], digits)}, {number(ends[1], digits)}]")
