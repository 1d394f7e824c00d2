import re
from xml.etree import ElementTree

import pytest

from limes._errors import InputError
from limes.draw import chart

NAMES = ("rate", "law", "names", "identity", "zeros", "band", "empty", "single")
SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("name", NAMES)
def test_same_bytes_twice_and_ink_is_the_readers(charts, name):
    first, second = chart(charts[name], salt=name), chart(charts[name], salt=name)
    assert first.svg == second.svg
    assert first == second
    assert "#010203" not in first.svg
    assert "currentColor" in first.svg


@pytest.mark.parametrize("name", NAMES)
def test_every_chart_has_words(charts, name):
    del charts[name]["words"]
    picture = chart(charts[name], salt=name)
    root = ElementTree.fromstring(picture.svg)
    assert picture.words
    assert root.get("aria-label") == picture.words
    assert root.get("role") == "img"
    assert root.findtext(f"{SVG}title") == picture.words


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("width", ["column", 5.0])
def test_nothing_is_cut(charts, name, width):
    svg = chart(charts[name], salt=name, width=width).svg
    _, _, right, bottom = (float(v) for v in re.search(r'viewBox="([^"]*)"', svg)[1].split())
    for x, y in re.findall(r"translate\(([-\d.]+) ([-\d.]+)\) scale\(0\.0", svg):
        assert -0.5 <= float(x) <= right
        assert 0 <= float(y) <= bottom + 0.5


def test_only_namespaces_look_like_links(charts):
    for name, spec in charts.items():
        svg = chart(spec, salt=name).svg
        assert set(re.findall(r"https?://[^\"' ]*", svg)) <= {
            "http://www.w3.org/2000/svg",
            "http://www.w3.org/1999/xlink",
        }
        assert "<!" not in svg
        assert "<style" not in svg


def test_zeros_on_a_log_axis_are_marked_and_named(charts):
    from limes.draw.chart import draw
    from limes.draw.spec import read
    from limes.draw.style import style

    with style("x"):
        texts = [t.get_text() for t in draw(read(charts["zeros"]), 4.6).axes[0].texts]
    assert "zero or below" in texts


def test_a_far_bound_does_not_flatten_the_data(charts):
    spec = charts["single"]
    spec["lines"] = [{"role": "bound", "label": "bound 500", "x": [4], "y": [500]}]
    from limes.draw.chart import draw
    from limes.draw.spec import read
    from limes.draw.style import style

    with style("x"):
        texts = " ".join(t.get_text() for t in draw(read(spec), 4.6).axes[0].texts)
    assert "off the" in texts


def test_table_holds_the_numbers(charts):
    table = chart(charts["rate"], salt="t").table
    assert table["columns"][:5] == ["D", "kernel error", "low", "high", "seeds"]
    assert table["rows"][0][:2] == [16.0, 0.25]
    assert "fitted slope -0.50" in table["columns"]


@pytest.mark.parametrize(
    "label",
    [
        "<script>alert(1)</script>",
        "$\\frac{",
        "a\x00b\x1b[31m",
        "]]>&amp;--><!--",
        "\u6f22\u5b57 \U0001f600",
        "x" * 300,
        "{\\input{x}}",
        "\u202edlrow",
        "a\ud800b",
    ],
)
def test_labels_are_text(charts, label):
    spec = charts["rate"]
    spec["x"]["label"] = spec["y"]["label"] = spec["words"] = label
    spec["series"][0]["label"] = spec["lines"][0]["label"] = spec["where"]["a"] = label
    root = ElementTree.fromstring(chart(spec, salt="h").svg)
    names = {element.tag.removeprefix(SVG) for element in root.iter()}
    assert names <= {"svg", "title", "g", "path", "defs", "use"}


def test_a_chart_without_axes_is_refused():
    with pytest.raises(InputError, match="needs 'x'"):
        chart({"y": {"label": "q"}}, salt="a")
