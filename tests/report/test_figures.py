import pytest

from limes.report.figures import control_figures, figures, file_name, is_plain

XML = "<svg xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink'>{}</svg>"


@pytest.mark.parametrize(
    "inside",
    [
        "<script>1</script>",
        "<g onload='x'/>",
        "<style>*{}</style>",
        "<foreignObject/>",
        "<a href='#x'/>",
        "<use xlink:href='http://x'/>",
        "<image href='file:///etc/passwd'/>",
        "<title><b/></title>",
        "<path style='fill: url(http://x)'/>",
        "<path style='fill: u\\72l(x)'/>",
        "<!-- x -->",
        "<g>",
        "<animate/>",
    ],
)
def test_only_shapes_are_inlined(inside):
    assert not is_plain(XML.format(inside))
    assert is_plain(XML.format("<title>a</title><g><path d='M0 0'/><use xlink:href='#a'/></g>"))


def test_own_picture_comes_first_and_a_bad_one_is_said(results):
    results[0]["page"]["picture"] = {"svg": XML.format("<script/>"), "words": "own", "table": {}}
    found = figures(results[0])
    assert [f.name for f in found] == [f"risk.random_features.{k}" for k in (1, 2, 3)]
    assert found[0].picture.svg == ""
    assert found[0].picture.words == "own"


def test_a_broken_chart_is_a_sentence(results):
    results[0]["page"]["charts"] = [{"series": []}]
    assert "needs" in figures(results[0])[0].picture.words


def test_control_figures(results):
    assert [f.name for f in control_figures(results[0], 0)] == ["risk.random_features.control1.1"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [("risk.a_b", "risk.a_b"), ("../x", "x"), ("", "claim"), ("a/b\\c", "a_b_c"), (None, "claim"), ("..", "claim")],
)
def test_file_names(name, expected):
    assert file_name(name) == expected
