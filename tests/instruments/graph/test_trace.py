"""Tracing: names, structure, what is differentiated, and one sentence for everything that cannot be traced."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.experimental import io_callback
from jax.extend.core import Primitive

import limes

X = jnp.asarray([1.0, 2.0, 3.0])


def test_nodes_come_in_linear_order():
    c = np.asarray([1.0, 2.0, 3.0])
    graph = limes.graph(lambda params, x: jnp.sum(jnp.sin(params["w"]) * x + c), {"w": X}, X)
    kinds = [node.kind for node in graph.nodes]
    assert kinds == ["input", "input", "constant", *["operation"] * 4]
    assert [node.name for node in graph.nodes[:3]] == ["params['w']", "x", "constant 0"]
    assert [node.primitive for node in graph.nodes[3:]] == ["sin", "mul", "add", "reduce_sum"]
    assert all(parent < node.index for node in graph.nodes for parent in node.parents)
    assert all(node.index in graph.nodes[child].parents for node in graph.nodes for child in node.children)
    assert graph.inputs == (0, 1)
    assert graph.outputs == (6,)
    assert (graph.nodes[4].reads, graph.nodes[4].writes) == (48, 24)
    assert repr(graph) == "Graph(7 nodes, 2 inputs, 1 outputs, of arrays)"


def test_names_of_arguments():
    def fn(a, *rest):
        return a + rest[0][1] + rest[1]

    assert [limes.graph(fn, 1.0, (2.0, 3.0), 4.0).nodes[i].name for i in range(4)] == [
        "a",
        "rest[0][0]",
        "rest[0][1]",
        "rest[1]",
    ]
    assert limes.graph(functools.partial(jnp.multiply, 2.0), 3.0).nodes[0].kind == "input"


def test_scopes_hold_names_from_outside_in():
    @jax.jit
    def inner(x):
        with jax.named_scope("b"):
            return jnp.exp(x)

    def fn(x):
        with jax.named_scope("a"):
            x = inner(x)
        return jax.lax.fori_loop(0, 2, lambda i, x: jax.lax.cond(i == 1, jnp.sin, jnp.cos, x), x)

    scopes = {node.primitive: node.scope for node in limes.graph(fn, X).nodes if node.kind == "operation"}
    assert scopes["exp"] == ("a", "inner", "b")
    assert scopes["cos"] == ("scan[0]", "cond[0]")
    assert scopes["sin"] == ("scan[1]", "cond[1]")


def test_shapes_are_the_program_as_written():
    fn = lambda x: jax.lax.scan(lambda c, x: (c * x, c), 1.0, x)
    graph = limes.graph(fn, jax.ShapeDtypeStruct((7,), jnp.float64))
    (node, said) = [node for node in graph.nodes if node.primitive == "scan"]
    assert (node.times, len(node.body.inputs), node.equation) == (7, 2, said.equation)
    assert not graph.concrete
    assert limes.graph(fn, jnp.ones(7)).concrete
    for ask in (
        graph.forward,
        lambda: graph.backward((1.0, jnp.ones(7))),
        lambda: graph.tangents(jnp.ones(7)),
        graph.forward_jacobian,
    ):
        with pytest.raises(limes.InputError, match="graph: values exist where the program was traced on arrays"):
            ask()


def test_argnums_name_what_is_differentiated():
    fn = lambda a, n, b: a["x"] * n * b
    args = ({"x": 2.0, "k": 3}, 3, 5.0)
    assert limes.graph(fn, *args).reverse_jacobian() == ({"x": 15.0, "k": None}, None, 6.0)
    assert limes.graph(fn, *args, argnums=2).reverse_jacobian() == 6.0
    assert limes.graph(fn, *args, argnums=(2,)).reverse_jacobian() == (6.0,)
    assert limes.graph(fn, *args, argnums=-1).differentiated == (3,)
    inactive = limes.graph(fn, *args, argnums=2)
    assert [node.active for node in inactive.nodes[:4]] == [False, False, False, True]


LEFT: list = []


def leak(x):
    LEFT.append(x)
    return x


def bad(fn, *args, **options):
    return lambda: limes.graph(fn, *args, **options)


def later(ask, fn, *args, **options):
    return lambda: ask(limes.graph(fn, *args, **options))


@jax.custom_vjp
def pulled(x):
    return x


pulled.defvjp(lambda x: (x, None), lambda _, g: (g,))

unheard_of = Primitive("unheard_of")
unheard_of.def_abstract_eval(lambda x: x)

REFUSED = {
    "fn must be a function of arrays, got int; pass the function itself": bad(3, X),
    "got a NumPy call on a traced value; use jax.numpy": bad(np.sin, X),
    r"got a NumPy call .* \(The error occurred while tracing the function .* at .*\)": bad(lambda x: np.dot(x, x), X),
    "got an if, while, and, or, assert on one; use jnp.where": bad(lambda x: x if x[0] > 0 else -x, X),
    "fn must not use a traced value as a Python integer": bad(lambda x, n: [x, 2 * x][n], X, 1),
    "fn must not turn a traced value into a Python number": bad(lambda x: float(x[0]), X),
    "fn must not have shapes that depend on values": bad(lambda x: x[x > 0], X),
    "fn must be free of side effects, got OrderedIOEffect": bad(
        lambda x: io_callback(lambda x: x, jax.ShapeDtypeStruct((3,), jnp.float64), x, ordered=True), X
    ),
    "fn must run on these arguments, but it raised ZeroDivisionError: integer division or modulo by zero": bad(
        lambda x: x * (1 // 0), X
    ),
    "fn must run on these arguments, but it raised TypeError": bad(lambda x, y: x, X),
    "x must be an array, a number or a jax.ShapeDtypeStruct, got str": bad(lambda x: x, "text"),
    r"x\['a'\] must be an array": bad(lambda x: x, {"a": object()}),
    "x must be an array, a number or a jax.ShapeDtypeStruct, got ndarray": bad(lambda x: x, np.asarray([None])),
    "at least one argument must hold floating-point numbers, got n: int": bad(lambda n: n + 1, 3),
    "at least one argument must hold floating-point numbers, got no array": bad(lambda: 1.0),
    "n must hold floating-point numbers to be differentiated, got int": bad(lambda x, n: x * n, X, 3, argnums=(0, 1)),
    r"argnums must number among the 1 arguments, got 1; count them from 0": bad(lambda x: x, X, argnums=1),
    r"argnums must number among the 1 arguments, got 'x'": bad(lambda x: x, X, argnums="x"),
    "the program must have at most max_nodes=50 values.*jax.ShapeDtypeStruct.*or raise max_nodes": bad(
        lambda x: jax.lax.scan(lambda c, _: (c * 2, None), x, length=99)[0], X, max_nodes=50
    ),
    "backward: fn must return one real number unless a cotangent is given, got float64 of shape": later(
        lambda g: g.backward(), lambda x: x * 2, X
    ),
    "backward: fn must return one real number .* return floating-point numbers": later(
        lambda g: g.backward(), lambda x: jnp.argmax(x), X
    ),
    r"backward: cotangent must match what fn returns, float64 of shape \(3,\), got float64 of shape \(2,\)": later(
        lambda g: g.backward(jnp.ones(2)), lambda x: x * 2, X
    ),
    "backward: cotangent must match what fn returns, PyTreeDef": later(
        lambda g: g.backward((X, X)), lambda x: {"a": x}, X
    ),
    r"tangents: direction must match what is differentiated, float64 of shape \(3,\), got float64 of shape \(\)": later(
        lambda g: g.tangents(1.0), lambda x: x * 2, X
    ),
    "tangents: direction must match what is differentiated.*got str for an array": later(
        lambda g: g.tangents("up"), lambda x: x * 2, X
    ),
    "tangents: forward mode is not available through the custom_vjp pulled": later(
        lambda g: g.tangents(X), lambda x: jax.jit(pulled)(x) * 2, X
    ),
    "backward: remat2? must be reversible, got a while loop inside it": later(
        lambda g: g.backward(), jax.checkpoint(lambda x: jax.lax.while_loop(lambda s: s < 9, lambda s: s * x, x)), 2.0
    ),
    "backward: pure_callback must have a derivative": later(
        lambda g: g.backward(X),
        lambda x: jax.pure_callback(lambda x: x, jax.ShapeDtypeStruct((3,), jnp.float64), x),
        X,
    ),
    "the primitive 'unheard_of' has no counting rule; give it one with .*register_operations": later(
        lambda g: g.cost(), lambda x: unheard_of.bind(x), X
    ),
}


@pytest.mark.parametrize("sentence", REFUSED)
def test_one_sentence_names_the_cause(sentence):
    with pytest.raises(limes.InputError, match=sentence) as caught:
        REFUSED[sentence]()
    assert "\n" not in str(caught.value)
    assert not str(caught.value).endswith(".")


def test_traced_values_from_outside():
    jax.make_jaxpr(leak)(X)
    for ask in (
        bad(lambda x: x * LEFT[0], X),
        lambda: jax.make_jaxpr(lambda y: limes.graph(lambda x: x * y, X).backward())(X),
    ):
        with pytest.raises(limes.InputError, match="fn must not use traced values from outside"):
            ask()
    with pytest.raises(limes.InputError, match="x must be an array, got a traced value"):
        jax.jit(lambda x: limes.graph(lambda x: x, x))(X)


def test_plain_settings():
    """Numbers of Python, weak types and float32 go through; nothing needs the strict modes of these tests."""
    with jax.numpy_dtype_promotion("standard"), jax.numpy_rank_promotion("allow"):
        fn = lambda x, w: jnp.sum((x * w + 1) ** 2) / 2
        args = (np.float32(2.0), jnp.ones((2, 3), jnp.float32))
        graph = limes.graph(fn, *args)
        expected = jax.grad(fn, argnums=(0, 1))(*args)
        jax.tree.map(np.testing.assert_allclose, graph.reverse_jacobian(), expected)
        assert [node.dtype for node in graph.nodes[:2]] == [jnp.float32] * 2
