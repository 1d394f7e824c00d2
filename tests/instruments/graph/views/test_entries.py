import drawn_programs as programs
import jax
import jax.numpy as jnp

from limes.instruments.graph import graph
from limes.instruments.graph.views.entries import argument
from limes.instruments.graph.views.view import view


def shown(seen):
    return {box.element.node.name: box for box in seen.boxes if box.kind in ("input", "constant")}


def test_a_small_drawing_shows_every_input_beside_what_reads_it():
    fn, args = programs.mlp()
    entries = shown(view(graph(fn, *args)))
    assert len(entries) == 8
    assert entries["params[1]['W']"].group == ("layer1",)
    assert entries["x"].group == ()


def test_a_large_drawing_names_parameters_inside_of_the_blocks_that_read_them():
    fn, args = programs.transformer(12)
    seen = view(graph(fn, *args))
    assert set(shown(seen)) == {"x"}
    block = next(box for box in seen.boxes if box.key == "block3")
    assert len(block.read) == 4
    assert block.parameters == 4 * 8 * 8


def test_every_number_of_the_parameters_is_read_somewhere():
    fn, args = programs.conv_net()
    seen = view(graph(fn, *args))
    assert sum(box.parameters for box in seen.boxes) == sum(leaf.size for leaf in jax.tree.leaves(args[0]))


def test_constants_are_entries_too():
    table = jnp.arange(3.0)
    entries = shown(view(graph(lambda x: jnp.sum(x * table), jnp.ones(3))))
    assert sorted(box.kind for box in entries.values()) == ["constant", "input"]


def test_an_input_that_nobody_reads_is_shown():
    entries = shown(view(graph(lambda x, y: jnp.sin(x), 1.0, 2.0)))
    assert set(entries) == {"x", "y"}


def test_every_arrow_ends_at_boxes_in_order():
    for program in (programs.mlp, programs.transformer, programs.scanned, programs.conv_net):
        fn, args = program()
        for level in (None, 0, 1, 2):
            seen = view(graph(fn, *args), level=level)
            place = {box.key: k for k, box in enumerate(seen.boxes)}
            assert len(place) == len(seen.boxes)
            assert all(place[link.tail] < place[link.head] for link in seen.links)


def test_the_argument_of_a_leaf():
    fn, args = programs.mlp()
    seen = view(graph(fn, *args))
    assert {argument(box.element) for box in seen.boxes if box.kind == "input"} == {"params", "x", "y"}
