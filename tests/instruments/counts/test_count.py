import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax
from jax.extend.core import Primitive

from limes._errors import InputError
from limes.instruments.counts import Operations, count, count_equation, register_operations

S = jax.ShapeDtypeStruct
F = jnp.float32


def of(fn, *args):
    """Operations of a program, from shapes."""
    return count(jax.make_jaxpr(fn)(*args))


def value_and_gradient(fn, *args, argnums=0):
    return of(jax.value_and_grad(fn, argnums), *args).total


def mlp(sigma):
    def loss(params, x, y):
        for k, (w, b) in enumerate(params):
            x = w @ x + b[:, None]
            x = sigma(x) if k < len(params) - 1 else x
        return jnp.sum((x - y) ** 2) / x.shape[1]

    return loss


def mlp_args(sizes, n):
    params = [(S((o, i), F), S((o,), F)) for i, o in itertools.pairwise(sizes)]
    return params, S((sizes[0], n), F), S((sizes[-1], n), F)


def mlp_value(sizes, n):
    """Products and biases 2 n d_k d_(k+1), hidden activations, loss 3 n d_D."""
    products = sum(2 * n * a * b for a, b in itertools.pairwise(sizes))
    return products + n * sum(sizes[1:-1]) + 3 * n * sizes[-1]


def mlp_sweep(sizes, n):
    """Loss; biases and weights of every layer; adjoints of hidden layers with 4 operations an entry of tanh."""
    pairs = list(itertools.pairwise(sizes))
    weights = sum(b * (n - 1) + b * a * (2 * n - 1) for a, b in pairs)
    hidden = sum(n * a * (2 * b - 1) + 4 * n * a for a, b in pairs[1:])
    return 2 * n * sizes[-1] + 1 + weights + hidden


@pytest.mark.parametrize(("sizes", "n"), [((8, 32, 32, 4), 16), ((3, 5, 2), 7), ((1, 1, 1), 1), ((6, 4, 9, 5, 2), 3)])
def test_perceptrons_by_hand(sizes, n):
    args = mlp_args(sizes, n)
    assert of(mlp(jnp.tanh), *args).total == mlp_value(sizes, n)
    assert value_and_gradient(mlp(jnp.tanh), *args) == mlp_value(sizes, n) + mlp_sweep(sizes, n)


def test_the_numbers_of_the_worked_perceptron():
    args = mlp_args((8, 32, 32, 4), 16)
    assert (of(mlp(jnp.tanh), *args).total, value_and_gradient(mlp(jnp.tanh), *args)) == (46272, 131005)


def same_taps(length, window):
    """Taps of an odd window on entries, padded so that the length stays: L k - p (p + 1)."""
    p = window // 2
    return length * window - p * (p + 1)


@pytest.mark.parametrize(("n", "c", "o", "h", "w", "k"), [(2, 3, 4, 5, 6, 3), (1, 1, 1, 7, 7, 5), (3, 2, 5, 4, 4, 1)])
def test_convolution_layers_by_hand(n, c, o, h, w, k):
    def loss(weights, bias, x):
        y = lax.conv_general_dilated(x, weights, (1, 1), "SAME", dimension_numbers=("NCHW", "OIHW", "NCHW"))
        y = y + bias[None, :, None, None]
        return jnp.sum(y * y)

    args = S((o, c, k, k), F), S((o,), F), S((n, c, h, w), F)
    products, entries = n * o * c * same_taps(h, k) * same_taps(w, k), n * o * h * w
    value = (2 * products - entries) + entries + entries + (entries - 1)
    sweep = 3 * entries + o * (n * h * w - 1) + (2 * products - o * c * k * k) + (2 * products - n * c * h * w)
    assert of(loss, *args).total == value
    assert value_and_gradient(loss, *args, argnums=(0, 1, 2)) == value + sweep


