from functools import partial

import jax
import numpy as np
import pytest

from limes.claims.optimization.step_size import PACES, claim, illustrate, measure, worst_factor

KEYS = jax.random.split(jax.random.key(3), 4)


@pytest.fixture(scope="module")
def call():
    def batch(keys, kappa, weight, bend):
        return jax.vmap(partial(measure, kappa=kappa, weight=weight, bend=bend))(keys)

    return jax.jit(batch)


def factors(kappa):
    return np.array([worst_factor(kappa, pace) for pace in PACES])


@pytest.mark.parametrize("kappa", [10.0, 100.0, 1000.0])
def test_every_prediction_holds(call, kappa):
    out = {name: np.asarray(value) for name, value in call(KEYS, kappa, 1.0, 0.0).items()}
    assert np.abs(out["factor"] / factors(kappa) - 1).max() < 1e-7
    assert max(out["path"].max(), out["optimal"].max(), out["boundary"].max()) < 1e-11


@pytest.mark.parametrize(
    "change",
    [(0.5, 0.0), (2.0, 0.0), (-1.0, 0.0), (1.0, 1.0), (1.0, 0.1)],
    ids=["half", "twice", "sign", "bent", "hardly bent"],
)
def test_false_variants_are_seen(call, change):
    out = {name: np.asarray(value) for name, value in call(KEYS, 100.0, *change).items()}
    assert (np.abs(out["factor"] / factors(100.0) - 1) > 1e-4).any(axis=1).all()
    assert min(out["path"].min(), out["optimal"].min(), out["boundary"].min()) > 1e-3


def test_one_program_serves_every_condition_number_and_control(call):
    for args in ((10.0, 1.0, 0.0), (100.0, 0.5, 1.0)):
        call(KEYS, *args)
    assert call._cache_size() == 1


def test_paths_of_the_picture_shrink_creep_and_leave():
    paths = illustrate(jax.random.key(0), None)["paths"]
    sizes = {name: np.linalg.norm(path, axis=1) for name, path in paths.items()}
    assert sizes["optimal"][-1] < sizes["small"][-1] < sizes["small"][0]
    assert np.abs(paths["too large"][-1, 1]) > np.abs(paths["too large"][0, 1])


def test_controls_change_arguments_of_the_measurement():
    assert {name for control in claim.controls for name in control.change} == {"weight", "bend"}
