"""The listings against automatic differentiation, and a derivation by hand of one number."""

from itertools import pairwise

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from limes._errors import InputError
from limes.instruments.modes.network import backward_nn, forward_nn


def network(sizes, num=6):
    keys = jax.random.split(jax.random.key(sum(sizes)), 2 * len(sizes))
    layers = list(pairwise(sizes))
    A = [jax.random.normal(keys[2 * r], (h, d)) / d**0.5 for r, (d, h) in enumerate(layers)]
    b = [jax.random.normal(keys[2 * r + 1], (h,)) for r, (_, h) in enumerate(layers)]
    Z = jax.random.normal(keys[-2], (sizes[0], num))
    Y = jax.random.normal(keys[-1], (sizes[-1], num))
    return Z, Y, A, b


def squared(X, Y):
    return jnp.sum((X - Y) ** 2) / Y.shape[1]


def swish(x):
    return x * jax.nn.sigmoid(x)


@pytest.mark.parametrize("rho", [jnp.tanh, jax.nn.relu, swish])
@pytest.mark.parametrize("sizes", [(3, 2), (2, 5, 3, 6, 4)])
def test_gradients_are_the_automatic_ones(rho, sizes):
    Z, Y, A, b = network(sizes)

    @jax.jit
    def both(Z, Y, A, b):
        X = forward_nn(Z, A, b, rho)
        theirs = jax.grad(lambda A, b, Z: squared(forward_nn(Z, A, b, rho)[-1], Y), (0, 1, 2))(A, b, Z)
        return X, tuple(backward_nn(X, Y, A, b, rho, squared)), theirs

    X, ours, theirs = both(Z, Y, A, b)
    assert [x.shape for x in X] == [(size, 6) for size in sizes]
    for one, other in zip(jax.tree.leaves(ours), jax.tree.leaves(theirs), strict=True):
        assert one.shape == other.shape
        assert np.max(np.abs(one - other)) <= 1e-12 * max(1.0, np.max(np.abs(other)))


def test_forward_is_the_formula():
    Z, _, A, b = network((3, 4, 2))
    z, (A_0, A_1), (b_0, b_1) = np.asarray(Z), map(np.asarray, A), map(np.asarray, b)
    hidden = np.tanh(A_0 @ z + np.outer(b_0, np.ones(6)))
    out = np.tanh(A_1 @ hidden + np.outer(b_1, np.ones(6)))
    assert np.allclose(forward_nn(Z, A, b, jnp.tanh)[2], out, rtol=1e-14)


def test_one_neuron_by_hand():
    Z, Y, A, b = (jnp.array([[2.0]]), jnp.array([[1.0]]), [jnp.array([[3.0]])], [jnp.array([-1.0])])
    X = forward_nn(Z, A, b, jnp.square)  # (3 z - 1)^2 = 25
    gradient = backward_nn(X, Y, A, b, jnp.square, lambda X, Y: jnp.sum((X - Y) ** 2))
    M = 2 * 5.0 * 2 * 24.0
    assert (float(gradient.A[0][0, 0]), float(gradient.b[0][0]), float(gradient.Z[0, 0])) == (2 * M, M, 3 * M)


def test_labels_may_be_integers_and_it_compiles():
    Z, _, A, b = network((3, 5, 4))
    labels = jnp.arange(6) % 4

    def cross_entropy(X, labels):
        return -jnp.mean(jax.nn.log_softmax(X, axis=0)[labels, jnp.arange(6)])

    @jax.jit
    def both(A, b):
        ours = backward_nn(forward_nn(Z, A, b, jnp.tanh), labels, A, b, jnp.tanh, cross_entropy)
        return ours.A, jax.grad(lambda A: cross_entropy(forward_nn(Z, A, b, jnp.tanh)[-1], labels))(A)

    ours, theirs = both(A, b)
    assert all(np.allclose(one, other, rtol=1e-12, atol=1e-15) for one, other in zip(ours, theirs, strict=True))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"Z": jnp.ones(3)}, "matrix whose columns"),
        ({"b": []}, "1 matrices and 0 vectors"),
        ({"A": [jnp.ones((2, 5))]}, r"A\[0\] must have 3 columns"),
        ({"b": [jnp.ones((2, 1))]}, r"b\[0\] one number"),
    ],
    ids=["vector", "lists", "columns", "bias"],
)
def test_bad_sizes(change, words):
    good = {"Z": jnp.ones((3, 2)), "A": [jnp.ones((2, 3))], "b": [jnp.ones(2)], "rho": jnp.tanh}
    with pytest.raises(InputError, match=words):
        forward_nn(**{**good, **change})


def test_layers_must_all_be_kept():
    Z, Y, A, b = network((3, 5, 4))
    with pytest.raises(InputError, match="all 2 layers"):
        backward_nn(forward_nn(Z, A, b, jnp.tanh)[:2], Y, A, b, jnp.tanh, squared)