@pytest.mark.parametrize(("n", "d", "k"), [(5, 7, 3), (10, 16, 16), (1, 2, 2)])
def test_attention_by_hand(n, d, k):
    def loss(params, x):
        query, keys, values = (x @ params[name] for name in "qkv")
        scores = query @ keys.T / k**0.5
        weights = jnp.exp(scores - lax.stop_gradient(jnp.max(scores, axis=1, keepdims=True)))
        return jnp.sum((weights / jnp.sum(weights, axis=1, keepdims=True)) @ values @ params["o"])

    args = {name: S((d, k), F) for name in "qkv"} | {"o": S((k, d), F)}, S((n, d), F)
    scores = n * n * (2 * k - 1) + n * n
    softmax = n * (n - 1) + 2 * n * n + n * (n - 1) + n * n
    value = 3 * n * k * (2 * d - 1) + scores + softmax + n * k * (2 * n - 1) + n * d * (2 * k - 1) + n * d - 1
    weights = 4 * k * d * (2 * n - 1)
    adjoints = n * k * (2 * d - 1) + 3 * n * k * (2 * n - 1) + n * n * (2 * k - 1)
    normalized = 2 * n + 6 * n * n + n * (n - 1) + n
    assert of(loss, *args).total == value
    assert value_and_gradient(loss, *args) == value + weights + adjoints + normalized


def test_a_scan_is_its_length_times_its_body():
    def rnn(params, xs):
        def step(h, x):
            return jnp.tanh(params["W"] @ h + params["V"] @ x + params["b"]), None

        return jnp.sum(lax.scan(step, jnp.zeros(12, F), xs)[0] ** 2)

    step = 12 * (2 * 12 - 1) + 12 * (2 * 4 - 1) + 2 * 12 + 12
    for length in (1, 20, 3000):
        params = {"W": S((12, 12), F), "V": S((12, 4), F), "b": S((12,), F)}
        assert of(rnn, params, S((length, 4), F)).total == length * step + 12 + 11


def product_by_index(x):
    out = x[0]
    for i in range(1, x.shape[0]):
        out = out * x[i]
    return out


def product_by_traced_index(x):
    return lax.scan(lambda c, i: (c * x[i], None), jnp.ones((), x.dtype), jnp.arange(x.shape[0]))[0]


def product_of_slices(x):
    return lax.scan(lambda c, v: (c * v, None), jnp.ones((), x.dtype), x)[0]


@pytest.mark.parametrize("d", [8, 32, 128])
def test_reads_of_an_array_cost_its_size_in_reverse(d):
    """A read is transposed into an array of zeros and a sum over all entries; index arithmetic counts apart."""
    x = S((d,), F)
    assert of(product_by_index, x) == Operations(mul=d - 1)
    assert value_and_gradient(product_by_index, x) == (d - 1) * (d + 3)
    assert of(product_by_traced_index, x) == Operations(mul=d, integer=3 * d)
    assert value_and_gradient(product_by_traced_index, x) == d * d + 3 * d
    assert of(product_of_slices, x) == Operations(mul=d)
    assert value_and_gradient(product_of_slices, x) == 3 * d


def test_the_worked_example():
    def loss(theta):
        return theta[1] * jnp.exp(theta[0]) * jnp.sqrt(theta[0] + theta[1] * jnp.exp(theta[0]))

    theta = (S((), F), S((), F))
    assert of(loss, theta).total == 7
    assert of(lambda t: jax.jvp(loss, (t,), (t,)), theta).total == 21
    assert value_and_gradient(loss, theta) == 20


@pytest.mark.parametrize(("sigma", "forward", "reverse"), [(jnp.tanh, 2.86, 2.83), (jax.nn.relu, 2.82, 2.79)])
def test_a_direction_and_a_gradient_cost_three_values(sigma, forward, reverse):
    params, x, y = mlp_args((8, 32, 32, 4), 16)
    value = of(mlp(sigma), params, x, y).total
    tangent = of(lambda p, x, y: jax.jvp(lambda p: mlp(sigma)(p, x, y), (p,), (p,)), params, x, y).total
    assert value == 46272
    assert round(tangent / value, 2) == forward
    assert round(value_and_gradient(mlp(sigma), params, x, y) / value, 2) == reverse


