"""Counts of gradients and Jacobians by reverse mode against formulas; the programs compute what they say."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from limes.claims.optimization import _modes as modes
from limes.claims.optimization.backward_mode import PROGRAMS, gradient, measure

SIZES = [4, 16, 64]
SCALAR = ("perceptron", "recurrence", "attention", "product")


def test_cost_grows_with_outputs_and_not_with_inputs():
    found = [measure(None, size=n) for n in SIZES]
    inputs, outputs = (np.array([unit[name] for unit in found]) for name in ("inputs", "outputs"))
    assert np.allclose(np.diff(outputs) / np.diff(SIZES), 1.0, atol=0.01)
    assert np.ptp(inputs) < 1e-3 * inputs[0]
    assert all(unit["excess"] == 0 for unit in found)
    assert all(0.99 < unit["shared"] < 1 for unit in found)


def test_gradients_cost_a_small_multiple_whatever_the_size():
    for name in SCALAR:
        ratios = np.array([gradient(name, n).ratio for n in (4, 16, 64, 256)])
        assert np.ptp(ratios) < 0.15
        assert ratios.max() < 3.2
    assert all(measure(None, size=n)["room"] <= 1 for n in SIZES)


@pytest.mark.parametrize("d", [4, 16, 64])
def test_products_have_their_closed_forms(d):
    split, indexed = gradient("product", d), gradient("indexed product", d)
    assert (split.function, split.reverse) == (d, 3 * d)
    assert (indexed.function, indexed.reverse) == (d, d**2 + 3 * d)
    assert measure(None, size=d, indexed=True)["product"] == d + 3


def test_the_jacobian_needs_as_many_sweeps_as_outputs():
    for m in SIZES:
        K, _, reverse = modes.by_hand(modes.BASE, m)
        one = modes.by_hand(modes.BASE, 1)[2]
        assert modes.cost(modes.BASE, m).reverse == reverse
        assert abs(reverse / K - 1 - m * (one / K - 1)) < 0.01 * m


@pytest.mark.parametrize("name", PROGRAMS)
def test_programs_are_differentiable_and_reach_every_input(name):
    fn, shapes = PROGRAMS[name]
    keys = jax.random.split(jax.random.key(3), len(shapes(6)))
    p = {k: jax.random.normal(key, shape) for key, (k, shape) in zip(keys, shapes(6).items(), strict=True)}
    value, found = jax.value_and_grad(fn)(p)
    assert value.shape == ()
    assert all(float(jnp.abs(leaf).max()) > 0 for leaf in jax.tree.leaves(found))


def test_both_products_are_the_product():
    p = {"x": jnp.array([1.5, -2.0, 0.5, 3.0]), "one": jnp.ones(())}
    values = [PROGRAMS[name][0](p) for name in ("product", "indexed product")]
    assert np.allclose(values, -4.5, rtol=1e-15)
    a, b = (jax.grad(PROGRAMS[name][0])(p)["x"] for name in ("product", "indexed product"))
    assert np.allclose(a, -4.5 / p["x"], rtol=1e-14)
    assert np.allclose(a, b, rtol=1e-14)
