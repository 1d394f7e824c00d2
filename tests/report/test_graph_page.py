"""The page of a graph: one file, offline, harmless whatever names come in, the same bytes twice."""

import base64
import hashlib
import re
from html.parser import HTMLParser

import drawn_programs as programs
import jax
import jax.numpy as jnp
import pytest

from limes._errors import StorageError
from limes.instruments.graph import graph
from limes.report.bundle import asset, policy_for
from limes.report.graph_page import page, write

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</style><iframe src=javascript:alert(1)>",
    "a\x00\u202eb",
]


class Reader(HTMLParser):
    """Every element with its attributes, and the text of scripts."""

    def __init__(self, html):
        super().__init__()
        self.elements, self.scripts, self.inside = [], [], ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        self.inside = tag

    def handle_endtag(self, tag):
        self.inside = ""

    def handle_data(self, data):
        if self.inside == "script":
            self.scripts.append(data)


@pytest.fixture(scope="module")
def transformer():
    fn, args = programs.transformer()
    return graph(fn, *args)


@pytest.fixture(scope="module")
def html(transformer):
    return page(transformer, "nets.py:loss", slots=3)


def test_the_same_page_twice(transformer, html):
    assert page(transformer, "nets.py:loss", slots=3) == html


def test_nothing_is_loaded(html):
    reader = Reader(html)
    assert set(re.findall(r"https?://[^\"' )]*", html)) <= {"http://www.w3.org/2000/svg"}
    for _, attributes in reader.elements:
        assert "src" not in attributes
        assert (attributes.get("href") or "#").startswith(("#", "data:,"))
        assert not [name for name in attributes if name.startswith("on")]
    assert "url(" not in re.sub(r"url\(#", "", html)


def test_the_policy_names_the_one_script(html):
    reader = Reader(html)
    (script,) = reader.scripts
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = next(a["content"] for _, a in reader.elements if a.get("http-equiv") == "Content-Security-Policy")
    assert policy == policy_for([script])
    assert f"script-src 'sha256-{digest}'" in policy
    assert script == asset("graph.js").strip()


@pytest.mark.parametrize("name", HOSTILE)
def test_names_of_the_persons_own_are_text(name):
    def f(params):
        with jax.named_scope(name.replace("/", "|").replace("\x00", "")):
            return jnp.sum(params[name] ** 2)

    reader = Reader(page(graph(f, {name: jnp.ones(2)}), name))
    tags = {tag for tag, _ in reader.elements}
    assert not tags & {"img", "iframe"}
    assert len(reader.scripts) == 1
    assert not [key for _, attributes in reader.elements for key in attributes if key.startswith("on")]


def test_every_link_has_its_place(html):
    reader = Reader(html)
    ids = [attributes["id"] for _, attributes in reader.elements if "id" in attributes]
    links = {a["href"][1:] for tag, a in reader.elements if tag == "a"}
    assert len(ids) == len(set(ids))
    assert links
    assert links <= set(ids)


def test_every_drawing_has_a_tab_and_the_first_is_shown(html):
    reader = Reader(html)
    tabs = [a for tag, a in reader.elements if tag == "input"]
    labels = [a["for"] for tag, a in reader.elements if tag == "label"]
    assert [tab["id"] for tab in tabs] == labels
    assert ["checked" in tab for tab in tabs] == [True] + [False] * (len(tabs) - 1)
    assert len(tabs) <= 7  # the style knows seven


def test_costs_and_words_are_there(html):
    for text in (
        "nets.py:loss",
        "What it costs",
        "value and gradient, reverse mode",
        "one of 12 equal blocks",
        "A chain of length",
    ):
        assert text in html


def test_values_stand_in_a_table():
    html = page(graph(programs.example, 1.0, 2.0), "loss")
    assert "13.792770562190" in html
    assert "adjoint" in html


def test_the_program_can_come_first():
    tabs = [
        a for tag, a in Reader(page(graph(programs.example, 1.0, 2.0), "loss", order=True)).elements if tag == "input"
    ]
    assert ["checked" in tab for tab in tabs] == [False, True]


def test_a_page_is_written_whole_or_not_at_all(tmp_path, transformer):
    write(tmp_path / "a.html", transformer, "loss")
    assert (tmp_path / "a.html").read_text().endswith("</html>\n")
    assert [path.name for path in tmp_path.iterdir()] == ["a.html"]
    with pytest.raises(StorageError, match="another path"):
        write(tmp_path / "no" / "a.html", transformer, "loss")
