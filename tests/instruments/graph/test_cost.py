"""Counts of the modes: hand formulas and JAX's own derivative programs, to the unit."""

import itertools

import integrators
import jax
import jax.numpy as jnp
import nets
import pytest
import recurrent
import resnet

import limes
from limes.instruments.counts import count


def shape(*sizes):
    return jax.ShapeDtypeStruct(sizes, jnp.float64)


def example(a, b):
    return b * jnp.exp(a) * jnp.sqrt(a + b * jnp.exp(a))


@pytest.mark.parametrize(("share", "function", "tangent", "reverse"), [(False, 7, 21, 20), (True, 5, 15, 14)])
def test_worked_example(share, function, tangent, reverse):
    cost = limes.graph(example, 1.0, 2.0, share=share).cost()
    assert (cost.function, cost.tangent, cost.reverse) == (function, tangent, reverse)
    assert cost.pullback == cost.reverse
    assert cost.forward == function + 2 * (tangent - function)
    assert cost.finite_differences == 3 * function
    assert cost.ratio == reverse / function
    assert (cost.inputs, cost.outputs) == (2, 1)
    assert (cost.dynamic, cost.branch, cost.approximate) == (False, False, False)


@pytest.mark.parametrize(("widths", "n"), [((8, 32, 32, 4), 16), ((3, 5, 2), 4), ((4, 1, 7, 2, 3), 9), ((6, 2), 1)])
def test_perceptron_formula(widths, n):
    """The closed forms of value and gradient, layer by layer; the data is not differentiated."""
    loss, args = nets.mlp(widths, n)
    cost = limes.graph(loss, *nets.shapes_of(args), argnums=0).cost()
    layers, hidden = list(itertools.pairwise(widths)), widths[1:-1]
    K = sum(2 * n * a * b for a, b in layers) + n * sum(hidden) + 3 * n * widths[-1]
    weights = sum(b * (n - 1) + b * a * (2 * n - 1) for a, b in layers)
    inner = sum(n * a * (2 * b - 1) + 4 * n * a for a, b in layers[1:])
    assert cost.function == K
    assert cost.reverse == K + 2 * n * widths[-1] + 1 + weights + inner
    if widths == (8, 32, 32, 4):
        assert (cost.function, cost.reverse) == (46272, 131005)
        assert cost.primitive_bound == 139133  # the adjoints of the data too


def conv_layer(kernel, bias, x):
    return jnp.sum(nets.convolve(x, kernel, padding="VALID") + bias[None, None, None, :])


def test_convolution_formula():
    """Without padding every tap counts: products of the layer, of its weights' and of its input's adjoints."""
    n, size, k, inputs, outputs = 2, 6, 3, 4, 5
    args = (shape(k, k, inputs, outputs), shape(outputs), shape(n, size, size, inputs))
    cost = limes.graph(conv_layer, *args).cost()
    m = size - k + 1
    products = n * m * m * outputs * k * k * inputs
    assert cost.function == 2 * products + n * m * m * outputs - 1
    weights = 2 * products - k * k * inputs * outputs
    data = 2 * products - n * size * size * inputs
    biases = n * m * m * outputs - outputs
    assert cost.reverse == cost.function + weights + data + biases


def test_attention_formula():
    """Scores, softmax without its shift's derivative, mixing: products of each adjoint twice those of the value."""
    tokens, width = 7, 6
    params = {name: shape(width, width) for name in ("query", "keys", "values", "out")}
    fn = lambda x, params: jnp.sum(nets.attention(x, params))
    cost = limes.graph(fn, shape(tokens, width), params).cost()
    dots = next(row for row in cost.rows() if row.primitive == "dot_general")
    maps = 4 * (2 * tokens * width * width - tokens * width)
    scores = tokens * tokens * (2 * width - 1)
    mixing = tokens * width * (2 * tokens - 1)
    assert dots.value == maps + scores + mixing
    back_maps = maps + 4 * width * width * (2 * tokens - 1)
    assert dots.pullback - dots.value == back_maps + scores + mixing + 2 * tokens * width * (2 * tokens - 1)


