"""A residual network of the size of ResNet-34: 36 convolutions, batch statistics, 21.8 million parameters."""

import jax
import jax.numpy as jnp
from nets import convolve

STAGES = ((64, 3), (128, 4), (256, 6), (512, 3))


def resnet34(samples=8, size=224, classes=1000):
    """The loss of a batch and the shapes of its arguments; no number is ever made."""
    params = {"stem": _layer(7, 3, 64), "dense": (512, classes), "blocks": []}
    width = 64
    for out, count in STAGES:
        for number in range(count):
            block = {"first": _layer(3, width, out), "second": _layer(3, out, out)}
            if number == 0 and out != width:
                block["short"] = _layer(1, width, out)
            params["blocks"].append(block)
            width = out
    is_shape = lambda leaf: isinstance(leaf, tuple)
    shapes = jax.tree.map(lambda shape: jax.ShapeDtypeStruct(shape, jnp.float32), params, is_leaf=is_shape)
    images = jax.ShapeDtypeStruct((samples, size, size, 3), jnp.float32)
    return loss, (shapes, images, jax.ShapeDtypeStruct((samples, classes), jnp.float32))


def loss(params, x, labels):
    with jax.named_scope("stem"):
        x = jax.nn.relu(unit(params["stem"], x, 2))
        x = jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, (1, 3, 3, 1), (1, 2, 2, 1), "SAME")
    for number, block in enumerate(params["blocks"]):
        with jax.named_scope(f"block{number}"):
            x = residual(block, x)
    scores = jnp.mean(x, axis=(1, 2)) @ params["dense"]
    return -jnp.mean(jnp.sum(jax.nn.log_softmax(scores) * labels, axis=-1))


def residual(block, x):
    stride = 2 if "short" in block else 1
    y = unit(block["second"], jax.nn.relu(unit(block["first"], x, stride)), 1)
    return jax.nn.relu(y + (unit(block["short"], x, stride) if "short" in block else x))


def unit(layer, x, stride):
    """Convolve, then bring mean and variance over the batch to 0 and 1."""
    x = convolve(x, layer["kernel"], (stride, stride))
    mean = jnp.mean(x, axis=(0, 1, 2), keepdims=True)
    variance = jnp.mean((x - mean) ** 2, axis=(0, 1, 2), keepdims=True)
    gain, bias = (part[None, None, None, :] for part in (layer["gain"], layer["bias"]))
    return (x - mean) * jax.lax.rsqrt(variance + 1e-5) * gain + bias


def _layer(kernel, inputs, outputs):
    return {"kernel": (kernel, kernel, inputs, outputs), "gain": (outputs,), "bias": (outputs,)}
