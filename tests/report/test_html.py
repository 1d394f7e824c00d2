from limes.report.html import Html, h, interval, number, prose, sentence


def test_text_is_escaped_once_and_html_kept():
    assert h("p", "a < b", Html("<b>c</b>"), None, 3) == "<p>a &lt; b<b>c</b>3</p>"
    assert (
        h("input", type="search", hidden=True, class_=None, data_v='"')
        == '<input type="search" hidden data-v="&quot;">'
    )


def test_prose_sets_formulas_and_signs():
    assert prose("at $x < 1$, -0.5 to 16-64") == 'at <span class="tex">x &lt; 1</span>, \u22120.5 to 16-64'
    assert prose("costs $5 and $6") == "costs $5 and $6"


def test_numbers():
    assert number(None) == "\u2013"
    assert number(-2.5e-7) == "\u22122.5\u202f\u00d7\u202f10<sup>\u22127</sup>"
    assert number("1e5<") == "1e5&lt;"
    assert interval([0.1, None]) == "[0.1, \u2013]"
    assert interval(None) == ""


def test_sentences_end():
    assert [sentence(t) for t in ("a", "a.", "", None)] == ["a.", "a.", "", ""]
