import re
import time
from xml.etree import ElementTree

import drawn_programs as programs
import jax.numpy as jnp
import pytest

from limes._errors import InputError
from limes.instruments.graph import graph
from limes.instruments.graph.views.picture import draw


def traced(pair):
    fn, args = pair
    return graph(fn, *args)


@pytest.mark.parametrize("show", ["layers", "order"])
@pytest.mark.parametrize("make", [programs.mlp, programs.transformer, programs.scanned, programs.conv_net])
def test_every_graph_is_drawn_the_same_way_twice(make, show):
    found = traced(make())
    picture = draw(found, show=show)
    assert picture.svg == draw(found, show=show).svg
    ElementTree.fromstring(picture.svg)


def test_words_say_the_numbers():
    words = draw(graph(programs.example, 1.0, 2.0)).words
    for text in (
        "7 operation nodes",
        "K = 7 operations",
        "20 by reverse mode (2.86 × K)",
        "35 by forward mode",
        "21 by finite",
    ):
        assert text in words


def test_shared_values_are_drawn_once():
    words = draw(graph(programs.example, 1.0, 2.0, share=True)).words
    assert "K = 5 operations" in words
    assert "14 by reverse mode (2.8 × K)" in words


def test_the_table_has_a_row_for_every_box_and_all_operations():
    found = traced(programs.transformer())
    table = draw(found).table
    rows = [dict(zip(table["columns"], row, strict=True)) for row in table["rows"]]
    assert sum(row["operations"] for row in rows) == found.cost().function
    assert sum(row["share"] for row in rows) == pytest.approx(1.0)


def test_the_table_holds_values_in_full():
    table = draw(graph(programs.example, 1.0, 2.0)).table
    row = dict(zip(table["columns"], table["rows"][-1], strict=True))
    assert float(row["value"]) == pytest.approx(13.792770562190322)
    assert row["name"] == "θ₉"


def test_a_vector_is_drawn_without_adjoints_and_says_why():
    picture = draw(graph(lambda x: x * jnp.sin(x), jnp.ones(3)))
    assert "No adjoints" in picture.words
    assert "cotangent" in picture.words
    assert "value, of an array its norm" in picture.svg


def test_shapes_have_no_values():
    fn, args = programs.mlp()
    picture = draw(graph(fn, *programs.as_shapes(args)))
    assert all(row[-2:] == ["", ""] for row in picture.table["rows"])
    assert "full color" in picture.svg


def test_values_can_be_left_out():
    found = graph(programs.example, 1.0, 2.0)
    assert "13.79" in draw(found).svg
    assert "13.79" not in draw(found, values=False).svg


def test_an_unknown_view_is_refused():
    with pytest.raises(InputError, match="'circle'"):
        draw(graph(programs.example, 1.0, 2.0), show="circle")


def test_a_graph_draws_itself(tmp_path):
    graph(programs.example, 1.0, 2.0).draw(level=0).save(tmp_path / "a.svg")
    assert (tmp_path / "a.svg").read_text().startswith("<svg")


def test_flags_are_said():
    import jax

    number = jax.ShapeDtypeStruct((), jnp.float64)
    assert "one pass" in draw(graph(programs.while_root, number)).words
    assert "dearest branch" in draw(graph(programs.branches, number)).words


def test_a_resnet_34_and_a_transformer_are_drawn_in_seconds():
    for make in (programs.conv_net, programs.transformer, programs.scanned):
        found = traced(make())
        found.cost()
        started = time.process_time()
        picture = draw(found)
        assert time.process_time() - started < 20
        width, height = (float(x) for x in re.search(r'width="([\d.]+)pt" height="([\d.]+)pt"', picture.svg).groups())
        assert max(width, height) < 1400


def test_a_function_of_nothing_that_moves_is_drawn():
    picture = draw(graph(lambda x: x, 1.0))
    assert "K = 0 operations" in picture.words
    assert draw(graph(lambda x: x > 0, 3.0)).words
