import jax
import jax.numpy as jnp
import numpy as np
import pytest

from limes.claims.kinds import Identity
from limes.claims.risk import logistic as module
from limes.claims.risk.logistic import claim, illustrate, load, measure
from limes.risk.penalty import Ridge

KEYS = jax.random.split(jax.random.key(8), 2)
LIMITS = {"solution": 1e-8, "gradient": 1e-12, "curvature": 1.0 + 1e-10, "flat": 1e-12, "swap": 1e-12}
exact = module.solve


@pytest.fixture(scope="module")
def tumors():
    return load()


def lost(tumors, data, strength, **change):
    """Which predictions fail in a unit."""
    outputs = [measure(key, given=tumors, data=data, strength=strength, **change) for key in KEYS]
    return {name for name, bound in LIMITS.items() if not all(output[name] <= bound for output in outputs)}


def test_limits_are_those_of_the_claim():
    for name, entry in claim.predictions.items():
        limit = entry.tolerance if isinstance(entry, Identity) else entry.below + entry.resolution
        assert limit == LIMITS[name]


@pytest.mark.parametrize("data", ["gaussian", "tumors"])
@pytest.mark.parametrize("strength", [0.0, 0.0001, 1.0])
def test_all_hold(tumors, data, strength):
    assert not lost(tumors, data, strength)


@pytest.mark.parametrize(
    ("change", "seen"),
    [
        ({"low": 0.0}, {"solution", "flat"}),
        ({"power": 0.0}, {"solution"}),
        ({"slope": 2.0}, {"gradient", "curvature", "flat", "swap"}),
        ({"slope": -1.0}, {"gradient", "swap"}),
    ],
)
@pytest.mark.parametrize("data", ["gaussian", "tumors"])
def test_false_variants_are_seen(tumors, data, change, seen):
    assert lost(tumors, data, 0.01, **change) == seen


@pytest.mark.parametrize(
    ("target", "wrong", "seen"),
    [
        ("Ridge", lambda strength: Ridge(strength / 2), "solution"),
        ("Ridge", lambda strength: Ridge(strength * 400), "solution"),
        ("solve", lambda risk, params: jax.tree.map(lambda leaf: -leaf, exact(risk, params)), "gradient"),
    ],
)
def test_wrong_code_is_seen(monkeypatch, tumors, target, wrong, seen):
    monkeypatch.setattr(module, target, wrong)
    jax.clear_caches()
    found = lost(tumors, "tumors", 0.01)
    jax.clear_caches()
    assert seen in found


def test_the_bound_on_the_curvature_is_nearly_attained(tumors):
    assert measure(KEYS[0], given=tumors, data="tumors", strength=0.01)["curvature"] > 0.99


def test_illustrated_lines_are_optimal(tumors):
    drawn = illustrate(jax.random.key(0), tumors)
    for x, y, line in (("x", "y", "line"), ("tumors", "kind", "tumor line")):
        X = np.column_stack([drawn[x], np.ones(len(drawn[y]))])
        weight = drawn[y] * np.asarray(jax.nn.sigmoid(-drawn[y] * jnp.asarray(X @ drawn[line])))
        assert np.linalg.norm(X.T @ weight) < 1e-10 * np.linalg.norm(X.T @ drawn[y])
