import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from limes._errors import InputError
from limes.data.samplers import linear_problem
from limes.models.functional import functional
from limes.models.linear import Linear
from limes.optimize.descent import descend
from limes.optimize.flow import GradientFlow, gradient_flow
from limes.optimize.trajectory import Status
from limes.risk.empirical import EmpiricalRisk
from limes.risk.losses import least_squares

TIMES = jnp.array([0.0, 0.3, 1.0, 4.0])


def problem():
    data = linear_problem(jax.random.key(1), 40, jnp.linspace(-1.0, 1.0, 4), noise=0.2)
    apply, params = functional(Linear(4))
    X, y = np.asarray(data.x), np.asarray(data.y)
    values, vectors = np.linalg.eigh(2 * X.T @ X / 40)
    best = np.linalg.lstsq(X, y)[0]

    def exact(t):
        return best - vectors @ (np.exp(-values * t) * (vectors.T @ best))

    return EmpiricalRisk(apply, least_squares, data), params, exact


@pytest.mark.parametrize(("stiff", "rtol", "least", "most"), [(False, 1e-9, 0.0, 1e-8), (True, 1e-3, 1e-7, 1e-2)])
def test_the_flow_of_least_squares_has_its_closed_form_within_the_tolerance(stiff, rtol, least, most):
    risk, params, exact = problem()
    flow = gradient_flow(risk, params, TIMES, rtol=rtol, atol=rtol / 100, stiff=stiff)
    expected = np.stack([exact(t) for t in np.asarray(TIMES)])
    assert least < np.max(np.abs(flow.params.theta - expected)) < most
    assert int(flow.status) == Status.FINISHED
    assert float(flow.values["risk"][0]) == pytest.approx(float(risk(params)), rel=1e-12)
    assert np.all(np.diff(flow.values["risk"]) < 0)
    half = np.stack([exact(t / 2) for t in np.asarray(TIMES)])  # the flow of the loss with 1/2
    assert np.max(np.abs(flow.params.theta - half)) > 1e-2


def test_small_steps_of_descent_follow_the_flow_at_first_order():
    risk, params, exact = problem()

    def gap(steps):
        end = descend(risk, params, optax.sgd(1.0 / steps), steps, key=jax.random.key(0))
        return np.linalg.norm(end.params.theta - exact(1.0))

    assert np.log2(gap(400) / gap(800)) == pytest.approx(1.0, abs=0.05)


def test_a_flow_that_explodes_is_reported_and_others_go_on():
    times = jnp.array([0.1, 0.2])  # from 1 the flow of -t^4/4 explodes at 1/2, from 4 at 1/32
    many = jax.vmap(lambda start: gradient_flow(lambda t: -(t**4) / 4, start, times))(jnp.array([1.0, 4.0]))
    assert list(many.status) == [Status.FINISHED, Status.DIVERGED]
    assert np.allclose(many.params[0], (1 - 2 * times) ** -0.5, rtol=1e-6)
    assert np.all(np.isnan(many.params[1]))


def test_rows_become_a_dataset():
    flow = GradientFlow(TIMES, {"risk": 2.0 * TIMES}, {"a": jnp.ones((4, 2))}, jnp.int32(0), jnp.int32(9))
    data = flow.to_xarray()
    assert np.array_equal(data["risk"], 2.0 * np.asarray(TIMES))
    assert list(data["time"].values) == list(np.asarray(TIMES))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"times": []}, "times must be a list of at least one time"),
        ({"times": 1.0}, r"got shape \(\)"),
        ({"times": [1.0, 0.5]}, r"times must increase from 0 or later, got \[1.0, 0.5\]"),
        ({"times": [-1.0, 0.5]}, "times must increase"),
        ({"times": [0.0, float("inf")]}, "times must increase"),
        ({"rtol": 0.0}, "rtol and atol must be positive, got 0.0"),
        ({"params": jnp.zeros(2, int)}, "must be an array of real floating-point numbers"),
        ({"risk": 1.0}, "risk must be a function of the parameters, got float"),
    ],
)
def test_refusals(changes, message):
    named = {"risk": lambda t: jnp.sum(t**2), "params": jnp.ones(2), "times": [1.0]} | changes
    risk, params, times = named.pop("risk"), named.pop("params"), named.pop("times")
    with pytest.raises(InputError, match=message):
        gradient_flow(risk, params, times, **named)
