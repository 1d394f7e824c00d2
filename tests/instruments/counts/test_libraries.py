"""What Equinox, Optax, Lineax, Optimistix and Diffrax emit has counting rules too."""

import diffrax
import equinox as eqx
import equinox.internal as eqxi
import jax
import jax.numpy as jnp
import lineax
import numpy as np
import optax
import optimistix
import pytest
from row_cases import primitives

from limes.instruments.counts import count

X = np.linspace(0.1, 0.9, 4)
A = np.eye(4) * 3 + 0.1


def trained(x):
    model = eqx.nn.MLP(4, "scalar", 8, 2, key=jax.random.key(0))
    params, fixed = eqx.partition(model, eqx.is_inexact_array)
    optimizer = optax.chain(optax.clip_by_global_norm(1.0), optax.adamw(0.1, weight_decay=0.1))
    grads = jax.grad(lambda params: eqx.combine(params, fixed)(x) ** 2)(params)
    with jax.numpy_dtype_promotion("standard"):
        return jax.tree.leaves(optimizer.update(grads, optimizer.init(params), params)[0])


def layers(x):
    image = x.reshape(1, 2, 2)
    pooled = eqx.nn.MaxPool2d(2)(eqx.nn.Conv2d(1, 3, 2, padding=1, key=jax.random.key(0))(image))
    attended = eqx.nn.MultiheadAttention(2, 4, key=jax.random.key(1))(
        jnp.stack([x, x]), jnp.stack([x, x]), jnp.stack([x, x])
    )
    return jnp.sum(pooled) + jnp.sum(eqx.nn.LayerNorm(4)(x)) + jnp.sum(attended)


def solved(solver):
    def value(x):
        operator = lineax.MatrixLinearOperator(A * x[0], lineax.positive_semidefinite_tag)
        return jnp.sum(lineax.linear_solve(operator, x, solver).value)

    return value


def fitted(x):
    found = optimistix.least_squares(
        lambda y, _: y**2 - x, optimistix.LevenbergMarquardt(1e-6, 1e-6), jnp.ones(4), max_steps=9
    )
    return jnp.sum(found.value)


def flowed(solver, adjoint):
    def value(x):
        term = diffrax.ODETerm(lambda t, y, _: -y * jnp.tanh(y))
        steps = diffrax.PIDController(1e-4, 1e-4)
        found = diffrax.diffeqsolve(
            term, solver, 0.0, 1.0, 0.1, x, stepsize_controller=steps, adjoint=adjoint, max_steps=64
        )
        return jnp.sum(found.ys)

    return value


def stochastic(x):
    noise = diffrax.VirtualBrownianTree(0.0, 1.0, 1e-2, (4,), jax.random.key(0))
    terms = diffrax.MultiTerm(
        diffrax.ODETerm(lambda t, y, _: -y),
        diffrax.ControlTerm(lambda t, y, _: lineax.DiagonalLinearOperator(y), noise),
    )
    return jnp.sum(diffrax.diffeqsolve(terms, diffrax.Heun(), 0.0, 1.0, 0.1, x).ys)


def checked(x):
    return jnp.sum(eqx.error_if(x, jnp.any(x < 0), "negative"))


def looped(x):
    return eqxi.while_loop(lambda s: s[0] < 3, lambda s: (s[0] + 1, s[1] * x), (0, x), kind="bounded", max_steps=4)[
        1
    ].sum()


PROGRAMS = {
    "optax": (trained, False),
    "layers": (layers, True),
    "lu": (solved(lineax.LU()), True),
    "cholesky": (solved(lineax.Cholesky()), True),
    "least squares": (solved(lineax.AutoLinearSolver(well_posed=False)), True),
    "conjugate gradients": (solved(lineax.CG(1e-6, 1e-6)), True),
    "optimistix": (fitted, True),
    "tsit5": (flowed(diffrax.Tsit5(), diffrax.RecursiveCheckpointAdjoint()), True),
    "direct": (flowed(diffrax.Dopri5(), diffrax.DirectAdjoint()), True),
    "implicit": (flowed(diffrax.Kvaerno3(), diffrax.RecursiveCheckpointAdjoint()), False),
    "backsolve": (flowed(diffrax.Heun(), diffrax.BacksolveAdjoint()), True),
    "stochastic": (stochastic, True),
    "error_if": (checked, True),
    "loop": (looped, True),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_programs_of_libraries_are_counted(name):
    fn, smooth = PROGRAMS[name]
    jaxprs = [jax.make_jaxpr(jax.grad(fn) if smooth else fn)(X)]
    if name in ("lu", "layers", "loop"):
        jaxprs.append(jax.make_jaxpr(jax.vmap(jax.grad(fn)))(np.stack([X, X])))
    counts = [count(jaxpr, live_only=False) for jaxpr in jaxprs]
    assert all(counted.total > 0 for counted in counts)


def test_they_do_emit_primitives_of_their_own():
    found = primitives(jax.make_jaxpr(jax.grad(PROGRAMS["tsit5"][0]))(X).jaxpr)
    assert {"linear_solve", "nonbatchable", "unvmap_any", "maybe_set", "select_if_vmap"} & found
