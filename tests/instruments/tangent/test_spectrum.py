import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import tangent_nets

from limes import tangent_kernel, tangent_operator
from limes._errors import InputError
from limes.instruments.tangent.spectrum import (
    Smallest,
    exact_trace,
    hutchinson_trace,
    leading_eigenvalues,
    log_determinant,
    smallest_eigenvalue,
)

RNG = np.random.default_rng(0)
PARAMS = jax.tree.map(jnp.asarray, tangent_nets.mlp_params(RNG, [4, 24, 2]))
X = jnp.asarray(RNG.standard_normal((20, 4)))


def dense(params, x):
    kernel = tangent_kernel(tangent_nets.mlp, params, x, outputs="full")
    m = kernel.shape[0] * kernel.shape[2]
    return np.asarray(kernel.swapaxes(1, 2).reshape(m, m))


OPERATOR, DENSE = tangent_operator(tangent_nets.mlp, PARAMS, X), dense(PARAMS, X)
VALUES = np.linalg.eigvalsh(DENSE)[::-1]


def test_leading_eigenvalues_lie_within_their_residuals():
    found = leading_eigenvalues(OPERATOR, 6)
    assert np.allclose(found.values, VALUES[:6], rtol=1e-10)
    assert np.all(found.residuals <= 1e-9 * VALUES[0])
    gaps = np.abs(found.values[:, None] - VALUES[None]).min(axis=1)
    assert np.all(gaps <= found.residuals + 1e-12 * VALUES[0])
    assert np.allclose(found.vectors.T @ found.vectors, np.eye(6), atol=1e-9)
    assert found.products > 6


def test_residuals_tell_of_early_stops():
    found = leading_eigenvalues(OPERATOR, 6, tolerance=1e-2)
    residuals = np.linalg.norm(DENSE @ found.vectors - found.vectors * found.values, axis=0)
    assert np.allclose(found.residuals, residuals, rtol=1e-5, atol=1e-9 * VALUES[0])


def test_the_exact_trace_needs_no_kernel():
    for rows in (20, 3):
        operator = tangent_operator(tangent_nets.mlp, PARAMS, X, memory_bytes=None if rows == 20 else 60_000)
        trace = exact_trace(operator)
        assert np.isclose(trace.value, np.trace(DENSE), rtol=1e-12)
        assert trace.error == 0.0


def covered(estimate, exact):
    return abs(estimate.value - exact) <= estimate.error


def test_hutchinsons_interval_covers_the_trace():
    keys = jax.random.split(jax.random.key(0), 20)
    estimates = [hutchinson_trace(OPERATOR, key, num=8) for key in keys]
    assert sum(covered(estimate, np.trace(DENSE)) for estimate in estimates) >= 15
    assert all(estimate.error < 2 * np.trace(DENSE) for estimate in estimates)


def test_the_interval_of_the_log_determinant_covers_it():
    exact = np.linalg.slogdet(DENSE + 0.5 * np.eye(len(DENSE)))[1]
    keys = jax.random.split(jax.random.key(1), 12)
    estimates = [log_determinant(OPERATOR, key=key, shift=0.5, num=8) for key in keys]
    assert sum(covered(estimate, exact) for estimate in estimates) >= 9
    assert all(0 < estimate.error < abs(exact) for estimate in estimates)


def test_truncation_falls_with_the_steps():
    few, many = (log_determinant(OPERATOR, key=jax.random.key(2), shift=0.5, num=8, steps=steps) for steps in (4, 32))
    exact_rule = log_determinant(OPERATOR, key=jax.random.key(2), shift=0.5, num=8, steps=40)
    assert abs(many.value - exact_rule.value) < 1e-2 * abs(few.value - exact_rule.value)
    assert many.truncation < few.truncation


def test_a_singular_kernel_has_no_logarithm():
    operator = tangent_operator(tangent_nets.mlp, PARAMS, jnp.concatenate([X, X[:1]]))
    with pytest.raises(InputError, match="larger shift"):
        log_determinant(operator, key=jax.random.key(0), num=4, steps=42)
    exact = np.linalg.slogdet(dense(PARAMS, jnp.concatenate([X, X[:1]])) + 1e-3 * np.eye(42))[1]
    shifted = log_determinant(operator, key=jax.random.key(0), shift=1e-3, num=16, steps=42)
    assert covered(shifted, exact)


@pytest.mark.parametrize("dtype", [jnp.float32, jnp.float64])
def test_the_smallest_eigenvalue_is_resolved_or_not(dtype):
    """A repeated example makes the exact eigenvalue zero: rounding must stay below the resolution."""
    params, x = jax.tree.map(lambda leaf: leaf.astype(dtype), PARAMS), X.astype(dtype)
    found = smallest_eigenvalue(tangent_operator(tangent_nets.mlp, params, x))
    assert abs(found.value - VALUES[-1]) <= found.resolution
    if dtype == jnp.float64:
        assert found.resolved
        assert "resolution" in str(found)
    for repeats in (1, 20):
        repeated = smallest_eigenvalue(tangent_operator(tangent_nets.mlp, params, jnp.concatenate([x, x[:repeats]])))
        assert abs(repeated.value) <= repeated.resolution
        assert str(repeated).startswith("not resolved")


def test_words_of_a_resolved_value():
    assert str(Smallest(0.25, 1e-9)) == "0.25 (resolution 1e-09)"
    assert not Smallest(-1e-12, 1e-9).resolved


def test_refusals():
    with pytest.raises(InputError, match="between 1 and 39"):
        leading_eigenvalues(OPERATOR, 40)
    with pytest.raises(InputError, match="at least 2"):
        hutchinson_trace(OPERATOR, jax.random.key(0), num=1)
    small = tangent_operator(tangent_nets.mlp, PARAMS, X, memory_bytes=30_000)
    with pytest.raises(InputError, match=f"at least {3 * 8 * 40**2} for the dense kernel"):
        smallest_eigenvalue(small)
    with pytest.raises(InputError, match="outside jit"):
        eqx.filter_jit(lambda operator: leading_eigenvalues(operator, 2).values)(OPERATOR)
