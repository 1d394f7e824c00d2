"""Random programs on arrays of a few shapes: differentiable almost everywhere, tame in value."""

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

UNARY = (
    *(
        jnp.sin,
        jnp.cos,
        jnp.tanh,
        jnp.exp,
        jnp.square,
        jax.nn.sigmoid,
        jax.nn.relu,
        jax.nn.softplus,
        jnp.arctan,
        jnp.abs,
    ),
    *(
        jnp.negative,
        lambda x: x**3,
        lambda x: jnp.sqrt(1.0 + x * x),
        lambda x: jnp.log1p(x * x),
        lambda x: 1.0 / (2.0 + x * x),
    ),
)
BINARY = (
    *(jnp.add, jnp.subtract, jnp.multiply, jnp.maximum, jnp.minimum, jnp.arctan2),
    *(lambda x, y: x / (1.5 + y * y), lambda x, y: jnp.where(x > y, x, 2.0 * y)),
)
TO_SAME = (
    *(lambda x: x[::-1], lambda x: jnp.cumsum(x, 0), lambda x: jnp.roll(x, 1, 0)),
    lambda x: lax.scan(lambda c, row: (0.5 * c + jnp.sin(row), c * row), x[0], x)[1],
    lambda x: jax.jit(lambda y: y * jnp.cos(y))(x),
    lambda x: jax.checkpoint(lambda y: jnp.sin(y) * y)(x),
    lambda x: jnp.asarray(x).at[0].add(x[1]),
    lambda x: x - lax.stop_gradient(jnp.max(x)),
)


def _shrunk(x):
    """Values back to about 1, so that no program overflows."""
    return jnp.tanh(0.3 * x)


def _mixed(rng, matrix, vector):
    """One step that goes between matrices and vectors."""
    kind = int(rng.integers(5))
    if kind == 0:
        return matrix @ vector
    if kind == 1:
        return jnp.sum(matrix, axis=int(rng.integers(2)))
    if kind == 2:
        return jnp.mean(matrix * vector[None, :], axis=1)
    if kind == 3:
        return jnp.diagonal(matrix) * vector
    return jax.nn.softmax(matrix, axis=1) @ vector


def random_program(seed, size=3, steps=8):
    """A function of a vector and a matrix to a number, and its arguments."""
    choices = np.random.default_rng(seed)
    plan = [tuple(int(number) for number in choices.integers(0, 10**6, 4)) for _ in range(steps)]

    def program(vector, matrix):
        values = {1: [vector], 2: [matrix]}
        for kind, first, second, which in plan:
            rank = 1 + first % 2
            x = values[rank][first // 2 % len(values[rank])]
            y = values[rank][second % len(values[rank])]
            if kind % 4 == 0:
                out = UNARY[which % len(UNARY)](x)
            elif kind % 4 == 1:
                out = BINARY[which % len(BINARY)](x, y)
            elif kind % 4 == 2:
                out = TO_SAME[which % len(TO_SAME)](x)
            else:
                out = _mixed(np.random.default_rng(which), values[2][-1], values[1][-1])
            values[out.ndim].append(_shrunk(out))
        return jnp.sum(values[1][-1]) + jnp.sum(values[2][-1] * values[2][-1])

    return program, (choices.normal(size=size), choices.normal(size=(size, size)))
