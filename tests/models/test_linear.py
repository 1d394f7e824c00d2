import jax
import jax.numpy as jnp
import numpy as np

from limes.models.linear import Linear


def test_one_output_is_a_number_and_the_inner_product():
    model = Linear(3, key=jax.random.key(0))
    x = jnp.array([1.0, -2.0, 0.5])
    assert model(x).shape == ()
    assert float(model(x)) == float(model.theta @ x)
    assert float(Linear(3)(x)) == 0.0


def test_outputs_and_bias():
    model = Linear(3, 2, bias=True)
    assert model(jnp.ones(3)).shape == (2,)
    assert model.bias is not None
    assert Linear(3).bias is None


def test_weights_have_variance_one_over_d():
    theta = np.asarray(Linear(100, 200, key=jax.random.key(1)).theta)
    assert abs(theta.var() * 100 - 1) < 5 * np.sqrt(2 / theta.size)
