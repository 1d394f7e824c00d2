import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from numpy.polynomial import hermite_e
from scipy import special

from limes._errors import InputError
from limes.models.activations import ACTIVATIONS, Hermite, LeakyRelu, Monomial, Smooth, name_of

X = np.linspace(-2.5, 2.5, 11)
REFERENCES = {
    "identity": lambda x: x,
    "relu": lambda x: np.maximum(x, 0),
    "leaky relu": lambda x: np.where(x > 0, x, 0.01 * x),
    "squared relu": lambda x: np.maximum(x, 0) ** 2,
    "abs": np.abs,
    "step": lambda x: np.heaviside(x, 0),
    "sign": np.sign,
    "erf": special.erf,
    "sin": np.sin,
    "cos": np.cos,
    "gaussian": lambda x: np.exp(-(x**2)),
    "exp": np.exp,
    "gelu": lambda x: x * special.ndtr(x),
    "tanh": np.tanh,
    "sigmoid": special.expit,
    "silu": lambda x: x * special.expit(x),
    "softplus": lambda x: np.log1p(np.exp(x)),
}


def test_every_name_is_its_formula():
    assert set(ACTIVATIONS) == set(REFERENCES)
    for name, sigma in ACTIVATIONS.items():
        assert np.allclose(sigma(jnp.asarray(X)), REFERENCES[name](X), rtol=1e-12, atol=1e-15), name


def test_every_name_keeps_the_type_and_has_a_finite_derivative():
    for name, sigma in ACTIVATIONS.items():
        x = jnp.asarray(X, jnp.float32)
        assert sigma(x).dtype == jnp.float32, name
        assert bool(jnp.isfinite(jax.vmap(jax.grad(sigma))(x)).all()), name


@pytest.mark.parametrize("degree", range(6))
def test_polynomials_are_their_coefficients(degree):
    for sigma, reference in (
        (Monomial(degree), X**degree),
        (Hermite(degree), hermite_e.hermeval(X, [0] * degree + [1])),
    ):
        assert np.allclose(sigma(jnp.asarray(X)), reference, rtol=1e-12, atol=1e-12)
        assert len(sigma.coefficients) == degree + 1
        assert np.allclose(np.polynomial.polynomial.polyval(X, sigma.coefficients), reference, atol=1e-12)


def test_functions_with_a_number_are_equal_when_it_is():
    assert Monomial(2) == Monomial(2)
    assert hash(LeakyRelu(0.3)) == hash(LeakyRelu(0.3))
    assert LeakyRelu(0.3) != LeakyRelu(0.2)
    assert np.allclose(LeakyRelu(0.3)(jnp.asarray(X)), np.where(X > 0, X, 0.3 * X))
    assert float(Smooth(jnp.sin)(jnp.asarray(0.5))) == pytest.approx(np.sin(0.5))


def test_names_that_a_person_would_use():
    assert [name_of(ACTIVATIONS[name]) for name in ("relu", "gelu", "step")] == ["relu", "gelu", "step"]
    assert name_of(Monomial(3)) == "Monomial(degree=3)"
    assert name_of(jax.nn.softmax) == "softmax"
    assert name_of(functools.partial(jnp.tanh)) == "tanh"


@pytest.mark.parametrize("degree", [-1, 1.5])
def test_degrees_are_checked(degree):
    for make in (Monomial, Hermite):
        with pytest.raises(InputError, match="degree"):
            make(degree)
