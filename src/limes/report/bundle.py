"""What the page carries inside itself: styles, scripts, KaTeX with its fonts, and the content policy."""

import base64
import hashlib
import re
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

FONT = re.compile(r"src:url\(fonts/([\w-]+)\.woff2\)[^;}]*")


def asset(name: str) -> str:
    """The text of one file of `report/assets`."""
    return (files("limes.report") / "assets" / name).read_text(encoding="utf-8")


@cache
def styles() -> str:
    """KaTeX's style with its fonts as data, then ours."""
    katex = FONT.sub(_font, asset("katex.min.css"))
    return f"{katex}\n{asset('report.css')}".replace("</", "<\\/")


def _font(match: re.Match[str]) -> str:
    path = files("limes.report") / "assets" / "fonts" / f"{match[1]}.woff2"
    data = base64.b64encode(path.read_bytes()).decode()
    return f'src:url(data:font/woff2;base64,{data}) format("woff2")'


@cache
def scripts() -> tuple[str, ...]:
    """KaTeX, then ours, exactly as they stand in the page."""
    return asset("katex.min.js").strip(), asset("report.js").strip()


@cache
def policy() -> str:
    """The content policy of the report."""
    return policy_for(scripts())


def policy_for(sources: Iterable[str]) -> str:
    """The content policy of a page with these scripts: nothing is loaded, and only they run."""
    hashes = " ".join(f"'sha256-{_digest(script)}'" for script in sources)
    return (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; "
        "font-src data:; img-src data:; base-uri 'none'; form-action 'none'"
    )


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