PROGRAMS = {
    "mlp with relu": lambda: nets.mlp(rho=jax.nn.relu),
    "conv net": nets.conv_net,
    "transformer": lambda: nets.transformer(layers=2),
    "scan RNN": recurrent.rnn,
    "LSTM": recurrent.lstm,
    "LSTM, indexed": lambda: recurrent.lstm(indexed=True),
    "Runge-Kutta": integrators.runge_kutta,
    "Euler with remat": integrators.euler_remat,
    "Diffrax": integrators.diffrax_solve,
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_sums_over_nodes_are_counts_of_the_whole_program(name):
    loss, args = PROGRAMS[name]()
    shapes = tuple(nets.shapes_of(args))
    cost = limes.graph(loss, *shapes).cost()
    gradient = jax.value_and_grad(loss, argnums=tuple(range(len(shapes))))
    assert cost.function == count(jax.make_jaxpr(loss)(*shapes)).total
    assert cost.reverse == count(jax.make_jaxpr(gradient)(*shapes)).total
    if cost.tangent is not None:
        tangent = jax.make_jaxpr(lambda x, d: jax.jvp(loss, x, d))(shapes, shapes)
        assert cost.tangent == count(tangent).total
    assert cost.reverse <= cost.primitive_bound


@pytest.mark.parametrize("name", ["scan RNN", "Runge-Kutta"])
def test_unrolled_loops_cost_no_more(name):
    """Unrolled, the start of a loop and the last unused sums are seen for what they are."""
    loss, args = PROGRAMS[name]()
    loop, unrolled = limes.graph(loss, *nets.shapes_of(args)).cost(), limes.graph(loss, *args).cost()
    assert unrolled.function == loop.function
    assert 0.95 * loop.reverse < unrolled.reverse <= loop.reverse


def indexed(x):
    product = x[0]
    for i in range(1, x.shape[0]):
        product = product * x[i]
    return product


def sliced(x):
    return jax.lax.scan(lambda c, x_t: (c * x_t, None), jnp.ones(()), x)[0]


def parted(x):
    product = jnp.ones(())
    for piece in jnp.split(x, x.shape[0]):
        product = product * piece[0]
    return product


@pytest.mark.parametrize("d", [2, 8, 32, 128])
def test_indexed_reads_are_quadratic(d):
    """JAX transposes a read into a padded array and an addition: (d - 1)(d + 3) operations, a factor d + 3."""
    cost = limes.graph(indexed, shape(d)).cost()
    assert (cost.function, cost.reverse) == (d - 1, (d - 1) * (d + 3))
    assert cost.ratio == d + 3
    for fn in (sliced, parted):
        cost = limes.graph(fn, shape(d)).cost()
        assert (cost.function, cost.ratio) == (d, 3 - (fn is parted) / d)


def test_modes_by_inputs_and_outputs():
    fn = lambda A, x: jnp.tanh(A @ x)
    cost = limes.graph(fn, shape(5, 3), shape(3), argnums=1).cost()
    assert (cost.function, cost.inputs, cost.outputs) == (5 * 5 + 5, 3, 5)
    assert cost.reverse == cost.function + 5 * (cost.pullback - cost.function)
    assert cost.forward == cost.function + 3 * (cost.tangent - cost.function)
    assert cost.finite_differences == 4 * cost.function


def test_rows_sum_to_the_whole():
    loss, args = nets.conv_net()
    cost = limes.graph(loss, *nets.shapes_of(args), argnums=0).cost()
    rows = cost.rows()
    assert sum(row.value for row in rows) == cost.function
    assert sum(row.tangent for row in rows) == cost.tangent
    assert sum(row.pullback for row in rows) == cost.pullback
    assert rows[0].primitive == "conv_general_dilated"
    assert sum(row.nodes for row in rows) == len(
        {n.equation for n in limes.graph(loss, *args).nodes if n.live} - {None}
    )


def test_flags():
    loop = lambda x: jax.lax.while_loop(lambda s: s < 9, lambda s: s * x, x)
    branch = lambda x: jax.lax.cond(x > 1, lambda x: x * x * x, lambda x: x, x)
    once, ran = limes.graph(loop, shape()).cost(), limes.graph(loop, 2.0).cost()
    assert once.dynamic
    assert ran.dynamic
    assert once.function == 2
    assert ran.function == 3 + 4  # passes and tests
    assert (ran.reverse, ran.tangent) == (ran.function + 3 * 3, ran.function + 3 * 3)
    dearest, taken = limes.graph(branch, shape()).cost(), limes.graph(branch, 0.5).cost()
    assert (dearest.branch, taken.branch) == (True, False)
    assert (dearest.function, taken.function) == (1 + 2, 1)
    assert limes.graph(jnp.linalg.svd, shape(3, 3)).cost().approximate


def test_a_loop_that_cannot_be_reversed_is_charged_with_its_body():
    def fn(x, stop):
        return jax.lax.while_loop(lambda s: jnp.sum(s) < stop, lambda s: jnp.sin(s) * x, x)

    cost = limes.graph(fn, shape(4), shape()).cost()
    assert cost.function == 3 + 1 + 4 + 4
    # cos, two products, the adjoint of x, and its sum with what passed before
    assert cost.pullback - cost.function == 4 * 4 + 4


def test_what_goes_through_no_path_costs_nothing():
    fn = lambda x, y: jnp.sum(jnp.floor(x) * jnp.sin(y) + jax.lax.stop_gradient(jnp.exp(x)))
    cost = limes.graph(fn, shape(3), shape(3)).cost()
    assert cost.reverse == cost.function + 3 * 3  # cos y, floor x times the adjoint, their product
    assert cost.reverse == count(jax.make_jaxpr(jax.value_and_grad(fn, (0, 1)))(shape(3), shape(3))).total


def test_a_residual_network_from_shapes_alone():
    """36 convolutions, 21.8 million parameters: counted to the unit, without making a number."""
    loss, args = resnet.resnet34()
    graph = limes.graph(loss, *args, argnums=0)
    cost = graph.cost()
    assert sum(node.primitive == "conv_general_dilated" for node in graph.nodes) == 36
    assert cost.inputs == 21796672
    assert cost.reverse == count(jax.make_jaxpr(jax.value_and_grad(loss))(*args)).total
    assert 2.9 < cost.ratio < 3
