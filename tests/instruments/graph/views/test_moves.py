import drawn_programs as programs
import jax
import jax.numpy as jnp

from limes.instruments.graph import graph
from limes.instruments.graph.views.elements import elements
from limes.instruments.graph.views.moves import Moves


def read(fn, *args, shown=False):
    found, outputs = elements(graph(fn, *args))
    return found, Moves(found, [out.key for out in outputs], shown)


def left(fn, *args):
    found, folded = read(fn, *args)
    return [e.node.primitive for e in found if e not in folded and e.kind == "operation"]


def test_reshapes_are_no_operations():
    assert left(programs.masked, jnp.arange(12.0)) == ["select_n", "mul", "reduce_sum"]


def test_all_are_boxes_when_asked():
    found, folded = read(programs.masked, jnp.arange(12.0), shown=True)
    assert not [e for e in found if e in folded]


def test_what_moves_cost_nothing():
    found, folded = read(programs.masked, jnp.arange(12.0))
    assert sum(e.total for e in found if e in folded) == 0


def test_a_value_is_followed_through_moves():
    found, folded = read(programs.masked, jnp.arange(12.0))
    select = [e for e in found if e.node.primitive == "select_n"][-1]
    sources = [source for parent in select.parents for source in folded.sources(parent.key, select.key)]
    assert [(source.key, source.by) for source in sources] == [("0", ("reshape", "transpose"))]
    assert folded.source(sources[0].first) == "0"


def test_joining_arrays_is_no_move():
    assert left(lambda x, y: jnp.concatenate([x, y]), jnp.ones(2), jnp.ones(3)) == ["concatenate"]


def test_an_index_leads_to_the_one_who_reads_by_it():
    def pick(x, k):
        return jnp.sum(x[k] * 2.0)

    found, folded = read(pick, jnp.ones(5), jnp.int32(3))
    (product,) = [e for e in found if e.node.primitive == "mul"]
    keys = {source.key for parent in product.parents for source in folded.sources(parent.key, product.key)}
    assert keys >= {"0"}
    assert len(keys) >= 2


def test_an_output_is_kept_even_if_it_is_written_into_the_program():
    assert left(lambda x: (jnp.sin(x), jnp.zeros((3, 3)) + 0.0), 1.0)[-1] != "sin"


def test_costly_constants_are_kept():
    assert "sin" in left(lambda x: jnp.sum(x * jnp.sin(jax.lax.iota(jnp.float64, 4))), jnp.ones(4))
