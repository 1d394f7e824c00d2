import jax
import numpy as np
import pytest

from limes.claims.risk import least_squares
from limes.claims.risk.least_squares import claim, illustrate, load, measure
from limes.risk.penalty import Ridge

KEYS = jax.random.split(jax.random.key(8), 2)
TOLERANCE = {"solution": 1e-10, "gradient": 1e-11, "hessian": 1e-12, "excess": 1e-10}


@pytest.fixture(scope="module")
def patients():
    return load()


def held(patients, data, strength, **change):
    """Which identities hold in all units."""
    outputs = [measure(key, given=patients, data=data, strength=strength, **change) for key in KEYS]
    return {name: all(output[name] <= bound for output in outputs) for name, bound in TOLERANCE.items()}


def test_tolerances_are_those_of_the_claim():
    assert {name: entry.tolerance for name, entry in claim.predictions.items()} == TOLERANCE


@pytest.mark.parametrize("data", ["gaussian", "diabetes"])
@pytest.mark.parametrize("strength", [0.0, 0.001, 10.0])
def test_identities_hold(patients, data, strength):
    assert all(held(patients, data, strength).values())


@pytest.mark.parametrize(
    ("change", "strength", "lost"),
    [
        ({"factor": 0.5}, 0.1, {"solution", "hessian", "excess"}),
        ({"factor": 0.5}, 0.0, {"hessian", "excess"}),
        ({"power": 0.0}, 0.1, {"solution", "hessian", "excess"}),
        ({"factor": 1.001}, 0.1, {"solution", "hessian", "excess"}),
    ],
)
@pytest.mark.parametrize("data", ["gaussian", "diabetes"])
def test_false_variants_are_refuted_where_they_matter(patients, data, change, strength, lost):
    found = held(patients, data, strength, **change)
    assert {name for name, holds in found.items() if not holds} == lost


@pytest.mark.parametrize(
    ("name", "wrong", "lost"),
    [
        ("least_squares_half", lambda output, target: 0.5 * (output - target) ** 2, "hessian"),
        ("ridge_half", lambda strength: Ridge(strength / 2), "solution"),
        ("ridge_by_n", lambda strength: Ridge(strength / 300), "solution"),
        ("sign", lambda risk, params: jax.tree.map(lambda leaf: -leaf, least_squares_solve(risk, params)), "solution"),
    ],
)
def test_wrong_code_is_seen(monkeypatch, patients, name, wrong, lost):
    target = {"least_squares_half": "least_squares", "sign": "solve"}.get(name, "Ridge")
    if target == "least_squares":
        monkeypatch.setattr(least_squares, "solve", exact_of_the_right_loss)
    monkeypatch.setattr(least_squares, target, wrong)
    jax.clear_caches()
    found = held(patients, "diabetes", 0.1)
    jax.clear_caches()
    assert not found[lost]


least_squares_solve = least_squares.solve


def exact_of_the_right_loss(risk, params):
    from limes.risk.empirical import EmpiricalRisk
    from limes.risk.losses import least_squares as right

    return least_squares_solve(EmpiricalRisk(risk.apply, right, risk.data, risk.penalty), params)


def test_illustration_holds_the_fits(patients):
    drawn = illustrate(jax.random.key(0), patients)
    reference = np.polyfit(drawn["x"], drawn["y"], 1)
    assert np.allclose(drawn["fit"], reference, rtol=1e-10)
    assert np.allclose(drawn["mass fit"], np.polyfit(drawn["mass"], drawn["disease"], 1), rtol=1e-10)
    assert np.allclose(drawn["path"][0], drawn["fit"], rtol=1e-3)
    assert np.linalg.norm(drawn["path"][-1]) < 0.05
