"""The one place where foreign text is made harmless: for HTML and XML, and for LaTeX."""

import html
import re
import unicodedata

CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
DIRECTION = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]")
TEX = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "\u2212": r"\ensuremath{-}",
    "\u00d7": r"\ensuremath{\times}",
}


def printable(text: object) -> str:
    r"""Text without control characters, lone surrogates and hidden changes of direction.

    A control character becomes U+FFFD, so that its place is seen; a direction mark, which
    could make a name read as another one, vanishes. Line ends become `\n`.
    """
    plain = str(text).replace("\r\n", "\n").replace("\r", "\n")
    return DIRECTION.sub("", CONTROL.sub("\ufffd", plain))


def escape(text: object) -> str:
    """Escape any text for HTML and XML, inside elements and inside quoted attributes.

    The five characters `& < > " '` become entities; what no XML file may hold is replaced
    first (`printable`). `None` gives the empty string.
    """
    return "" if text is None else html.escape(printable(text), quote=True)


def escape_tex(text: object) -> str:
    """Escape any text for LaTeX: no character of it stays a command.

    Letters that pdfLaTeX does not read in its default setting are decomposed where that
    is possible and kept otherwise. `None` gives the empty string.
    """
    if text is None:
        return ""
    plain = unicodedata.normalize("NFC", " ".join(printable(text).split()))
    return "".join(TEX.get(letter, letter) for letter in plain)
