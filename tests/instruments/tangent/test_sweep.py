import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from limes.instruments.tangent.program import split, trace
from limes.instruments.tangent.sites import find
from limes.instruments.tangent.sweep import features, run


def normal(seed, *shape):
    return jnp.asarray(np.random.default_rng(seed).standard_normal(shape))


def scaled(p, x):
    """Scales from numbers, from the example and from other parameters, signs, moves, a fixed matrix."""
    h = jnp.tanh((-2.0 * p["A"].T) @ x / p["c"])
    h = h + jnp.tanh((p["B"] * jnp.broadcast_to(jnp.sum(x**2), (4, 4))) @ h)
    return -(p["C"][1:].reshape(4, 2).T @ h) / 3.0 + (p["A"] / jnp.sum(p["A"] ** 2))[:2] @ h


def looped(p, x):
    """Layers in a loop, in reverse, one of them shared, with a scale of their own."""

    def layer(h, slices):
        W, b, s = slices
        return jnp.tanh((s * W) @ h + (0.5 * p["shared"]).T @ h + b), jnp.sum(h)

    h, sums = jax.lax.scan(layer, x, (2.0 * p["W"], p["b"], p["s"]), reverse=True, unroll=2)
    return jnp.concatenate([h, sums])


def nested(p, x):
    """A loop in a loop: other matrices in the outer, the same in the inner one."""

    def outer(h, W):
        inner = lambda h, _: (jnp.tanh(W @ h + p["V"] @ h), None)
        return jax.lax.scan(inner, h, None, length=2)[0], None

    return jax.jit(lambda x, W: jax.lax.scan(outer, x, W)[0])(x, p["W"])


def branched(p, x):
    """Parameters in branches and under a rule of their own."""

    @jax.custom_vjp
    def product(W, x):
        return W @ x

    product.defvjp(lambda W, x: (W @ x, (W, x)), lambda kept, c: (3.0 * jnp.outer(c, kept[1]), kept[0].T @ c))
    h = jax.lax.cond(x[0] > 0, lambda: jnp.tanh(p["A"] @ x), lambda: p["B"] @ x)
    return product(p["C"], h) + jax.checkpoint(lambda h: jnp.sin(p["D"] @ h))(h) + jax.lax.stop_gradient(p["A"]) @ h


def gates(p, x):
    """A recurrent net: the same matrices at every token."""

    def step(h, z):
        return jnp.tanh(p["U"] @ z + p["V"] @ h + p["b"]), None

    return jax.lax.scan(step, jnp.zeros(4, x.dtype), x)[0]


CASES = {
    "scaled": (scaled, {"A": (4, 4), "B": (4, 4), "C": (5, 2), "c": ()}, (4,)),
    "looped": (looped, {"W": (3, 4, 4), "b": (3, 4), "s": (3,), "shared": (4, 4)}, (4,)),
    "nested": (nested, {"W": (3, 4, 4), "V": (4, 4)}, (4,)),
    "branched": (branched, dict.fromkeys("ABCD", (4, 4)), (4,)),
    "gates": (gates, {"U": (4, 2), "V": (4, 4), "b": (4,)}, (5, 2)),
}


@pytest.mark.parametrize("how", ["factors", "formed", "rows"])
@pytest.mark.parametrize("name", CASES)
def test_features_stand_for_the_derivative(name, how):
    apply, shapes, size = CASES[name]
    params = {leaf: normal(k, *shape) for k, (leaf, shape) in enumerate(shapes.items())}
    x = normal(9, *size)
    call, leaves = split("test", apply, params)
    program = trace(call, leaves, x)
    found = find(program.jaxpr, program.num_params)
    treatment = tuple(how if found.groups(leaf) else "rows" for leaf in range(len(leaves)))
    assert how == "rows" or how in treatment
    got = jax.jit(functools.partial(features, call, treatment))(leaves, x)
    rows = [row for row in got.rows if row.size] + [
        jnp.einsum("bti,obtf->obif", a, c).reshape(c.shape[0], -1) for a, c in got.factors
    ]
    gram = sum(row @ row.T for row in rows)
    jacobian = jax.jacrev(lambda leaves: call(leaves, x).reshape(-1))(leaves)
    expected = sum(J.reshape(len(J), -1) @ J.reshape(len(J), -1).T for J in jacobian)
    assert np.allclose(gram, expected, rtol=1e-12, atol=1e-12)


def test_short_rows_are_joined_by_type():
    params = {"a": jnp.ones(3), "b": jnp.ones(2), "c": jnp.ones(2, jnp.float32)}
    call, leaves = split("test", lambda p, x: x * (jnp.sum(p["a"]) + p["b"][0] + jnp.sum(p["c"]).astype(float)), params)
    got = features(call, ("rows",) * 3, leaves, jnp.ones(2))
    assert sorted((row.shape, str(row.dtype)) for row in got.rows) == [((2, 2), "float32"), ((2, 5), "float64")]


def test_an_equation_runs_by_itself():
    jaxpr = jax.make_jaxpr(lambda a: (jax.lax.sort((a, a * a), num_keys=1)[1], 2.0 * a))(jnp.ones(3)).jaxpr
    values = [jnp.array([3.0, 1.0, 2.0])] * 2
    (sort,) = [equation for equation in jaxpr.eqns if equation.primitive.name == "sort"]
    results = run(sort, values)
    assert results[0] is None or jnp.array_equal(results[0], jnp.array([1.0, 2.0, 3.0]))
    assert jnp.array_equal(results[1], jnp.array([1.0, 2.0, 3.0]))
