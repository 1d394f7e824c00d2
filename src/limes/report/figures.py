"""The figures of a result: drawn from its charts, checked, and set into the page."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

from limes._errors import InputError
from limes.draw.chart import chart
from limes.draw.picture import Picture
from limes.draw.spec import where
from limes.draw.svg import GLYPH, glyph_name

from .html import Html, h, join, prose, together

SHAPES = {"path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "image", "text", "tspan"}
PLAIN = frozenset({"svg", "g", "use", "defs", "title", "clipPath"} | SHAPES)
SHOWN = 4


@dataclass(frozen=True)
class Figure:
    """A picture with its slice in words and the name of its file."""

    name: str
    where: str
    picture: Picture


def figures(result: Mapping[str, Any]) -> list[Figure]:
    """The claim's own picture, if it has one, then the standard charts."""
    page = result.get("page") or {}
    name = file_name(result.get("id"))
    own = _stored(page.get("picture"))
    drawn = ([Figure(f"{name}.0", "", own)] if own else []) + _drawn(page.get("charts"), name)
    return [Figure(f"{name}.{k}", f.where, f.picture) for k, f in enumerate(drawn, start=1)]


def control_figures(result: Mapping[str, Any], index: int) -> list[Figure]:
    """The charts of one control."""
    control = result["controls"][index]
    return _drawn(control.get("charts"), f"{file_name(result.get('id'))}.control{index + 1}")


def _drawn(charts: Any, name: str) -> list[Figure]:
    found = []
    for k, spec in enumerate(charts or [], start=1):
        try:
            picture = chart(spec, salt=f"{name}.{k}")
        except InputError as error:
            picture = Picture("", str(error), {"columns": [], "rows": []})
        found.append(Figure(f"{name}.{k}", where(spec.get("where") or {}), picture))
    return found


def _stored(picture: Mapping[str, Any] | None) -> Picture | None:
    if not picture:
        return None
    svg = str(picture.get("svg") or "")
    words = str(picture.get("words") or "")
    return Picture(svg if is_plain(svg) else "", words, dict(picture.get("table") or {}))


def file_name(name: object) -> str:
    """A claim id as a file name: letters, digits, dot, dash and underscore only."""
    return re.sub(r"[^A-Za-z0-9_.-]+", "_", str(name or "claim")).strip("._")[:100] or "claim"


def is_plain(svg: str) -> bool:
    """Whether a stored SVG holds shapes only: no script, style, link, event or foreign element."""
    if "<!" in svg or "<?" in svg:
        return False
    try:
        root = ElementTree.fromstring(svg)
    except (ElementTree.ParseError, ValueError):
        return False
    return root.tag.rpartition("}")[2] == "svg" and all(map(_harmless, root.iter()))


def _harmless(element: ElementTree.Element) -> bool:
    name = str(element.tag).rpartition("}")[2]
    if name not in PLAIN or (name == "title" and len(element)):
        return False
    return all(_quiet(key.rpartition("}")[2].lower(), value) for key, value in element.attrib.items())


def _quiet(key: str, value: str) -> bool:
    if key == "href":
        return value.startswith(("#", "data:image/png;base64,"))
    outside = re.sub(r"url\(#[\w.-]+\)", "", value)
    return not key.startswith("on") and "url(" not in outside and "\\" not in outside


def sprite(page: str) -> tuple[str, Html]:
    """Take the glyphs out of all pictures: the page without them, and one shared set."""
    glyphs: dict[str, str] = {}

    def take(match: re.Match[str]) -> str:
        """Keep a glyph once, if its name is made from its outline."""
        if match[1] != glyph_name(match[2]):
            return match[0]
        glyphs[match[1]] = match[0]
        return ""

    page = re.sub(r"<defs>\s*</defs>\n?", "", GLYPH.sub(take, page))
    defs = Html("".join(glyphs[name] for name in sorted(glyphs)))
    return page, h(
        "svg", h("defs", defs), class_="sprite", width="0", height="0", aria_hidden="true", focusable="false"
    )


def figure_block(found: Sequence[Figure]) -> Html:
    """All figures of a claim: wide ones alone, one with its caption beside it, several in two columns."""
    numbered = list(enumerate(found, start=1))
    wide = [_figure(figure, k, "wide") for k, figure in numbered if _is_wide(figure)]
    small = [(k, figure) for k, figure in numbered if not _is_wide(figure)]
    if len(small) == 1:
        return join([*wide, _figure(small[0][1], small[0][0], "single")])
    return join([*wide, _columns(small[:SHOWN]), _folded(small[SHOWN:])])


def _columns(numbered: Sequence[tuple[int, Figure]]) -> Html:
    drawn = [_figure(figure, k, None) for k, figure in numbered]
    return h("div", *drawn, class_="figures") if drawn else Html("")


def _folded(numbered: Sequence[tuple[int, Figure]]) -> Html:
    if not numbered:
        return Html("")
    label = "One more figure" if len(numbered) == 1 else f"{len(numbered)} more figures"
    return h("details", h("summary", label), _columns(numbered))


def _figure(figure: Figure, index: int, class_: str | None) -> Html:
    picture = figure.picture
    drawn = Html(picture.svg) if picture.svg else h("p", "This picture cannot be shown.", class_="missing")
    button = (
        h("button", "SVG", type="button", data_svg=f"{figure.name}.svg", title="Save this figure")
        if picture.svg
        else None
    )
    place = f" ({together(figure.where)}). " if figure.where else ". "
    caption = h("p", h("b", f"Figure {index}"), place, prose(picture.words or "No words."), " ", button)
    return h("figure", h("div", drawn, class_="art"), h("figcaption", caption), class_=class_)


def _is_wide(figure: Figure) -> bool:
    match = re.search(r'width="([\d.]+)pt"', figure.picture.svg[:2000])
    return match is not None and float(match[1]) > 5.2 * 72
