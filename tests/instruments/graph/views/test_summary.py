import drawn_programs as programs
import jax
import jax.numpy as jnp
import pytest

from limes.instruments.graph import graph
from limes.instruments.graph.views.summary import memory, mode_rows, scope_rows, signature, size, verdict
from limes.instruments.graph.views.view import view


def test_the_modes_of_the_worked_example():
    cost = graph(programs.example, 1.0, 2.0).cost()
    assert [mode.operations for mode in mode_rows(cost)] == [7, 21, 20, 35, 21, 20]
    assert [mode.ratio for mode in mode_rows(cost)] == ["1", "3", "2.86", "5", "3", "2.86"]
    assert "2.86 evaluations" in verdict(cost)


def test_a_vector_has_a_jacobian():
    cost = graph(lambda x: jnp.sin(x), jnp.ones(3)).cost()
    assert "Jacobian" in verdict(cost)
    assert "3 numbers" in verdict(cost)
    assert not [mode for mode in mode_rows(cost) if "bound" in mode.name or "gradient" in mode.name]


@pytest.mark.parametrize(
    ("fn", "args", "said"),
    [
        (lambda x: x, (jnp.ones((0, 3)),), "No number is put in"),
        (lambda x: x > 0, (1.0,), "No output is a floating-point number"),
        (lambda x: x.reshape(3, 1), (jnp.ones(3),), "only moves numbers"),
    ],
)
def test_what_has_no_gradient_is_told_so(fn, args, said):
    assert said in verdict(graph(fn, *args).cost())


def test_a_custom_vjp_has_no_forward_mode():
    @jax.custom_vjp
    def f(x):
        return jnp.sin(x)

    f.defvjp(lambda x: (f(x), x), lambda x, g: (g * jnp.cos(x),))
    cost = graph(lambda x: f(x), 1.0).cost()
    rows = {mode.name: mode for mode in mode_rows(cost)}
    assert rows["value and gradient, forward mode"].operations is None
    assert "not available" in rows["value and gradient, forward mode"].why
    assert "forward" not in verdict(cost)


def test_scopes_with_their_operations():
    fn, args = programs.transformer()
    traced = graph(fn, *args)
    rows = scope_rows(view(traced))
    assert [row[0] for row in rows] == ["block0 and 11 equal", "head"]
    assert sum(row[2] for row in rows) == traced.cost().function


def test_one_scope_around_all_gives_way_to_those_inside():
    def f(x):
        with jax.named_scope("all"):
            with jax.named_scope("a"):
                x = jnp.sin(x) * x
            with jax.named_scope("b"):
                return jnp.exp(x) + x

    assert {row[0] for row in scope_rows(view(graph(f, 1.0)))} == {"all/a", "all/b"}


def test_the_signature_names_arguments_and_results():
    assert signature(graph(programs.example, 1.0, 2.0)) == ["theta_1: f64[]", "theta_2: f64[]", "returns f64[]"]


@pytest.mark.parametrize(("count", "text"), [(96, "96 B"), (26100, "26.1 kB"), (3 * 10**9, "3 GB")])
def test_sizes(count, text):
    assert size(count) == text


def test_memory_is_said():
    assert "40 B forward" in memory(graph(programs.example, 1.0, 2.0).cost())
