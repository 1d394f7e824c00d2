from functools import partial

import jax
import numpy as np
import pytest

from limes.claims.risk import early_stopping as module
from limes.claims.risk.early_stopping import ONSET, STEPS, descent_risk, illustrate, measure
from limes.laws import early_stopping as laws
from limes.optimize import gradient_flow

KEYS = jax.random.split(jax.random.key(4), 8)


@pytest.fixture(scope="module")
def call():
    def batch(keys, decay, noise, match, tilt):
        return jax.vmap(partial(measure, decay=decay, noise=noise, match=match, tilt=tilt))(keys)

    compiled = jax.jit(batch)
    return lambda *args: {name: np.asarray(value) for name, value in compiled(KEYS, *args).items()}


def exponent(output):
    return np.polyfit(np.log(ONSET), np.log(output["distance"]).T, 1)[0]


@pytest.mark.parametrize(("decay", "noise"), [(0.0, 0.1), (1.0, 1.0), (2.0, 30.0)])
def test_all_predictions_hold(call, decay, noise):
    output = call(decay, noise, 1.0, 0.0)
    assert np.all(output["ratio"] <= laws.RATIO)
    assert np.all(output["best"] <= laws.BEST)
    assert np.all(output["least"] >= 1 - 1e-9)
    assert np.allclose(exponent(output), 2.0, atol=0.01)
    ratio = output["descent"] / np.array([descent_risk(decay, noise, step) for step in STEPS])
    assert np.all(np.abs(ratio.mean(0) - 1) < 6 * ratio.std(0, ddof=1) / np.sqrt(8))
    assert np.all(ratio.std(0) < 0.06)


def test_measured_flow_has_the_risk_of_the_closed_form(call):
    """The largest ratio, from the laws alone, at the times of the measurement."""
    s = np.ones(module.DIM)
    times = module.TIMES[:, None] / 2
    risk = partial(laws.bayes_risk, s, num=module.NUM, noise=30.0, radius=module.RADIUS)
    ratio = risk(factors=laws.flow(s, times)) / risk(factors=laws.ridge(s, 0.5 / times))
    assert call(0.0, 30.0, 1.0, 0.0)["ratio"] == pytest.approx(ratio.max(), rel=1e-7)
    assert ratio.max() > 1.68


@pytest.mark.parametrize("match", [2.0, 0.5])
def test_another_factor_between_time_and_penalty_is_seen(call, match):
    output = call(0.0, 30.0, match, 0.0)
    assert np.allclose(exponent(output), 1.0, atol=0.01)
    assert np.all(output["ratio"] > 3) == (match == 2.0)


@pytest.mark.parametrize("decay", [1.0, 2.0])
def test_ridge_is_not_best_for_a_signal_along_the_strong_directions(call, decay):
    output = call(decay, 1.0, 1.0, 2.0)
    assert np.all(output["least"] < 0.8)
    assert np.all(output["descent"][:, 0] < 0.9 * descent_risk(decay, 1.0, STEPS[0]))


def test_a_loss_with_one_half_is_seen(monkeypatch):
    monkeypatch.setattr(module, "least_squares", lambda output, target: 0.5 * jax.numpy.sum((output - target) ** 2))
    run = jax.jit(lambda key: measure(key, decay=1.0, noise=1.0))
    output = {name: np.asarray(value) for name, value in run(KEYS[0]).items()}
    assert abs(exponent({"distance": output["distance"][None]})[0] - 2) > 0.5
    law = np.array([descent_risk(1.0, 1.0, step) for step in STEPS])
    assert np.max(np.abs(output["descent"] / law - 1)) > 0.15


def test_the_flow_solves_the_differential_equation():
    X = jax.random.normal(jax.random.key(1), (12, 5))
    times = jax.numpy.array([0.01, 0.3, 2.0])
    risk, params = module._risk(X, jax.numpy.eye(12))
    solved = gradient_flow(risk, params, times, rtol=1e-10, atol=1e-12).params.theta
    assert np.allclose(module._flow(X, times), np.swapaxes(solved, 1, 2), rtol=1e-7, atol=1e-9)


def test_illustrated_paths_meet_at_both_ends():
    drawn = illustrate(jax.random.key(0), None)
    gap = np.abs(drawn["flow"] - drawn["ridge"]).max(1)
    assert gap[0] < 1e-3 < 0.05 < gap.max()
    assert gap[-1] < gap.max()
