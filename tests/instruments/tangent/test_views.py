import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from limes.instruments.tangent.views import MOVES, factor_operand, whole

W = np.arange(24.0).reshape(2, 3, 4)
CHAINS = {
    "reshape": lambda w: w.reshape(4, 6),
    "transpose": lambda w: w.transpose(2, 0, 1),
    "slice": lambda w: w[:, 1:, ::2],
    "flip": lambda w: lax.rev(w, (0, 2)),
    "axes": lambda w: jnp.expand_dims(w, (0, 2)).squeeze(2),
    "chain": lambda w: w[1].T[1:3].reshape(-1)[::-1],
}


def follow(function, lead=()):
    """Follow a parameter through a chain of moves; `lead` axes belong to loops."""
    stacked = np.arange(float(np.prod(lead + W.shape))).reshape(lead + W.shape)
    jaxpr = jax.make_jaxpr(function)(W).jaxpr
    views = {jaxpr.invars[0]: whole(0, stacked.shape)}
    start = views[jaxpr.invars[0]]
    views[jaxpr.invars[0]] = type(start)(0, start.ids, (False,) * len(lead))
    for equation in jaxpr.eqns:
        views[equation.outvars[0]] = MOVES[equation.primitive.name](views[equation.invars[0]], equation)
    moved = function
    for _ in lead:
        moved = jax.vmap(moved)
    return views[jaxpr.outvars[0]], moved(jnp.asarray(stacked))


@pytest.mark.parametrize("lead", [(), (5,), (2, 3)])
@pytest.mark.parametrize("name", CHAINS)
def test_ids_say_which_entry_stands_where(name, lead):
    view, moved = follow(CHAINS[name], lead)
    assert np.array_equal(view.ids, np.asarray(moved))
    assert len(np.unique(view.ids)) == view.ids.size


def test_a_repeated_parameter_is_no_view():
    jaxpr = jax.make_jaxpr(lambda w: jnp.broadcast_to(w, (5, 3)))(W[0, :, 0]).jaxpr
    (equation,) = jaxpr.eqns
    assert MOVES[equation.primitive.name](whole(0, (3,)), equation) is None


def test_rounding_to_integers_is_no_view():
    (equation,) = jax.make_jaxpr(lambda w: w.astype(int))(W).jaxpr.eqns
    assert MOVES[equation.primitive.name](whole(0, W.shape), equation) is None


@pytest.mark.parametrize(
    ("function", "operand"),
    [
        (lambda w, c, v: c * w, 0),
        (lambda w, c, v: w / c, 1),
        (lambda w, c, v: c / w, None),
        (lambda w, c, v: w * v, None),
        (lambda w, c, v: w + c, None),
        (lambda w, c, v: 3.0 * w, 0),
    ],
)
def test_only_one_number_is_a_factor(function, operand):
    jaxpr = jax.make_jaxpr(function)(W, 2.0, W).jaxpr
    equation = jaxpr.eqns[-1]
    place = [k for k, atom in enumerate(equation.invars) if getattr(atom, "aval", None) is jaxpr.invars[0].aval][:1]
    place = place[0] if place else next(k for k, atom in enumerate(equation.invars) if atom.aval.shape == W.shape)
    if operand is not None:
        operand = 1 - place
    assert factor_operand(equation, place, lambda atom: False) == operand


def test_a_number_made_an_array_is_a_factor():
    jaxpr = jax.make_jaxpr(lambda w, c: w * jnp.broadcast_to(c, w.shape))(W, 2.0).jaxpr
    equation = jaxpr.eqns[-1]
    place = list(equation.invars).index(jaxpr.invars[0])
    assert factor_operand(equation, place, lambda atom: True) == 1 - place
    assert factor_operand(equation, place, lambda atom: False) is None