def residual(x, p, stride):
    def conv(x, w, stride=1):
        return lax.conv_general_dilated(x, w, (stride, stride), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC"))

    y = conv(jax.nn.relu(conv(x, p["a"], stride) * p["s"][None, None, None] + p["t"][None, None, None]), p["b"])
    return jax.nn.relu((conv(x, p["skip"], stride) if "skip" in p else x) + y)


def resnet(params, x, y):
    x = lax.conv_general_dilated(x, params["stem"], (2, 2), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC"))
    x = lax.reduce_window(x, -jnp.inf, lax.max, (1, 3, 3, 1), (1, 2, 2, 1), "SAME")
    for p in params["blocks"]:
        x = residual(x, p, 2 if "skip" in p else 1)
    return -jnp.mean(jnp.sum(jax.nn.log_softmax(x.mean((1, 2)) @ params["head"]) * y, -1))


def test_a_residual_net_of_34_layers_from_shapes():
    params, into = {"stem": S((7, 7, 3, 64), F), "blocks": [], "head": S((512, 1000), F)}, 64
    for out, num in ((64, 3), (128, 4), (256, 6), (512, 3)):
        for _ in range(num):
            p = {"a": S((3, 3, into, out), F), "b": S((3, 3, out, out), F), "s": S((out,), F), "t": S((out,), F)}
            params["blocks"].append(p | ({"skip": S((1, 1, into, out), F)} if into != out else {}))
            into = out
    args = params, S((32, 224, 224, 3), F), S((32, 1000), F)
    value, gradient = of(resnet, *args), of(jax.value_and_grad(resnet), *args)
    assert 6.5e9 < value.total / 32 < 7.4e9
    assert 2.9 < gradient.total / value.total < 3.0
    assert not gradient.approximate


def test_constants_and_literals_are_no_operations():
    weights = np.ones((3, 3), np.float32)
    assert of(lambda x: weights @ x + 2.0, S((3,), F)) == Operations(add=3 * 2 + 3, mul=9)


def own(name):
    primitive = Primitive(name)
    primitive.def_abstract_eval(lambda x: x)
    return primitive


def test_an_unknown_primitive_is_named():
    jaxpr = jax.make_jaxpr(lambda x: jax.jit(own("never_heard_of").bind)(x))(1.0)
    with pytest.raises(InputError, match=r"never_heard_of.*register_operations"):
        count(jaxpr)


def test_own_rules():
    jaxpr = jax.make_jaxpr(own("own_primitive").bind)(np.ones(5))
    register_operations("own_primitive", lambda equation: Operations(nonlin=equation.outvars[0].aval.shape[0]))
    assert count(jaxpr) == count_equation(jaxpr.eqns[0]) == Operations(nonlin=5)


def test_a_wrong_rule_says_so():
    with pytest.raises(InputError, match="expected the name of a primitive"):
        register_operations("mine", 3)
    register_operations("own_wrong", lambda equation: 3)
    with pytest.raises(InputError, match=r"own_wrong.*Operations"):
        count(jax.make_jaxpr(own("own_wrong").bind)(1.0))


def test_a_function_is_no_jaxpr():
    with pytest.raises(InputError, match=r"make_jaxpr"):
        count(jnp.sin)


def test_open_and_closed_and_single_equations():
    jaxpr = jax.make_jaxpr(lambda x: jax.jit(lambda v: (v * v, jnp.exp(v)))(x)[0] + x)(np.ones(4))
    assert count(jaxpr) == count(jaxpr.jaxpr) == Operations(add=4, mul=4)
    assert count(jaxpr, live_only=False) == Operations(add=4, mul=4, nonlin=4)
    assert count_equation(jaxpr.eqns[0], live_only=False) == Operations(mul=4, nonlin=4)


def test_one_loop_alone_keeps_what_its_next_step_needs():
    """The last carry is dropped, yet every step but the last feeds on it."""
    jaxpr = jax.make_jaxpr(lambda x: lax.scan(lambda c, _: (c * 2.0, c + 1.0), x, None, length=3)[1])(1.0)
    (equation,) = jaxpr.eqns
    assert count(jaxpr) == count_equation(equation) == Operations(add=3, mul=3)
