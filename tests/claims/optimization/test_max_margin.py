from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from limes._types import Data
from limes.claims.optimization.max_margin import RECORDS, illustrate, log_risk, measure, problem
from limes.laws.margin import hard_margin
from limes.models.functional import functional
from limes.models.linear import Linear
from limes.risk.empirical import EmpiricalRisk
from limes.risk.losses import logistic

KEYS = jax.random.split(jax.random.key(4), 8)


@pytest.fixture(scope="module")
def call():
    def batch(keys, margin, step_size, geometry, wrong):
        return jax.vmap(partial(measure, margin=margin, step_size=step_size, geometry=geometry, wrong=wrong))(keys)

    return jax.jit(batch)


def numbers(out):
    return {name: np.asarray(value) for name, value in out.items()}


@pytest.mark.parametrize(("margin", "step_size"), [(0.5, 0.1), (1.0, 0.05), (0.8, 0.2)])
def test_late_laws(call, margin, step_size):
    out = numbers(call(KEYS, margin, step_size, 0.0, 0.0))
    assert np.abs(out["growth"] - 1).max() < 1e-7
    assert np.abs(out["offset"] - 1).max() < 1e-4
    assert np.abs(out["norm"] - 1).max() < 0.02
    late = out["gap"][:, -3:] * out["s"][:, -3:]
    assert np.abs(late / late[:, -1:] - 1).max() < 0.05
    assert np.abs(np.polyfit(np.log(RECORDS[-3:]), np.log(out["lack"][:, -3:]).T, 1)[0] + 1).max() < 0.05


@pytest.mark.parametrize(
    "change", [(1.0, 0.0), (0.3, 0.0), (0.0, 1.0)], ids=["signs", "some signs", "one point with both labels"]
)
def test_laws_fail_without_their_assumptions(call, change):
    out = numbers(call(KEYS, 1.0, 0.1, *change))
    assert np.abs(out["growth"] - 1).min() > 1e-3
    assert np.median(np.abs(out["offset"] - 1)) > 0.5
    assert all(np.isfinite(value).all() for value in out.values())


@pytest.mark.parametrize("seed", range(4))
def test_the_margin_of_the_problem_is_known(seed):
    Z, u, limit = problem(jax.random.key(seed), 0.7)
    known = hard_margin(np.asarray(Z))
    assert known.margin == pytest.approx(0.7, rel=1e-10)
    assert np.allclose(known.direction, u, atol=1e-10)
    support = known.weights > 1e-9
    v = np.asarray(Z)[support] - 0.7 * np.asarray(u)
    offset = np.linalg.lstsq(
        v, -np.log(known.weights[support]) + known.weights[support] @ np.log(known.weights[support])
    )
    assert np.linalg.norm(offset[0]) == pytest.approx(float(limit), rel=1e-7)


@pytest.mark.parametrize("size", [0.1, 1.0, 10.0])
def test_log_risk_is_the_logarithm_of_the_library_risk(key, size):
    Z = jax.random.normal(key, (12, 3))
    w = jnp.array([size, -size, 0.5 * size])
    apply, blank = functional(Linear(3))
    risk = EmpiricalRisk(apply, logistic, Data(Z, jnp.ones(12), "binary"))
    params = jax.tree.map(lambda _: w, blank)
    assert float(log_risk(Z, w)) == pytest.approx(float(jnp.log(risk(params))), rel=1e-12)
    slope = jax.tree.leaves(jax.grad(risk)(params))[0] / risk(params)
    assert np.allclose(jax.grad(log_risk, argnums=1)(Z, w), slope, rtol=1e-10)


def test_log_risk_has_no_underflow():
    value, slope = jax.value_and_grad(log_risk, argnums=1)(jnp.array([[1.0], [2.0]]), jnp.array([5000.0]))
    assert float(value) == pytest.approx(-5000 - np.log(2), rel=1e-12)
    assert float(slope[0]) == pytest.approx(-1.0, rel=1e-12)


def test_plain_descent_of_the_picture_is_far_slower():
    data = illustrate(jax.random.key(0), None)
    u = hard_margin(data["signed"]).direction
    gaps = {name: np.linalg.norm(data[name][-1] / np.linalg.norm(data[name][-1]) - u) for name in ("log", "plain")}
    assert gaps["log"] < 1e-3 < 1e-2 < gaps["plain"]
