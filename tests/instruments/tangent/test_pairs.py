import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import tangent_nets

from limes.instruments.tangent.pairs import column, kernel_of, wide
from limes.instruments.tangent.program import split
from limes.instruments.tangent.sweep import Features


def random_features(seed, num, blocks=2, terms=3):
    rng = np.random.default_rng(seed)
    a, c = rng.standard_normal((num, blocks, terms, 4)), rng.standard_normal((num, 2, blocks, terms, 5))
    return Features([(jnp.asarray(a), jnp.asarray(c))], [jnp.asarray(rng.standard_normal((num, 2, 6)))])


def formed(features):
    """The derivatives that features stand for."""
    ((a, c),) = features.factors
    matrix = jnp.einsum("nbti,nobtf->nobif", a, c)
    return jnp.concatenate([matrix.reshape(*matrix.shape[:2], -1), features.rows[0]], axis=2)


@pytest.mark.parametrize("outputs", ["trace", "mean", "full"])
def test_the_kernel_is_the_inner_product_of_derivatives(outputs):
    one, two = random_features(0, 4), random_features(1, 3)
    J1, J2 = formed(one), formed(two)
    full = jnp.einsum("iop,jqp->ijoq", J1, J2)
    expected = {
        "full": full,
        "trace": jnp.einsum("ijoo->ij", full)[..., None, None],
        "mean": jnp.einsum("ijoo->ij", full)[..., None, None] / 2,
    }[outputs]
    got = kernel_of(one, two, outputs)
    assert got.shape == expected.shape
    assert np.allclose(got, expected, rtol=1e-12)


def test_half_precision_is_added_up_in_single():
    rows = jnp.full((2, 1, 4096), 1.0, jnp.bfloat16)
    kernel = kernel_of(Features([], [rows]), Features([], [rows]), "trace")
    assert kernel.dtype == jnp.float32
    assert jnp.all(kernel == 4096)


def test_the_widest_type_counts():
    assert wide(jnp.bfloat16) == jnp.float32
    assert wide(jnp.float32, jnp.float64, jnp.float16) == jnp.float64


@pytest.mark.parametrize("outputs", ["trace", "mean", "full"])
def test_a_column_by_tangent_vectors(outputs):
    rng = np.random.default_rng(2)
    params = jax.tree.map(jnp.asarray, tangent_nets.mlp_params(rng, [3, 4, 2]))
    x = jnp.asarray(rng.standard_normal((5, 3)))
    call, leaves = split("test", tangent_nets.mlp, params)
    expected = tangent_nets.plain_kernel(tangent_nets.mlp, params, x, x[:1])[:, 0]
    if outputs != "full":
        expected = jnp.trace(expected, axis1=1, axis2=2)[:, None, None] / (2 if outputs == "mean" else 1)
    got = jax.jit(functools.partial(column, call, outputs=outputs))(leaves, x, x[0])
    assert np.allclose(got, expected, rtol=1e-12)
