import drawn_programs as programs
import jax
import jax.numpy as jnp
import pytest

from limes.instruments.graph import graph
from limes.instruments.graph.views.captions import clean, edge, node, title, variable
from limes.instruments.graph.views.picture import facts_of
from limes.instruments.graph.views.view import view


def captions(fn, *args, **look):
    traced = graph(fn, *args)
    seen = view(traced, **look)
    facts, _ = facts_of(traced, seen, traced.cost())
    return seen, facts


def texts(drawn):
    return [[span.text for span in line] for line in drawn.lines]


def test_values_and_adjoints_of_the_worked_example_stand_in_the_boxes():
    seen, facts = captions(programs.example, 1.0, 2.0)
    drawn = {box.key: node(box, facts) for box in seen.boxes}
    assert texts(drawn["0"]) == [["theta_1"], ["1", "20.69"]]
    assert texts(drawn["1"]) == [["theta_2"], ["2", "9.809"]]
    assert texts(drawn["7"]) == [["√"], ["2.537", "5.437"]]
    assert texts(drawn["8"]) == [["×"], ["13.79", "1"]]
    assert drawn["8"].kind == "output"


def test_contributions_of_the_arrows_add_up_to_the_adjoints():
    seen, facts = captions(programs.example, 1.0, 2.0)
    labels = {(link.tail, link.head): edge(link, facts).label for link in seen.links}
    assert labels["7", "8"] == "5.437"
    for key in ("0", "1"):
        total = sum(float(text) for (tail, _), text in labels.items() if tail == key)
        assert total == pytest.approx(float(facts.adjoints[key]), rel=1e-3)


def test_hovering_says_everything():
    seen, facts = captions(*_flat(programs.mlp()))
    notes = [node(box, facts).note for box in seen.boxes]
    matmul = next(note for note in notes if "matmul" in note)
    for word in ("dot_general", "f64[6,4]", "264 operations", "in layer0", "value from", "adjoint from"):
        assert word in matmul


def _flat(pair):
    return pair[0], *pair[1]


def test_a_collapsed_block_says_what_it_holds():
    seen, facts = captions(*_flat(programs.transformer()))
    drawn = {box.key: node(box, facts) for box in seen.boxes}
    assert texts(drawn["block5"]) == [["block5"], ["3975, 8.3\u00a0%"], ["256 parameters"]]
    assert "number 6 of 12 equal blocks" in drawn["block5"].note
    assert drawn["block5"].share == 1.0
    assert drawn["block5"].heat > drawn["head"].heat


def test_what_passes_no_derivative_is_faint():
    def f(x, k):
        return jnp.sum(x * (k + 1.0))

    traced = graph(f, jnp.ones(3), 2.0, argnums=0)
    seen = view(traced)
    facts, _ = facts_of(traced, seen, traced.cost())
    faint = {link.tail: edge(link, facts).faint for link in seen.links}
    assert faint["0"] is False
    assert faint["1"] is True


def test_arrows_name_their_moves():
    seen, facts = captions(programs.masked, jnp.arange(12.0))
    notes = [edge(link, facts).note for link in seen.links]
    assert any("through reshape, transpose" in note for note in notes)


def test_lines_of_a_program():
    seen, facts = captions(programs.example, 1.0, 2.0)
    lines = [texts(node(box, facts, program=True))[0][0] for box in seen.boxes]
    assert lines[0] == "theta_1"
    assert lines[2] == "θ₃ = exp(theta_1)"
    assert lines[3] == "θ₄ = theta_2 × θ₃"
    assert lines[-1] == "θ₉ = θ₄ × θ₈"


def test_names_of_values_in_a_body_are_marked():
    fn, args = programs.scanned(3)
    seen, _ = captions(fn, *args)
    names = [variable(box.element) for box in seen.boxes if box.element is not None]
    assert "carry" in names
    assert any(name.endswith("′") for name in names)


@pytest.mark.parametrize(("scope", "written"), [("_where", "where"), ("qhd,khd->hqk", "qhd,khd → hqk"), ("_", "_")])
def test_scopes_are_written_for_people(scope, written):
    assert clean(scope) == written


def test_a_scope_around_one_operation_gives_it_its_name():
    def f(x):
        with jax.named_scope("wave"):
            return jnp.sin(x)

    seen, _ = captions(f, 1.0)
    assert title(seen.boxes[1]) == "wave"
