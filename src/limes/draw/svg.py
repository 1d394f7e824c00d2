"""From matplotlib's SVG to ours: small, themeable, described in words, safe to inline.

The sentinel ink becomes `currentColor`; comments, the preamble and page-wide styles go;
glyphs get names made from their outlines, so that two pictures on one page may share them;
numbers keep two decimals; title and aria-label carry the words.
"""

import hashlib
import re

from .escape import escape
from .style import INK

COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
STYLE = re.compile(r"<defs>\s*<style[^>]*>.*?</style>\s*</defs>", re.DOTALL)
NAME = re.compile(r' id="([^"]*)"')
USED = re.compile(r'(?:href="#|url\(#)([^")]+)')
GLYPH = re.compile(r'<path id="([^"]+)" d="([^"]*)" transform="scale\(0\.015625\)"/>')
BLANK = re.compile(r'<path id="([^"]+)" transform="scale\(0\.015625\)"/>')
OUTLINE = re.compile(r' d="([^"]*)"')
PLACE = re.compile(r' (x|y)="(-?\d+\.\d+)"')
EMPTY = re.compile(r"<(g|defs)>\s*</\1>|<(?:g|defs)/>")
BARE = re.compile(r"<g>((?:(?!<g[ >]).)*?)</g>", re.DOTALL)


def clean(raw: str, words: str) -> str:
    """The SVG element alone, described by `words`, ready for a page or a file of its own."""
    svg = STYLE.sub("", COMMENT.sub("", raw))
    svg = svg[svg.index("<svg") :].replace(INK, "currentColor")
    svg = OUTLINE.sub(lambda m: f' d="{_short(m[1])}"', svg)
    svg = PLACE.sub(lambda m: f' {m[1]}="{_trim(m[2])}"', svg)
    svg = _unwrap(_rename(_without_blanks(svg)))
    return _describe(re.sub(r">\s+<", ">\n<", svg).strip(), words)


def _short(outline: str) -> str:
    tight = re.sub(r"\s*\n\s*", "", outline.strip())
    return re.sub(r" ?([A-Za-z]) ?", r"\1", re.sub(r"-?\d+\.\d+", lambda m: _trim(m[0]), tight))


def _trim(value: str) -> str:
    short = f"{float(value):.2f}".rstrip("0").rstrip(".")
    return "0" if short == "-0" else short


def _without_blanks(svg: str) -> str:
    for name in BLANK.findall(svg):
        svg = re.sub(rf'<use xlink:href="#{re.escape(name)}"[^>]*/>', "", svg)
    return BLANK.sub("", svg)


def glyph_name(outline: str) -> str:
    """The name of a glyph, made from its outline: equal outlines share it, others do not."""
    return "g" + hashlib.sha256(outline.encode()).hexdigest()[:8]


def _rename(svg: str) -> str:
    glyphs = {name: glyph_name(d) for name, d in GLYPH.findall(svg)}
    used = set(USED.findall(svg))
    svg = NAME.sub(lambda m: f' id="{glyphs.get(m[1], m[1])}"' if m[1] in used else "", svg)
    return re.sub(r'(href="#|url\(#)([^")]+)', lambda m: m[1] + glyphs.get(m[2], m[2]), svg)


def _unwrap(svg: str) -> str:
    before = ""
    while before != svg:
        before = svg
        svg = BARE.sub(r"\1", EMPTY.sub("", svg))
    return svg


def _describe(svg: str, words: str) -> str:
    head, rest = svg.split(">", 1)
    head = head.replace("<svg", f'<svg role="img" aria-label="{escape(words)}"', 1)
    head += ' style="stroke-linejoin:round;stroke-linecap:butt"'
    return f"{head}>\n<title>{escape(words)}</title>{rest}\n"


def resize(svg: str, inches: float) -> str:
    """The same picture at another width; its lettering grows with it."""
    head, rest = svg.split(">", 1)
    size = re.search(r'width="([\d.]+)pt" height="([\d.]+)pt"', head)
    if size is None:
        return svg
    width, height = 72 * inches, 72 * inches * float(size[2]) / float(size[1])
    return head.replace(size[0], f'width="{_trim(str(width))}pt" height="{_trim(str(height))}pt"') + ">" + rest
