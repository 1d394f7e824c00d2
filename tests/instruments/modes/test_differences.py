"""Difference quotients against exact derivatives, their estimated errors against the true ones, and what they cost."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from limes._errors import InputError
from limes.instruments.modes.differences import (
    SCHEMES,
    default_step,
    error_curve,
    finite_differences,
    quotients,
)

UNIT = 2.0**-53


def rosenbrock(x):
    return jnp.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


def network(params):
    A, (b, c) = params["A"], params["rest"]
    return jnp.sum(jnp.tanh(A @ c + b) ** 2)


def polynomial(x):
    return x**3 - 2.0 * x


CASES = {
    "rosenbrock": (rosenbrock, jnp.linspace(-1.0, 1.5, 7)),
    "network": (network, {"A": jnp.linspace(-1.0, 1.0, 12).reshape(3, 4), "rest": (jnp.ones(3), jnp.arange(4.0) / 4)}),
    "number": (lambda x: jnp.exp(x) * jnp.sin(3.0 * x), jnp.asarray(0.7)),
    "vector": (lambda x: jnp.cumsum(jnp.exp(x) * x[::-1]), jnp.linspace(-1.0, 1.0, 5)),
    "large": (lambda x: jnp.log(x).sum(), jnp.array([0.5, 1.0, 1e4])),
}


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("case", CASES)
def test_derivative_lies_within_its_error(case, scheme):
    fn, params = CASES[case]
    found, exact = finite_differences(fn, params, scheme=scheme), jax.jacobian(fn)(params)
    assert jax.tree.structure(found.value) == jax.tree.structure(exact)
    size = max(float(jnp.max(jnp.abs(leaf))) for leaf in jax.tree.leaves(exact))
    for value, error, true in zip(*map(jax.tree.leaves, (found.value, found.error, exact)), strict=True):
        assert value.shape == error.shape == true.shape
        assert np.all(np.abs(value - true) <= 4.0 * error + 1e-15)
        assert np.max(error) < (3e-7 if scheme == "forward" else 3e-9) * size


@pytest.mark.parametrize(("step", "part"), [(1e-3, "truncation"), (1e-12, "rounding")])
def test_estimates_follow_the_error_far_from_the_best_step(step, part):
    x = jnp.linspace(0.2, 1.4, 50)
    found = finite_differences(lambda x: jnp.sum(jnp.exp(2.0 * x)), x, step=step)
    true = np.sqrt(np.mean((found.value - 2.0 * jnp.exp(2.0 * x)) ** 2))
    estimate = np.sqrt(np.mean(getattr(found, part) ** 2))
    assert 0.1 < true / estimate < 2.0


def test_polynomial_truncation_is_exact():
    x = jnp.asarray(0.5)
    for h in (0.25, 0.125):  # exact in binary: (f(x + h) - f(x)) / h = f' + 3 x h + h^2, central f' + h^2
        forward, central = (float(quotients(polynomial, x, step=h, scheme=scheme)) for scheme in SCHEMES)
        assert forward == 3 * 0.25 - 2 + 3 * 0.5 * h + h**2
        assert central == 3 * 0.25 - 2 + h**2
        assert float(finite_differences(polynomial, x, step=h, scheme="central").truncation) == h**2


def test_evaluations_are_as_many_as_said():
    x = jnp.linspace(0.0, 1.0, 6)
    seen = []

    def watched(x):
        jax.debug.callback(lambda: seen.append(1))
        return jnp.sum(x**3)

    for scheme, alone, both in (("forward", 7, 13), ("central", 12, 24)):
        seen.clear()
        jax.block_until_ready(quotients(watched, x, scheme=scheme))
        jax.effects_barrier()
        assert len(seen) == alone
        seen.clear()
        found = finite_differences(watched, x, scheme=scheme)
        jax.block_until_ready(found.value)
        jax.effects_barrier()
        assert len(seen) == both == found.evaluations


def test_default_steps_balance_truncation_and_rounding():
    assert default_step(jnp.float64) == 2.0 * UNIT**0.5
    assert default_step(jnp.float32, "central") == pytest.approx((3 * 2.0**-24) ** (1 / 3))


def test_the_curve_is_a_v_with_its_minimum_near_the_default_step():
    x = jnp.linspace(0.3, 1.3, 40)
    steps = 2.0 ** -jnp.arange(5.0, 49.0, 4.0)
    curve = error_curve(lambda x: jnp.sum(jnp.exp(x)), x, steps)
    errors = np.asarray(curve.errors)
    slopes = np.diff(np.log(errors)) / np.diff(np.log(np.asarray(steps)))
    assert np.allclose(slopes[:4], 1.0, atol=0.05)
    assert np.allclose(slopes[-4:], -1.0, atol=0.35)  # rounding is a draw at every step
    assert 0.02 < float(curve.best) / UNIT**0.5 < 50.0
    assert np.allclose(curve.norm, np.linalg.norm(np.exp(x)), rtol=1e-12)
    central = error_curve(lambda x: jnp.sum(jnp.exp(x)), x, steps, scheme="central")
    assert np.log(central.errors[0] / central.errors[1]) / np.log(16.0) == pytest.approx(2.0, abs=0.05)


def test_curve_against_a_given_derivative():
    x = jnp.array([0.3, 0.9])
    fn = lambda x: jnp.sum(x**2)
    right, wrong = (error_curve(fn, x, [1e-6], exact=exact).errors[0] for exact in (2.0 * x, 3.0 * x))
    assert float(right) < 1e-5 < 0.5 < float(wrong)


def test_works_compiled_and_mapped():
    x = jnp.linspace(-1.0, 1.0, 8).reshape(2, 4)
    work = jax.jit(jax.vmap(lambda x, h: finite_differences(rosenbrock, x, step=h).value, in_axes=(0, None)))
    assert np.allclose(work(x, 1e-7), jax.vmap(jax.grad(rosenbrock))(x), rtol=1e-5, atol=1e-4)


def test_each_leaf_keeps_its_precision():
    params = {"a": jnp.ones(3, jnp.float32), "b": jnp.ones(2)}
    found = finite_differences(lambda p: jnp.sum(p["a"].astype(float)) * jnp.sum(p["b"] ** 2), params)
    assert {name: leaf.dtype for name, leaf in found.value.items()} == {"a": jnp.float64, "b": jnp.float64}
    assert np.allclose(found.value["a"], 2.0, atol=2e-3)
    assert np.allclose(found.value["b"], 6.0, atol=1e-6)
    rough = finite_differences(lambda b: jnp.sum(b.astype(jnp.float32) ** 2), jnp.ones(2))
    assert np.all(np.abs(rough.value - 2.0) <= 4.0 * rough.error)


def test_plain_user_settings():
    with jax.enable_x64(False), jax.numpy_dtype_promotion("standard"):
        found = finite_differences(lambda x: jnp.sum(jnp.sin(x)), jnp.array([0.1, 2.0]))
        assert found.value.dtype == jnp.float32
        assert np.allclose(found.value, np.cos([0.1, 2.0]), atol=3e-3)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"scheme": "backward"}, "scheme must be one of forward, central"),
        ({"step": 0.0}, "one positive number"),
        ({"step": "small"}, "one positive number"),
        ({"params": {"k": jnp.arange(3)}}, "int64"),
        ({"params": {}}, "at least one array"),
        ({"fn": lambda x: {"a": x}}, "one array of real numbers, got dict"),
        ({"fn": lambda x: x > 0}, "got bool"),
    ],
    ids=["scheme", "zero", "text", "integers", "nothing", "tree", "booleans"],
)
def test_bad_input(change, words):
    good = {"fn": jnp.sum, "params": jnp.ones(3)}
    with pytest.raises(InputError, match=words):
        finite_differences(**{**good, **change})


def test_bad_steps_of_a_curve():
    with pytest.raises(InputError, match="list of step sizes"):
        error_curve(jnp.sum, jnp.ones(3), 1e-3)
