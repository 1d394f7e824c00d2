"""Counts of Jacobians by forward mode against the formulas, and a count of what the sweeps really do."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from limes.claims.optimization import _modes as modes
from limes.claims.optimization.forward_mode import measure

SIZES = [4, 16, 64, 256]


def test_counts_are_those_derived_by_hand():
    for n in SIZES:
        assert measure(None, size=n)["excess"] == 0
        c = modes.cost(n, modes.BASE)
        assert (c.function, c.forward, c.reverse) == modes.by_hand(n, modes.BASE)
        assert (c.inputs, c.outputs) == (n, modes.BASE)


def test_cost_grows_with_inputs_and_not_with_outputs():
    found = [measure(None, size=n) for n in SIZES]
    inputs, outputs = (np.array([unit[name] for unit in found]) for name in ("inputs", "outputs"))
    assert np.allclose(np.diff(inputs) / np.diff(SIZES), 1.0, atol=0.01)  # the weights are fixed: a sweep costs K
    assert np.ptp(outputs) < 1e-4 * outputs[0]
    assert all(0.99 < unit["shared"] < 1 for unit in found)


def test_a_diagonal_jacobian_takes_one_sweep():
    found = [measure(None, size=n, diagonal=True)["inputs"] for n in SIZES]
    assert np.ptp(found) == 0
    weights = [jnp.ones((modes.BODY, modes.BODY))] * modes.LAYERS
    x = jnp.linspace(-1.0, 1.0, 8)
    fn = lambda x: modes.entrywise(8, x, weights)
    _, once = jax.jvp(fn, (x,), (jnp.ones(8),))
    assert np.allclose(np.diag(once), jax.jacfwd(fn)(x), rtol=1e-13, atol=0)


@pytest.mark.parametrize("pair", [(4, 16), (16, 4)])
def test_the_program_is_what_is_counted(pair, monkeypatch):
    monkeypatch.setattr(modes, "BODY", 32)
    weights = list(jax.random.normal(jax.random.key(0), (modes.LAYERS, 32, 32)) / 8)
    x = jnp.linspace(-1.0, 1.0, pair[0])
    fn = lambda x: modes.program(pair[1], x, weights)
    assert fn(x).shape == (pair[1],)
    assert np.allclose(jax.jacfwd(fn)(x), jax.jacrev(fn)(x), rtol=1e-12, atol=1e-14)
    assert np.linalg.matrix_rank(jax.jacfwd(fn)(x)) == min(pair)
