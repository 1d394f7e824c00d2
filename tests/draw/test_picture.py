import shutil

import pytest

from limes._errors import InputError, StorageError
from limes.draw import Picture, chart


def test_formats_are_the_same_bytes_twice(charts, tmp_path):
    picture = chart(charts["rate"], salt="risk.a")
    assert picture.save("svg") == picture.svg.encode()
    assert picture.save("pdf") == picture.save("pdf", "page")
    assert picture.save("pdf").startswith(b"%PDF")
    written = picture.save(tmp_path / "f.svg", "8.4cm")
    assert (tmp_path / "f.svg").read_bytes() == written
    assert b'width="238' in written


def test_a_missing_xelatex_is_one_sentence(charts, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(InputError, match="xelatex"):
        chart(charts["rate"], salt="a").save("pgf")


def test_bad_targets(charts, tmp_path):
    picture = chart(charts["rate"], salt="a")
    with pytest.raises(InputError, match="svg, pdf or pgf"):
        picture.save("figure.docx")
    with pytest.raises(StorageError, match="Cannot write"):
        picture.save(tmp_path / "none" / "f.svg")


def test_a_stored_picture_gives_svg_only(charts):
    drawn = chart(charts["rate"], salt="a")
    stored = Picture(drawn.svg, drawn.words, drawn.table)
    assert stored == drawn
    assert b'width="144pt"' in stored.save("svg", 2.0)
    with pytest.raises(InputError, match="stored as SVG"):
        stored.save("pdf")
