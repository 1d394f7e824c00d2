import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from wide import pair_mean

from limes._errors import InputError
from limes.limits.width.duals import _KNOWN, Dual, dual, register_dual
from limes.models.activations import ACTIVATIONS, Hermite, LeakyRelu, Monomial, Smooth, identity, step

PLACE = (1.3, 0.4, 0.5)
EVERY = {**ACTIVATIONS, "x^3": Monomial(3), "1": Monomial(0), "He_4": Hermite(4), "leaky 0.3": LeakyRelu(0.3)}
POINTS = jnp.array([[0.8, -0.3], [1.6, -0.6], [-0.8, 0.3], [0.8 + 1e-6, -0.3], [0.0, 0.0], [0.3, 0.8], [0.5, 0.9]])


def value(sigma):
    return lambda x: np.asarray(sigma(jnp.asarray(x)))


@pytest.mark.parametrize("name", EVERY)
def test_every_named_function_has_its_integral(name):
    sigma = EVERY[name]
    form = dual(sigma)
    found = jax.jit(form.mean)(*map(jnp.asarray, PLACE))
    assert float(found) == pytest.approx(pair_mean(value(sigma), value(sigma), *PLACE), rel=1e-9)
    q = jnp.asarray(PLACE[:1])
    square = jax.jit(form.mean)(q, q, q)[0] if form.variance is None else form.variance(q)[0]
    assert float(square) == pytest.approx(
        pair_mean(lambda x: value(sigma)(x) ** 2, np.ones_like, PLACE[0], 1.0, 0.0), rel=1e-9
    )


@pytest.mark.parametrize("name", sorted({*EVERY} - {"sigmoid", "silu", "softplus"}))
def test_gradients_of_every_integral_are_finite(name):
    """For pairs that are equal, multiples, antipodal, nearly equal, zero, orthogonal and generic, to second order.

    Of those that go to quadrature tanh stands for all.
    """
    form = dual(EVERY[name])

    @jax.jit
    def found(x, y):
        mean = lambda x, y: form.mean(x @ x, y @ y, x @ y)
        return mean(x, y), jax.grad(mean, (0, 1))(x, y), jax.jacfwd(jax.grad(mean, (0, 1)), (0, 1))(x, y)

    for y in POINTS:
        assert all(bool(jnp.isfinite(leaf).all()) for leaf in jax.tree.leaves(found(POINTS[0], y))), y


@pytest.mark.parametrize(
    ("sigma", "same"),
    [
        (functools.partial(jax.nn.gelu, approximate=False), ACTIVATIONS["gelu"]),
        (functools.partial(jax.nn.leaky_relu, negative_slope=0.3), LeakyRelu(0.3)),
        (jax.nn.leaky_relu, LeakyRelu()),
        (jax.scipy.special.erf, jax.lax.erf),
        (jnp.square, Monomial(2)),
        (jax.lax.abs, jnp.abs),
        (Monomial(1), identity),
        (lambda x: x**2, Monomial(2)),
    ],
)
def test_spellings_of_one_function_have_one_integral(sigma, same):
    place = tuple(jnp.asarray([v]) for v in PLACE)
    assert float(dual(sigma).mean(*place)[0]) == pytest.approx(float(dual(same).mean(*place)[0]), rel=1e-12)


def test_the_tanh_form_of_gelu_goes_to_quadrature_and_differs():
    place = tuple(jnp.asarray([v]) for v in PLACE)
    assert dual(jax.nn.gelu).error is not None
    assert dual(ACTIVATIONS["gelu"]).error is None
    defect = abs(float(dual(jax.nn.gelu).mean(*place)[0]) / float(dual(ACTIVATIONS["gelu"]).mean(*place)[0]) - 1)
    assert 1e-6 < defect < 1e-2


def test_only_jumps_are_frozen():
    assert {name for name, sigma in EVERY.items() if dual(sigma).frozen} == {"step", "sign"}


@pytest.mark.parametrize("sigma", [jax.nn.elu, lambda x: jnp.maximum(x, 0.1), jax.nn.softmax])
def test_functions_without_a_form_are_named_with_three_ways_out(sigma):
    with pytest.raises(InputError, match=sigma.__name__.replace("<", "<")) as found:
        dual(sigma)
    for way in ("Smooth", "register_dual", "monte_carlo"):
        assert way in str(found.value)


def test_a_person_adds_a_form(monkeypatch):
    monkeypatch.setattr("limes.limits.width.duals._KNOWN", list(_KNOWN))
    clipped = lambda x: jnp.where(x > 0, 2.0, 0.0)
    with pytest.raises(InputError):
        dual(clipped)
    register_dual(clipped, Dual(lambda q1, q2, k: 4.0 * dual(step).mean(q1, q2, k), frozen=True))
    place = tuple(map(jnp.asarray, PLACE))
    assert float(dual(clipped).mean(*place)) == pytest.approx(
        pair_mean(value(clipped), value(clipped), *PLACE), rel=1e-11
    )


def test_a_promise_of_smoothness_is_taken():
    assert dual(Smooth(lambda x: x / (1.0 + x**2))).error is not None
