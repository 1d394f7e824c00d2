"""Recurrent networks by `jax.lax.scan`, as plain functions with their arguments."""

import jax
import jax.numpy as jnp
from nets import numbers


def rnn(steps=20, inputs=3, hidden=12):
    """A recurrent layer; the loss is the mean square of its last state and of what it says on the way."""

    def loss(params, x):
        def step(h, x_t):
            h = jnp.tanh(params["W"] @ h + params["U"] @ x_t + params["b"])
            return h, jnp.sum(h)

        h, said = jax.lax.scan(step, jnp.zeros(hidden), x)
        return jnp.mean(h**2) + jnp.mean(said**2)

    W, U, b, x = numbers(3, (hidden, hidden), (hidden, inputs), (hidden,), (steps, inputs))
    return loss, ({"W": W, "U": U, "b": b}, x)


def lstm(steps=6, inputs=2, hidden=3, *, indexed=False):
    """Two layers of long short-term memory; `indexed` reads the weights of both layers by index inside the loop."""

    def cell(weights, state, x):
        h, c = state
        i, f, o, g = jnp.split(weights @ jnp.concatenate([x, h]), 4)
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
        return jax.nn.sigmoid(o) * jnp.tanh(c), c

    def loss(weights, x):
        outside = [weights[k] for k in range(2)]

        def step(states, x_t):
            below = jnp.pad(x_t, (0, hidden - inputs))
            new = []
            for k, state in enumerate(states):
                below, c = cell(weights[k] if indexed else outside[k], state, below)
                new.append((below, c))
            return new, below

        zero = jnp.zeros(hidden)
        _, said = jax.lax.scan(step, [(zero, zero)] * 2, x)
        return jnp.mean(said**2)

    return loss, tuple(numbers(4, (2, 4 * hidden, 2 * hidden), (steps, inputs)))
