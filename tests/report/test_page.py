import copy
import json
import re
import subprocess
import sys
from html.parser import HTMLParser

import pytest

from limes.report import page
from limes.report.bundle import policy, scripts

PAYLOADS = [
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "<svg onload=alert(1)>",
    "</title></style><iframe src=javascript:alert(1)>",
    "<!--><b>x</b>-->",
    "javascript:alert(1)",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "\\href{javascript:alert(1)}{x} $\\htmlData{a=b}{x}$ $<b>x</b>$",
    "]]><x/>\x00\x1b[31m\u202e\ud800",
    "{{7*7}} ${7*7} %s <a href=data:text/html,x>x</a>",
]
TAGS = {
    "html", "head", "meta", "title", "link", "style", "body", "header", "main", "footer", "section", "article", "figure", "figcaption",
    "h1", "h2", "h3", "h4", "p", "div", "span", "strong", "b", "small", "sup", "a", "ul", "li", "dl", "dt", "dd", "code", "details", "summary",
    "table", "thead", "tbody", "tr", "th", "td", "button", "select", "option", "input", "script", "svg", "g", "path", "use", "defs",
}  # fmt: skip


class Reader(HTMLParser):
    """Every element with its attributes, and the text of scripts and of everything else."""

    def __init__(self, html):
        super().__init__()
        self.elements, self.scripts, self.inside, self.texts = [], [], None, []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        self.inside = tag
        if tag == "script":
            self.scripts.append("")

    def handle_endtag(self, tag):
        self.inside = None

    def handle_data(self, data):
        if self.inside == "script":
            self.scripts[-1] += data
        elif self.inside != "style":
            self.texts.append(data)

    def handle_comment(self, data):
        self.elements.append(("comment", {}))


def poisoned(value, payload):
    if isinstance(value, dict):
        return {key: poisoned(item, payload) for key, item in value.items()}
    if isinstance(value, list):
        return [poisoned(item, payload) for item in value]
    return value + payload if isinstance(value, str) else value


@pytest.fixture
def drawn(results, environment):
    return page(results, environment)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_hostile_text_adds_no_element(results, environment, payload):
    few = poisoned([copy.deepcopy(results[k]) for k in (0, 2, 5)], payload)
    few[0]["page"]["picture"] = {
        "svg": f"<svg xmlns='http://www.w3.org/2000/svg'><title>{payload}</title></svg>{payload}",
        "words": payload,
        "table": {},
    }
    few[1]["page"]["chapter"] = payload
    few[1]["page"]["grid"] = {payload: [payload]}
    few[2]["verdict"] = "refuted"
    reader = Reader(page(few, {**environment, payload: payload}, title=payload))
    assert {tag for tag, _ in reader.elements} <= TAGS
    assert len(reader.scripts) == 2
    assert tuple(reader.scripts) == scripts()
    for _, attributes in reader.elements:
        assert not [name for name in attributes if name.startswith("on")]
        assert (attributes.get("href") or "#").startswith(("#", "data:,"))
        assert "src" not in attributes


def test_hostile_text_is_shown_as_text(results, environment):
    results[0]["page"]["reading"] = PAYLOADS[2]
    assert any(PAYLOADS[2] in text for text in Reader(page(results[:1], environment)).texts)


def test_policy_names_exactly_the_scripts(drawn):
    import base64
    import hashlib

    reader = Reader(drawn)
    hashes = {base64.b64encode(hashlib.sha256(s.encode()).digest()).decode() for s in reader.scripts}
    content = next(a["content"] for _, a in reader.elements if a.get("http-equiv") == "Content-Security-Policy")
    assert content == policy()
    assert set(re.findall(r"'sha256-([^']+)'", content)) == hashes
    assert content.startswith("default-src 'none'; script-src 'sha256-")
    assert "connect-src" not in content


def test_nothing_points_outside(drawn):
    namespaces = {"http://www.w3.org/1998/Math/MathML", "http://www.w3.org/1999/xlink", "http://www.w3.org/2000/svg"}
    assert set(re.findall(r"https?://[^\"'\s<>)]*", drawn)) <= namespaces
    assert all(target.startswith(("data:", "#")) for target in re.findall(r"url\(([^)]{0,20})", drawn))
    assert "@import" not in drawn


def test_same_bytes_twice_and_no_sentinel_ink(results, environment, drawn):
    assert page(copy.deepcopy(results), environment) == drawn
    assert "#010203" not in drawn


def test_verdict_table_comes_first_and_every_claim_has_its_anchor(results, drawn):
    assert drawn.index('class="verdicts"') < drawn.index("<article")
    reader = Reader(drawn)
    anchors = {a.get("id") for tag, a in reader.elements if tag == "article"}
    assert anchors == {r["id"] for r in results}
    assert all(f'href="#{name}"' in drawn for name in anchors)
    assert "8 claims: 3 supported, 1 refuted, 1 inconclusive, 1 assumption not met, 1 error, 1 not judged." in drawn


def test_every_picture_has_words(drawn):
    pictures = [a for tag, a in Reader(drawn).elements if tag == "svg" and a.get("role") == "img"]
    assert len(pictures) == 7
    assert all(len(a["aria-label"]) > 20 for a in pictures)


def test_verdicts_are_words_and_marks_never_color_alone(drawn):
    for verdict in ("supported", "refuted", "inconclusive", "assumption not met", "error", "not judged"):
        assert f'</svg> <span class="word">{verdict}</span>' in drawn


def test_glyphs_are_shared_and_all_there(drawn):
    body = drawn[drawn.index("<body>") : drawn.index("<script>")]
    names = re.findall(r'<path id="(g[0-9a-f]{8})"', body)
    assert len(names) == len(set(names))
    assert set(re.findall(r'<use href="#(g[0-9a-f]{8})"', body)) <= set(names)


def test_a_partial_run_reads_well(environment):
    html = page([{"id": "risk.convexity", "verdict": None}], environment)
    assert "A partial run: 1 of 1 claims" in html
    assert "None" not in "".join(Reader(html).texts)
    assert "no claim." in page([], environment)


def test_numbers_are_typeset(drawn):
    assert "4.4\u202f\u00d7\u202f10<sup>\u221216</sup>" in drawn
    assert "exponent \u22120.5;" in drawn


def test_controls_say_what_came_out(drawn):
    text = " ".join("".join(Reader(drawn).texts).split())
    assert "heavy tails : frequencies" in text.replace("tails:", "tails :")
    assert ", as it must." in text
    assert ", but it must come out refuted." in text
    assert "(false in 3 of 48 units)" in text


def test_report_needs_neither_jax_nor_matplotlib_to_import():
    code = "import sys, limes.report, limes.draw; print([m for m in ('jax', 'matplotlib') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_results_survive_json(results, environment, drawn):
    assert page(json.loads(json.dumps(results)), environment) == drawn
