import equinox as eqx
import jax
import jax.numpy as jnp
import pytest

from limes._errors import InputError
from limes.models.functional import Constant, functional, inference
from limes.models.linear import Linear


class Scaled(eqx.Module):
    weight: jax.Array
    shift: jax.Array
    beta: Constant

    def __call__(self, x):
        return self.beta.value * self.weight @ x + self.shift[0].astype(x.dtype)


def scaled(beta):
    return Scaled(jnp.array([1.0, 2.0]), jnp.array([3]), Constant(jnp.asarray(beta)))


def test_apply_is_the_model():
    model = Linear(3, 2, bias=True, key=jax.random.key(0))
    apply, params = functional(model)
    x = jnp.array([1.0, 0.5, -1.0])
    assert jnp.array_equal(apply(params, x), model(x))
    assert len(jax.tree.leaves(params)) == 2


def test_constants_and_integers_stay_fixed():
    apply, params = functional(scaled(0.5))
    assert [leaf.shape for leaf in jax.tree.leaves(params)] == [(2,)]
    assert float(apply(params, jnp.ones(2))) == 4.5
    grads = jax.grad(lambda p: apply(p, jnp.ones(2)))(params)
    assert jnp.array_equal(grads.weight, jnp.array([0.5, 0.5]))


def test_a_constant_may_be_traced():
    def value(beta):
        apply, params = functional(scaled(beta))
        return apply(params, jnp.ones(2))

    assert jnp.allclose(jax.jit(jax.vmap(value))(jnp.array([0.0, 1.0])), jnp.array([3.0, 6.0]))


def test_apply_is_a_pytree_that_passes_through_jit():
    apply, params = functional(scaled(2.0))
    assert float(eqx.filter_jit(lambda f, p: f(p, jnp.ones(2)))(apply, params)) == 9.0


class Normalized(eqx.Module):
    norm: eqx.nn.BatchNorm
    dropout: eqx.nn.Dropout
    linear: eqx.nn.Linear

    def __init__(self, key):
        self.norm = eqx.nn.BatchNorm(3, axis_name="batch", mode="batch")
        self.dropout = eqx.nn.Dropout(0.9)
        self.linear = eqx.nn.Linear(3, 1, key=key)

    def __call__(self, x, state):
        x, state = self.norm(x, state)
        return self.linear(self.dropout(x)), state


def test_inference_switches_dropout_off_and_keeps_the_state():
    model, state = eqx.nn.make_with_state(Normalized)(jax.random.key(0))
    apply, params = inference(model, state)
    x = jnp.array([1.0, 2.0, 3.0])
    assert apply(params, x).shape == (1,)
    assert jnp.array_equal(apply(params, x), eqx.nn.inference_mode(model)(x, state)[0])


def test_refusals_name_what_came():
    with pytest.raises(InputError, match=r"must be an eqx\.Module that can be called on one example, got function"):
        functional(lambda x: x)  # pyright: ignore[reportArgumentType]
    with pytest.raises(InputError, match="state must be the state of the model, got None"):
        inference(Linear(2), None)
