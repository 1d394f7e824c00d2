"""Networks as plain functions: each maker returns a loss of its parameters and data, and its arguments."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np


def numbers(seed, *shapes, scale=0.5):
    rng = np.random.default_rng(seed)
    return [jnp.asarray(scale * rng.normal(size=shape)) for shape in shapes]


def shapes_of(tree):
    return jax.tree.map(lambda leaf: jax.ShapeDtypeStruct(jnp.shape(leaf), jnp.result_type(leaf)), tree)


def mlp(widths=(8, 32, 32, 4), samples=16, rho=jnp.tanh):
    """Columns are samples; the last layer is linear; mean square loss."""

    def loss(params, x, y):
        *hidden, (W, b) = params
        for V, c in hidden:
            x = rho(V @ x + c[:, None])
        return jnp.sum((W @ x + b[:, None] - y) ** 2) / samples

    sizes = [shape for a, b in itertools.pairwise(widths) for shape in ((b, a), (b,))]
    flat = numbers(0, *sizes, (widths[0], samples), (widths[-1], samples))
    return loss, ([*zip(flat[0:-2:2], flat[1:-2:2], strict=True)], flat[-2], flat[-1])


def convolve(x, kernel, strides=(1, 1), padding="SAME"):
    return jax.lax.conv_general_dilated(x, kernel, strides, padding, dimension_numbers=("NHWC", "HWIO", "NHWC"))


def conv_net(size=8, channels=(1, 3, 4), classes=3, samples=2):
    """Two convolutions with bias, relu and max pooling, one dense layer, cross-entropy."""

    def loss(params, x, labels):
        for kernel, bias in params["convs"]:
            x = jax.nn.relu(convolve(x, kernel) + bias[None, None, None, :])
            x = jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")
        scores = x.reshape(samples, -1) @ params["dense"]
        return -jnp.mean(jnp.sum(jax.nn.log_softmax(scores) * labels, axis=-1))

    flat = (size // 4) ** 2 * channels[2]
    k0, b0, k1, b1, dense, x = numbers(
        *(1, (3, 3, *channels[:2]), channels[1:2], (3, 3, *channels[1:]), channels[2:]),
        *((flat, classes), (samples, size, size, channels[0])),
    )
    labels = jax.nn.one_hot(jnp.arange(samples) % classes, classes, dtype=x.dtype)
    return loss, ({"convs": [(k0, b0), (k1, b1)], "dense": dense}, x, labels)


def attention(x, params):
    """One head: softmax of queries times keys, values, output."""
    q, k, v = (x @ params[name] for name in ("query", "keys", "values"))
    weights = jax.nn.softmax(q @ k.T / q.shape[-1] ** 0.5)
    return (weights @ v) @ params["out"]


def normalize(x, gain):
    centered = x - jnp.mean(x, axis=-1, keepdims=True)
    return centered * jax.lax.rsqrt(jnp.mean(centered**2, axis=-1, keepdims=True) + 1e-6) * gain[None, :]


def block(x, params):
    with jax.named_scope("attention"):
        x = x + attention(normalize(x, params["gain"]), params)
    with jax.named_scope("mlp"):
        return x + jax.nn.gelu(x @ params["up"]) @ params["down"]


def transformer(layers=1, tokens=10, width=16):
    """Blocks of attention and perceptron with residual connections; square loss."""

    def loss(params, x):
        for number, layer in enumerate(params):
            with jax.named_scope(f"layer{number}"):
                x = block(x, layer)
        return jnp.mean(x**2)

    shapes = dict.fromkeys(("query", "keys", "values", "out"), (width, width))
    shapes |= {"up": (width, 4 * width), "down": (4 * width, width), "gain": (width,)}
    params = [
        dict(zip(shapes, numbers(2 + number, *shapes.values(), scale=width**-0.5), strict=True))
        for number in range(layers)
    ]
    return loss, (params, numbers(1, (tokens, width))[0])
