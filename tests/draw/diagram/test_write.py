import re
from xml.etree import ElementTree

import pytest
from random_diagrams import random_diagram

from limes.draw.diagram import Diagram, Edge, Frame, Node, Span, draw
from limes.draw.diagram.write import number
from limes.report.figures import is_plain

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "]]>&amp;--><!--",
    "a\x00b\x1b[31m\u202e\ud800",
    "x" * 3000,
    "</title></svg><svg onload=alert(1)>",
    "\\input{x} $\\frac{",
]


@pytest.mark.parametrize("view", ["layers", "order"])
@pytest.mark.parametrize("text", HOSTILE)
def test_labels_are_text(text, view):
    nodes = [
        Node(f"{text}1", ((Span(text), Span(text, "value")),), "input", (text,), note=text, link=text),
        Node(f"{text}2", ((Span(text),),), "block", (text, text), share=0.3, note=text),
    ]
    edges = [Edge(nodes[0].name, nodes[1].name, text, text)]
    diagram = Diagram(nodes, edges, {(text,): Frame(text, text, text)}, [("value", text), (text, text)])
    picture = draw(diagram, text, {}, view=view)
    root = ElementTree.fromstring(picture.svg)
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= {
        "svg",
        "title",
        "g",
        "a",
        "path",
        "rect",
        "text",
    }
    for element in root.iter():
        assert not [key for key in element.attrib if key.startswith("on")]
        assert element.get("href", "#").startswith("#")


def test_a_drawing_is_harmless_shapes_only():
    svg = draw(random_diagram(30, 5, groups=True, labels=True), "words", {}).svg
    assert is_plain(svg)
    assert "<!" not in svg
    assert set(re.findall(r"https?://[^\"' ]*", svg)) == {"http://www.w3.org/2000/svg"}


def test_words_describe_the_drawing():
    root = ElementTree.fromstring(draw(random_diagram(5, 2), "K = 7 operations.", {}).svg)
    assert root.get("aria-label") == "K = 7 operations."
    assert root.get("role") == "img"
    assert root.findtext(f"{SVG}title") == "K = 7 operations."


def test_ink_is_the_readers():
    svg = draw(random_diagram(5, 2), "w", {}).svg
    assert "#010203" not in svg
    assert "currentColor" in svg


@pytest.mark.parametrize(
    ("value", "text"), [(1.0, "1"), (-0.04, "0"), (2.25, "2.2"), (-3.16, "-3.2"), (1200.0, "1200")]
)
def test_numbers_are_short(value, text):
    assert number(value) == text
