import drawn_programs as programs
import jax
import pytest

from limes._errors import InputError
from limes.instruments.graph import graph
from limes.instruments.graph.views.view import BUDGET, inside, is_single, view

PROGRAMS = {
    "mlp": programs.mlp,
    "transformer": programs.transformer,
    "bare": lambda: programs.transformer(scopes=False),
    "scan": programs.scanned,
    "conv": programs.conv_net,
}


@pytest.fixture(scope="module", params=PROGRAMS)
def traced(request):
    fn, args = PROGRAMS[request.param]()
    return graph(fn, *args)


@pytest.mark.parametrize("level", [None, 0, 1, 2, 9])
def test_every_operation_is_in_exactly_one_box(traced, level):
    seen = view(traced, level=level)
    inside_boxes = [e.key for box in seen.boxes for e in box.elements]
    assert len(inside_boxes) == len(set(inside_boxes))
    assert sum(box.total for box in seen.boxes) == traced.cost().function


def test_a_large_graph_is_shown_in_few_boxes(traced):
    boxes = [box for box in view(traced).boxes if box.kind in ("block", "operation", "carry")]
    assert 3 <= len(boxes) <= BUDGET


def test_deeper_levels_have_more_boxes(traced):
    counts = [len(view(traced, level=level).boxes) for level in range(4)]
    assert counts == sorted(counts)


def test_all_levels_open_means_no_block(traced):
    assert all(box.kind != "block" for box in view(traced, level=99).boxes)


def test_one_of_many_equal_blocks_is_opened():
    fn, args = programs.transformer(12)
    seen = view(graph(fn, *args))
    assert set(seen.opened) == {("block0",)}
    assert sum(box.kind == "block" and box.key.startswith("block") and "/" not in box.key for box in seen.boxes) == 11


def test_a_scope_is_opened_when_asked():
    fn, args = programs.transformer(12)
    traced = graph(fn, *args)
    assert ("block7",) in view(traced, level=0, expand="block7").opened
    assert ("block7", "attention") in view(traced, level=0, expand=["block7/attention"]).opened
    assert len(view(traced, level=0, expand="attention").opened) == 24


@pytest.mark.parametrize(("name", "said"), [("blok7", "block7"), ("nothing/at/all", "scopes are"), ("", "''")])
def test_an_unknown_scope_is_refused(name, said):
    fn, args = programs.transformer(12)
    with pytest.raises(InputError, match=said):
        view(graph(fn, *args), expand=name)


def test_the_output_is_marked():
    seen = view(graph(programs.example, 1.0, 2.0))
    assert [box.key for box in seen.boxes if box.output] == ["8"]


def test_far_too_many_equal_blocks_become_one():
    fn, args = programs.transformer(100)
    seen = view(graph(fn, *args))
    assert len(seen.boxes) <= BUDGET
    assert max(box.merged for box in seen.boxes) == 99
    assert sum(box.total for box in seen.boxes) == graph(fn, *args).cost().function


def test_the_inside_of_a_block_reads_from_outside_and_gives_to_it():
    fn, args = programs.transformer(12)
    seen = view(graph(fn, *args))
    block = next(box.block for box in seen.boxes if box.key == "block5")
    part = inside(seen, block)
    assert sum(box.total for box in part.boxes) == sum(e.total for e in block.elements())
    assert sum(box.kind == "outside" for box in part.boxes) == 1
    assert sum(box.output for box in part.boxes) == 1
    assert {link.tail for link in part.links} <= {box.key for box in part.boxes}


def test_a_scope_around_one_operation_is_but_its_name():
    def f(x):
        with jax.named_scope("wave"):
            return jax.numpy.sin(x)

    seen = view(graph(f, 1.0))
    assert [box.kind for box in seen.boxes] == ["input", "operation"]
    assert is_single(seen.boxes[1].block)


def test_moves_are_shown_when_asked():
    import jax.numpy as jnp

    traced = graph(programs.masked, jnp.arange(12.0))
    assert len(view(traced, moves=True).boxes) > len(view(traced).boxes)
