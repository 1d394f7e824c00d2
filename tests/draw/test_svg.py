import re

from limes.draw import chart
from limes.draw.svg import GLYPH, clean, glyph_name, resize

RAW = """<?xml version="1.0"?><!DOCTYPE svg PUBLIC "x" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">
<svg width="72pt" height="36pt" xmlns="http://www.w3.org/2000/svg"><!-- <b> --><defs><style type="text/css">*{x:y}</style></defs>
<g id="unused"><path d="M 1.23456 2 L -0.001 3.5" style="stroke: #010203"/></g></svg>"""


def test_clean_keeps_the_drawing_alone():
    svg = clean(RAW, 'a "b" <c>')
    assert svg.startswith("<svg")
    assert 'd="M1.23 2L0 3.5"' in svg
    assert "currentColor" in svg
    assert "unused" not in svg
    assert "<style" not in svg
    assert "&lt;c&gt;</title>" in svg


def test_every_name_used_is_defined(charts):
    for name, spec in charts.items():
        svg = chart(spec, salt=name).svg
        defined = re.findall(r'id="([^"]+)"', svg)
        assert len(defined) == len(set(defined))
        assert set(re.findall(r'(?:href="#|url\(#)([^")]+)', svg)) == set(defined)


def test_glyphs_are_named_by_their_outline(charts):
    glyphs = GLYPH.findall(chart(charts["rate"], salt="a").svg)
    assert len(glyphs) > 10
    assert all(name == glyph_name(outline) for name, outline in glyphs)


def test_resize_keeps_the_proportions():
    assert 'width="144pt" height="72pt"' in resize(clean(RAW, "w"), 2.0)
