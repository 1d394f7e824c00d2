import jax
import jax.numpy as jnp
import numpy as np
import pytest

from limes.instruments.tangent.program import split, trace
from limes.instruments.tangent.sites import find, scan_of


def look(apply, params, x):
    """Return what is found, and the parameters by name (a dictionary: sorted)."""
    call, leaves = split("test", apply, params)
    program = trace(call, leaves, x)
    names = {name: leaf for leaf, name in enumerate(sorted(params))}
    return find(program.jaxpr, program.num_params), names


def square(*names, size=3):
    return {name: jnp.ones((size, size)) for name in names}


X = jnp.ones(3)


def test_products_and_everything_else():
    found, names = look(lambda p, x: p["W"] @ x + p["b"], {"W": jnp.ones((2, 3)), "b": jnp.ones(2)}, X)
    assert [site.leaf for site in found.sites] == [names["W"]]
    assert found.others == {names["b"]}
    assert tuple(found.sites[0].sizes) == (1, 1, 3, 2)


def test_scaled_and_moved_parameters_are_found():
    def apply(p, x):
        c = jnp.sqrt(jnp.sum(x**2))
        return (-2.0 * p["V"].T / c) @ x + (p["W"] * jnp.broadcast_to(c, (3, 3))) @ x

    found, names = look(apply, square("V", "W"), X)
    assert sorted(site.leaf for site in found.sites) == sorted(names.values())
    assert not found.others


@pytest.mark.parametrize(
    "use",
    [
        lambda W, x: jnp.tanh(W) @ x,
        lambda W, x: W @ x + jnp.sum(W),
        lambda W, x: (W / jnp.linalg.norm(W)) @ x,
        lambda W, x: jax.lax.cond(x[0] > 0, lambda: W @ x, lambda: x),
        lambda W, x: (W * W) @ x,
        lambda W, x: W @ (W.T @ x),
        lambda W, x: W[0] @ x + W[:, 0] @ x,
        lambda W, x: jnp.linalg.solve(W, x),
        lambda W, x: jax.lax.scan(lambda M, _: (M + 1.0, M @ x), W, None, length=2)[1],
    ],
)
def test_other_uses_leave_no_group(use):
    found, _ = look(lambda p, x: use(p["W"], x), square("W"), X)
    assert found.groups(0) == []


def test_a_parameter_that_is_an_output_has_another_use():
    found, _ = look(lambda p, x: p["W"].reshape(-1), square("W"), X)
    assert found.others == {0}


def test_uses_of_the_same_entries_make_one_group():
    found, _ = look(lambda p, x: p["W"] @ jnp.tanh(p["W"] @ x), square("W"), X)
    (group,) = found.groups(0)
    assert len(group) == 2


def test_disjoint_parts_make_groups_of_their_own():
    found, _ = look(lambda p, x: p["W"][:1] @ x + p["W"][1:] @ x, square("W"), X)
    groups = found.groups(0)
    assert [len(group) for group in groups] == [1, 1]
    assert not set(groups[0][0].matrix().ravel()) & set(groups[1][0].matrix().ravel())


def test_calls_are_entered():
    @jax.jit
    def layer(W, h):
        return jax.checkpoint(lambda h: jnp.tanh(W @ h))(h)

    turn = jax.jit(lambda W: W.T)
    found, _ = look(lambda p, x: layer(turn(p["W"]), x), square("W"), X)
    (site,) = found.sites
    assert len(site.path) == 3
    assert np.array_equal(site.matrix()[0], np.arange(9).reshape(3, 3))


def test_derivative_rules_are_respected():
    @jax.custom_jvp
    def product(W, x):
        return W @ x

    product.defjvp(lambda primals, tangents: (product(*primals), 2.0 * tangents[0] @ primals[1]))
    found, _ = look(lambda p, x: product(p["W"], x), square("W"), X)
    assert found.others == {0}


def test_loops_add_terms_or_blocks():
    def apply(p, x):
        def layer(h, slices):
            W, b = slices
            return jnp.tanh(W @ h + p["shared"] @ h + b), None

        return jax.lax.scan(layer, x, (p["W"], p["b"]))[0]

    params = {"W": jnp.ones((4, 3, 3)), "b": jnp.ones((4, 3)), "shared": jnp.ones((3, 3))}
    found, names = look(apply, params, X)
    sizes = {site.leaf: tuple(site.sizes) for site in found.sites}
    assert sizes == {names["W"]: (4, 1, 3, 3), names["shared"]: (1, 4, 3, 3)}
    assert found.others == {names["b"]}


def test_the_operands_of_a_loop_are_told_apart():
    def apply(h, x, c):
        return jax.lax.scan(lambda h, z: (h + c * z, (h, z)), h, x, length=5)

    (equation,) = jax.make_jaxpr(apply)(jnp.ones(2), jnp.ones((5, 2)), jnp.ones(2)).jaxpr.eqns
    scan = scan_of(equation)
    assert (scan.num_consts, scan.num_carry) == (1, 1)
    assert len(scan.body.invars) == 3
