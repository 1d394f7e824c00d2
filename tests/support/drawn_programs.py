"""Programs that drawings are tested on: the worked example, small nets with and without scopes, loops as written and as run."""

import jax
import jax.numpy as jnp
import numpy as np

Shape = jax.ShapeDtypeStruct


def example(theta_1, theta_2):
    """The worked example of the course, written literally: 7 operations, 5 when equal ones are shared."""
    return theta_2 * jnp.exp(theta_1) * jnp.sqrt(theta_1 + theta_2 * jnp.exp(theta_1))


def mlp(layers=3):
    """A loss of a perceptron whose layers are named scopes, and its arguments."""
    keys = jax.random.split(jax.random.key(0), layers + 2)
    params = [{"W": jax.random.normal(k, (6, 6)) / 3, "b": jnp.zeros(6)} for k in keys[:layers]]
    x, y = jax.random.normal(keys[-2], (6, 4)), jax.random.normal(keys[-1], (6, 4))

    def loss(params, x, y):
        for k, p in enumerate(params):
            with jax.named_scope(f"layer{k}"):
                x = jnp.tanh(p["W"] @ x + p["b"][:, None])
        with jax.named_scope("loss"):
            return jnp.sum((x - y) ** 2) / 4

    return loss, (params, x, y)


def _block(x, p):
    with jax.named_scope("attention"):
        s = (x @ p["q"]) @ (x @ p["k"]).T
        x = x + jax.nn.softmax(s) @ (x @ p["v"])
    with jax.named_scope("mlp"):
        return x + jnp.tanh(x @ p["w"]) @ p["w"].T


def _weights(*batch):
    return {name: Shape((*batch, 8, 8), jnp.float64) for name in ("q", "k", "v", "w")}


def transformer(layers=12, scopes=True):
    """A transformer as a Python loop, for shapes; without scopes its blocks have no names."""
    params = {"blocks": [_weights() for _ in range(layers)], "out": Shape((8, 3), jnp.float64)}

    def loss(params, x):
        for k, p in enumerate(params["blocks"]):
            if scopes:
                with jax.named_scope(f"block{k}"):
                    x = _block(x, p)
            else:
                x = x + jnp.tanh(x @ p["q"]) @ p["k"]
                x = x - jnp.sin(x @ p["v"])
        with jax.named_scope("head"):
            return jnp.mean((x @ params["out"]) ** 2)

    return loss, (params, Shape((5, 8), jnp.float64))


def scanned(length=12):
    """The same blocks under `lax.scan`, for shapes."""

    def loss(params, x):
        with jax.named_scope("start"):
            x = jnp.exp(x) + 1.0
        x, _ = jax.lax.scan(lambda x, p: (_block(x, p), None), x, params)
        return jnp.sum(x**2)

    return loss, (_weights(length), Shape((5, 8), jnp.float64))


def conv_net(blocks=(3, 4, 6, 3), width=4):
    """A residual conv net, for shapes: (3, 4, 6, 3) is the depth of a ResNet-34."""
    params, channels = {"stem": Shape((3, 3, 3, width), jnp.float64)}, width
    for s, count in enumerate(blocks):
        for b in range(count):
            out = width * 2**s
            params[f"s{s}b{b}"] = {
                "1": Shape((3, 3, channels, out), jnp.float64),
                "2": Shape((3, 3, out, out), jnp.float64),
            }
            if channels != out:
                params[f"s{s}b{b}"]["skip"] = Shape((1, 1, channels, out), jnp.float64)
            channels = out

    def conv(x, w, stride=1):
        numbers = ("NHWC", "HWIO", "NHWC")
        return jax.lax.conv_general_dilated(x, w, (stride, stride), "SAME", dimension_numbers=numbers)

    def loss(params, images):
        with jax.named_scope("stem"):
            x = jax.nn.relu(conv(images, params["stem"]))
        for s, count in enumerate(blocks):
            with jax.named_scope(f"stage{s + 1}"):
                for b in range(count):
                    p, stride = params[f"s{s}b{b}"], 2 if s and not b else 1
                    with jax.named_scope(f"block{b + 1}"):
                        h = conv(jax.nn.relu(conv(x, p["1"], stride)), p["2"])
                        x = jax.nn.relu(h + (conv(x, p["skip"], stride) if "skip" in p else x))
        return jnp.mean(x**2)

    return loss, (params, Shape((1, 16, 16, 3), jnp.float64))


def while_root(x):
    """A while loop: Newton's method for the square root."""
    return jax.lax.while_loop(lambda y: jnp.abs(y * y - x) > 1e-9, lambda y: (y + x / y) / 2, x)


def branches(x):
    """A cond of two branches of different cost."""
    return jax.lax.cond(x > 0, lambda x: jnp.sin(jnp.exp(x)), lambda x: x, x)


def masked(x):
    """Reads through moves, and a mask that is written into the program."""
    y = x.reshape(4, 3).T
    kept = jnp.where(jnp.tril(jnp.ones((3, 4), bool)), y, 0.0)
    return jnp.sum(kept[1:] * 2.0)


def as_shapes(tree):
    """The shapes of arrays."""
    return jax.tree.map(lambda leaf: Shape(np.shape(leaf), jnp.result_type(leaf)), tree)
