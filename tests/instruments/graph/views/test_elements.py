import drawn_programs as programs
import jax
import jax.numpy as jnp

from limes.instruments.graph import graph
from limes.instruments.graph.views.elements import elements

NUMBER = jax.ShapeDtypeStruct((), jnp.float64)


def total(found):
    return sum(element.total for element in found)


def test_a_plain_program_is_its_nodes():
    traced = graph(programs.example, 1.0, 2.0)
    found, outputs = elements(traced)
    assert [element.key for element in found] == [str(node.index) for node in traced.nodes]
    assert [[p.key for p in element.parents] for element in found] == [list(map(str, n.parents)) for n in traced.nodes]
    assert [out.key for out in outputs] == ["8"]


def test_the_body_of_a_scan_stands_in_its_place_and_runs_as_often():
    fn, args = programs.scanned(12)
    traced = graph(fn, *args)
    found, _ = elements(traced)
    inside = [element for element in found if "." in element.key]
    assert {element.times for element in inside} == {12}
    assert {element.scope[0] for element in inside} == {"scan \u00d7 12"}
    assert total(found) == traced.cost().function
    assert not [element for element in found if element.node.primitive == "scan"]


def test_a_carry_reads_its_first_value_and_slices_pass_through():
    fn, args = programs.scanned(5)
    found, _ = elements(graph(fn, *args))
    (carry,) = [element for element in found if element.kind == "carry"]
    assert [p.key for p in carry.parents] == [next(e.key for e in found if e.node.primitive == "add")]
    ways = {way for element in found for parent in element.parents for way in parent.by}
    assert ways == {"one slice per pass"}


def test_scans_inside_scans_multiply():
    def nested(x):
        inner = lambda x, _: (jnp.sin(x), None)
        outer = lambda x, _: (jax.lax.scan(inner, x, length=3)[0], None)
        return jax.lax.scan(outer, x, length=4)[0]

    traced = graph(nested, NUMBER)
    (sine,) = [element for element in elements(traced)[0] if element.node.primitive == "sin"]
    assert (sine.times, sine.total) == (12, 12)
    assert sine.scope == ("scan \u00d7 4", "scan \u00d7 3")
    assert traced.cost().function == 12


def test_the_operands_of_a_while_and_of_a_branch_are_those_of_the_equation():
    for program in (programs.while_root, programs.branches):
        found, outputs = elements(graph(program, NUMBER))
        first = next(element for element in found if "." in element.key)
        assert {parent.key for parent in first.parents} == {"0"}
        assert "." in outputs[0].key


def test_the_same_value_twice_is_read_twice():
    body = lambda carry, _: ((carry[0] * carry[1], carry[1] + 1.0), None)
    traced = graph(lambda x: jax.lax.scan(body, (x, x), length=3)[0][0], NUMBER)
    carries = [element for element in elements(traced)[0] if element.kind == "carry"]
    assert [[p.key for p in carry.parents] for carry in carries] == [["0"], ["0"]]


def test_what_no_output_needs_is_left_out():
    def wasteful(x):
        jnp.exp(x)
        return jnp.sin(x)

    assert [e.node.primitive for e in elements(graph(wasteful, NUMBER))[0]] == ["input", "sin"]
