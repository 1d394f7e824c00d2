import pytest

from limes.draw.escape import escape, escape_tex, printable


def test_escape_leaves_no_markup():
    assert escape("<a href='x' on=\"y\">&amp;") == "&lt;a href=&#x27;x&#x27; on=&quot;y&quot;&gt;&amp;amp;"
    assert escape(None) == ""
    assert escape(1.5) == "1.5"


def test_control_characters_surrogates_and_directions_are_gone():
    assert printable("a\x00b\x1bc\ud800d\u202ee\r\nf") == "a\ufffdb\ufffdc\ufffdde\nf"


@pytest.mark.parametrize("letter", "\\{}$&#%_^~")
def test_tex_specials_are_escaped(letter):
    escaped = escape_tex(f"a{letter}b")
    assert escaped != f"a{letter}b"
    assert escaped.startswith("a\\")


def test_tex_commands_are_text():
    assert escape_tex("\\input{x}\n%") == r"\textbackslash{}input\{x\} \%"
    assert escape_tex(None) == ""
