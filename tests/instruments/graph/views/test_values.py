import json

import drawn_programs as programs
import jax
import jax.numpy as jnp
import pytest

from limes.instruments.graph import graph
from limes.instruments.graph.views.values import plain, value_data


def test_values_adjoints_and_contributions_of_the_worked_example():
    data = value_data(graph(programs.example, 1.0, 2.0, share=True))
    assert data["values"][-1] == pytest.approx(13.792770562190322)
    assert data["adjoints"][:2] == pytest.approx([20.689155843285484, 9.808858425286727])
    edges = {(tail, head): value for tail, head, value in data["edges"]}
    assert edges[0, 2] == pytest.approx(19.617716850573457)


def test_shapes_have_no_values():
    fn, args = programs.scanned(3)
    assert value_data(graph(fn, *args)) == {}


def test_a_vector_says_why_it_has_no_adjoints():
    data = value_data(graph(jnp.sin, jnp.ones(2)))
    assert "cotangent" in data["no_adjoints"]
    assert "adjoints" not in data


def test_long_arrays_are_summarized():
    assert plain(jnp.arange(100.0)) == {"shape": [100], "min": 0.0, "max": 99.0, "norm": pytest.approx(573.0183)}


@pytest.mark.parametrize(
    "value", [jnp.array([1.0, jnp.inf, jnp.nan]), jnp.full(100, jnp.nan), jax.random.key(0), None, jnp.ones(2, complex)]
)
def test_everything_is_json(value):
    json.dumps(plain(value), allow_nan=False)
