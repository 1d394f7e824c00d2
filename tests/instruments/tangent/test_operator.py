import equinox as eqx
import jax
import jax.numpy as jnp
import lineax as lx
import numpy as np
import pytest
import tangent_nets
from matfree import decomp

from limes import tangent_kernel, tangent_operator
from limes._errors import InputError

RNG = np.random.default_rng(0)
PARAMS = jax.tree.map(jnp.asarray, tangent_nets.mlp_params(RNG, [4, 16, 2]))
X = jnp.asarray(RNG.standard_normal((7, 4)))
V = jnp.asarray(RNG.standard_normal(14))
OPERATOR = tangent_operator(tangent_nets.mlp, PARAMS, X)
DENSE = tangent_kernel(tangent_nets.mlp, PARAMS, X, outputs="full").swapaxes(1, 2).reshape(14, 14)


def test_a_product_is_that_of_the_dense_kernel():
    assert OPERATOR.size == 14
    assert np.allclose(OPERATOR(V), DENSE @ V, rtol=1e-12)


def test_blocks_of_examples_change_nothing():
    with pytest.raises(InputError, match=r"at least \d+ for one product") as caught:
        tangent_operator(tangent_nets.mlp, PARAMS, X, memory_bytes=10)
    least = int(str(caught.value).split("at least ")[1].split()[0])
    seen = set()
    for budget in (least, 2 * least, 3 * least):
        operator = tangent_operator(tangent_nets.mlp, PARAMS, X, memory_bytes=budget)
        seen.add(operator.rows)
        assert np.allclose(operator(V), DENSE @ V, rtol=1e-12)
    assert min(seen) == 1
    assert len(seen) > 1


def test_it_is_an_operator_of_lineax():
    linear = OPERATOR.linear()
    assert lx.is_positive_semidefinite(linear)
    assert np.allclose(linear.as_matrix(), DENSE, rtol=1e-12)
    shifted = linear + lx.DiagonalLinearOperator(jnp.ones(14))
    shifted = lx.TaggedLinearOperator(shifted, lx.positive_semidefinite_tag)
    solution = lx.linear_solve(shifted, V, lx.CG(rtol=1e-12, atol=1e-12)).value
    assert np.allclose(DENSE @ solution + solution, V, atol=1e-8)


def test_matfree_takes_it_as_a_function():
    found = decomp.tridiag_sym(5)(OPERATOR, V / jnp.linalg.norm(V))
    Q = jnp.asarray(found[0])
    assert np.allclose(Q @ DENSE @ Q.T, found[1], atol=1e-9)


def test_a_vector_of_another_length_is_refused():
    with pytest.raises(InputError, match="length 14"):
        OPERATOR(V[:3])


def test_methods_reach_the_spectrum():
    assert np.isclose(OPERATOR.trace().value, np.trace(DENSE), rtol=1e-12)
    assert OPERATOR.trace(key=jax.random.key(0), num=4).num == 4
    assert np.isclose(OPERATOR.eigenvalues(2).values[0], np.linalg.eigvalsh(DENSE)[-1], rtol=1e-10)
    assert OPERATOR.log_determinant(key=jax.random.key(0), shift=1.0, num=4).error > 0
    assert OPERATOR.smallest_eigenvalue().resolved


def test_it_goes_through_jit():
    assert np.allclose(eqx.filter_jit(lambda operator, v: operator(v))(OPERATOR, V), DENSE @ V, rtol=1e-12)
