"""Nets as plain functions of a dictionary of arrays: used by tests of tangent kernels and by their benchmark."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np


def mlp(params, x):
    """A dense net with ReLU and NTK scaling; biases where there are some."""
    depth = sum(name.startswith("W") for name in params)
    h = x
    for k in range(depth):
        W = params[f"W{k}"]
        h = h @ W * (1.5 / W.shape[0] ** 0.5)
        if f"b{k}" in params:
            h = h + 0.1 * params[f"b{k}"]
        h = jax.nn.relu(h) if k < depth - 1 else h
    return h


def mlp_params(rng, sizes, bias=True):
    """Standard normal weights."""
    params = {f"W{k}": rng.standard_normal(pair) for k, pair in enumerate(itertools.pairwise(sizes))}
    if bias:
        params |= {f"b{k}": rng.standard_normal(size) for k, size in enumerate(sizes[1:])}
    return params


def cnn(params, x):
    """Convolutions 3 by 3 with ReLU, the mean over the image, a read-out. Images are `h w c`."""
    h = x
    for k in range(3):
        h = jax.lax.conv_general_dilated(
            h[None], params[f"W{k}"], (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC")
        )[0]
        h = jax.nn.relu(h + params[f"b{k}"][None, None])
    return jnp.mean(h, axis=(0, 1)) @ params["readout"]


def cnn_params(rng, channels=16, out=10, colors=3):
    """He's scaling."""
    sizes = [colors, channels, channels, channels]
    params = {
        f"W{k}": rng.standard_normal((3, 3, *pair)) / (4.5 * pair[0]) ** 0.5
        for k, pair in enumerate(itertools.pairwise(sizes))
    }
    params |= {f"b{k}": 0.1 * rng.standard_normal(channels) for k in range(3)}
    return params | {"readout": rng.standard_normal((channels, out)) / channels**0.5}


def layer_norm(x, gain, shift):
    """Normalize along the last axis."""
    centered = x - jnp.mean(x, axis=-1, keepdims=True)
    return gain * (centered / jnp.sqrt(jnp.mean(centered**2, axis=-1, keepdims=True) + 1e-5)) + shift


def block(params, x):
    """A transformer block (layer norm first, several heads, GELU), the mean over tokens, a read-out."""
    h = layer_norm(x, params["g1"][None], params["s1"][None])
    q, k, v = (jnp.einsum("td,dhk->htk", h, params[name]) for name in ("Q", "K", "V"))
    weights = jax.nn.softmax(jnp.einsum("htk,hsk->hts", q, k) / q.shape[-1] ** 0.5, axis=-1)
    x = x + jnp.einsum("hts,hsk,hkd->td", weights, v, params["O"])
    h = layer_norm(x, params["g2"][None], params["s2"][None])
    x = x + jax.nn.gelu(h @ params["W1"] + params["b1"][None], approximate=False) @ params["W2"] + params["b2"][None]
    return jnp.mean(x, axis=0) @ params["readout"]


def block_params(rng, size=64, heads=4, out=1):
    """Fan-in scaling."""
    per = size // heads

    def normal(*shape, fan):
        return rng.standard_normal(shape) / fan**0.5

    params = {name: normal(size, heads, per, fan=size) for name in ("Q", "K", "V")}
    params |= {"O": normal(heads, per, size, fan=size), "readout": normal(size, out, fan=size)}
    params |= {"W1": normal(size, 4 * size, fan=size), "W2": normal(4 * size, size, fan=4 * size)}
    params |= {"b1": 0.1 * rng.standard_normal(4 * size), "b2": 0.1 * rng.standard_normal(size)}
    for k in (1, 2):
        params |= {f"g{k}": 1 + 0.1 * rng.standard_normal(size), f"s{k}": 0.1 * rng.standard_normal(size)}
    return params


NETS = {"mlp": mlp, "cnn": cnn, "block": block}


def plain_kernel(apply, params, x1, x2, outputs="full"):
    """The definition: Jacobians of all examples, contracted."""
    rows = [
        [
            jnp.reshape(leaf, (len(x), -1, np.size(weights)))
            for leaf, weights in zip(*map(jax.tree.leaves, (J, params)), strict=True)
        ]
        for x in (x1, x2)
        for J in [jax.vmap(jax.jacrev(apply), (None, 0))(params, x)]
    ]
    if outputs == "full":
        return sum(jnp.einsum("iop,jqp->ijoq", a, b) for a, b in zip(*rows, strict=True))
    return sum(jnp.einsum("iop,jop->ij", a, b) for a, b in zip(*rows, strict=True))
