"""The worked example with its numbers, random formulas, and wrong derivatives."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from limes.claims.optimization.computational_graph import (
    EXAMPLE,
    LEAVES,
    by_hand,
    example,
    measure,
    picture,
    random_formula,
    run,
)

KEYS = jax.random.split(jax.random.key(4), 3)
VALUES = [1, 2, 2.718281828459045, 5.43656365691809, 6.43656365691809, 2.537038363312248, 13.792770562190322]
ADJOINTS = [
    20.689155843285484,
    9.808858425286727,
    7.21695471204855,
    3.608477356024275,
    1.0714389927120271,
    5.43656365691809,
    1,
]


def test_nodes_found_by_hand_are_those_of_the_formula():
    theta = np.array([1.0, 2.0])
    values, adjoints = by_hand(EXAMPLE, theta)
    e, p = np.exp(1.0), 2 * np.exp(1.0)
    root = np.sqrt(1.0 + p)
    direct = [p * root + p * (1 + p) / (2 * root), e * root + p * e / (2 * root)]
    assert np.allclose(values, VALUES, rtol=1e-14)
    assert np.allclose(adjoints, ADJOINTS, rtol=1e-14)
    assert np.allclose(adjoints[:2], direct, rtol=1e-14)
    assert np.allclose(example(theta, jnp.exp), values[-1], rtol=1e-14)


@pytest.mark.parametrize("nodes", [4, 24])
def test_graphs_agree_with_hand(nodes):
    for key in KEYS:
        unit = measure(key, nodes=nodes)
        assert unit["values"] < 1e-13
        assert unit["adjoints"] < 1e-12
        assert (unit["order"], unit["parents"]) == (0, 0)
        assert [unit[name] for name in ("function", "differences", "reverse")] == [5, 15, 14]


@pytest.mark.parametrize("factor", [1.001, 0.999, 1 + 1e-8])
def test_a_wrong_derivative_is_seen(factor):
    unit = measure(KEYS[0], nodes=8, factor=factor)
    assert unit["adjoints"] > 0.1 * abs(factor - 1)
    assert unit["values"] < 1e-13


def test_formulas_are_formulas():
    draw = np.random.default_rng(1)
    formula, leaves = random_formula(draw, 20), draw.uniform(-1, 1, LEAVES)
    assert all(0 <= p < LEAVES + k for k, (_, parents) in enumerate(formula) for p in parents)
    values, adjoints = by_hand(formula, leaves)
    whole = lambda x: run(formula, list(x), jnp.exp, jnp.tanh)
    assert np.allclose(whole(jnp.asarray(leaves)), values[-1], rtol=1e-13)
    assert np.allclose(jax.grad(whole)(jnp.asarray(leaves)), adjoints[:LEAVES], rtol=1e-11, atol=1e-13)


def test_the_picture_shows_values_adjoints_and_counts():
    import xarray

    units = xarray.Dataset({"values": ("seed", [1e-16]), "adjoints": ("seed", [2e-16])})
    drawn = picture({"units": units})
    assert all(number in drawn.svg for number in ("2.718", "13.79", "20.69", "9.809", "19.62"))
    assert "5 operations, forward differences 15, value and gradient by one sweep back 14" in drawn.words
