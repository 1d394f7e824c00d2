import jax
import jax.numpy as jnp
import mpmath
import pytest

from limes.risk.losses import least_squares, logistic


def test_least_squares_has_no_half():
    assert float(least_squares(jnp.asarray(3.0), jnp.asarray(1.0))) == 4.0
    assert float(least_squares(jnp.array([3.0, 0.0]), jnp.array([1.0, 1.0]))) == 5.0
    assert float(jax.hessian(least_squares)(jnp.asarray(0.3), jnp.asarray(1.0))) == 2.0


@pytest.mark.parametrize("output", [-1000.0, -40.0, -1.0, 0.0, 1e-9, 2.0, 36.0, 700.0])
@pytest.mark.parametrize("label", [-1.0, 1.0])
def test_logistic_agrees_with_high_precision(output, label):
    with mpmath.workdps(400):
        exact = mpmath.log1p(mpmath.exp(-mpmath.mpf(output) * label))
        slope = -label / (1 + mpmath.exp(mpmath.mpf(output) * label))
    value, derivative = jax.value_and_grad(logistic)(jnp.asarray(output), jnp.asarray(label))
    assert float(value) == pytest.approx(float(exact), rel=1e-14, abs=1e-307)
    assert float(derivative) == pytest.approx(float(slope), rel=1e-14, abs=1e-307)
