import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from limes._errors import InputError
from limes.instruments.tangent.program import arrays, check_examples, check_output, example, is_traced, split, trace


def apply(params, x):
    return params["scale"] * params["W"] @ x + params["shift"][0]


PARAMS = {"W": jnp.ones((2, 3)), "scale": 2.0, "shift": jnp.array([1]), "name": "net", "none": None}


def as_float(params, x):
    return params["scale"] * (params["W"] @ x)


def test_inexact_arrays_and_floats_are_the_parameters():
    call, leaves = split("test", as_float, PARAMS)
    assert sorted(leaf.shape for leaf in leaves) == [(), (2, 3)]
    assert jnp.array_equal(call(leaves, jnp.ones(3)), jnp.array([6.0, 6.0]))
    doubled = [2 * leaf for leaf in leaves]
    assert jnp.array_equal(call(doubled, jnp.ones(3)), jnp.array([24.0, 24.0]))


@pytest.mark.parametrize(
    ("params", "words"),
    [({"n": jnp.array([1])}, "floating-point"), ({}, "at least one"), ({"z": jnp.ones(2, complex)}, "must be real")],
)
def test_nothing_to_differentiate_is_refused(params, words):
    with pytest.raises(InputError, match=words):
        split("test", lambda params, x: x, params)


def test_something_else_than_a_function_is_refused():
    with pytest.raises(InputError, match="must be a function"):
        split("test", 3.0, PARAMS)


def test_the_program_is_that_of_one_example_and_takes_parameters_first():
    call, leaves = split("test", as_float, PARAMS)
    program = trace(call, leaves, jnp.ones(3))
    args = program.run_args(leaves, jnp.ones(3))
    assert [variable.aval.shape for variable in program.jaxpr.invars] == [np.shape(arg) for arg in args]
    assert program.num_params == 2


def test_what_is_closed_over_becomes_a_constant():
    shift = jnp.arange(2.0)
    call, leaves = split("test", lambda params, x: params @ x + shift, jnp.ones((2, 3)))
    assert any(np.shape(constant) == (2,) for constant in trace(call, leaves, jnp.ones(3)).constants)


@pytest.mark.parametrize(
    ("apply", "words"),
    [
        (lambda W, x: W @ x[0], "leading axis"),
        (lambda W, x: (W @ x, x), "one array"),
        (lambda W, x: jnp.argmax(W @ x), "real floating-point"),
    ],
)
def test_what_apply_must_return(apply, words):
    call, leaves = split("test", apply, jnp.ones((2, 3)))
    with pytest.raises(InputError, match=words):
        check_output("test", call, leaves, jax.ShapeDtypeStruct((3,), float))


@pytest.mark.parametrize("x", [jnp.ones(()), jnp.ones((0, 3)), (jnp.ones((2, 3)), jnp.ones((3, 3))), ()])
def test_examples_have_one_leading_axis(x):
    with pytest.raises(InputError, match="leading axis"):
        check_examples("test", "x1", x)


def test_an_example_may_be_a_tree():
    x = (jnp.ones((4, 3)), {"mask": np.ones((4, 2), bool)})
    assert check_examples("test", "x1", x) == 4
    one = example(x)
    assert one[0].shape == (3,)
    assert one[1]["mask"].dtype == bool


def test_floats_become_arrays_and_nothing_else_changes():
    changed = arrays(PARAMS)
    assert isinstance(changed["scale"], jax.Array)
    assert changed["name"] == "net"
    assert changed["W"] is PARAMS["W"]


def test_traced_arrays_are_told_from_arrays():
    seen = []
    eqx.filter_jit(lambda tree: seen.append(is_traced(tree)))((jnp.ones(2), 3))
    assert seen == [True]
    assert not is_traced((jnp.ones(2), 3))
