"""Differential equations x' = A tanh(x) solved in four ways, as plain functions with their arguments."""

import diffrax
import jax
import jax.numpy as jnp
from nets import numbers


def field(A, x):
    return A @ jnp.tanh(x)


def start(size=4):
    return tuple(numbers(5, (size, size), (size,)))


def runge_kutta(steps=16):
    """The classical method of order four in a scan."""

    def end(A, x):
        h = 1.0 / steps

        def step(x, _):
            a = field(A, x)
            b = field(A, x + h / 2 * a)
            c = field(A, x + h / 2 * b)
            d = field(A, x + h * c)
            return x + h / 6 * (a + 2 * b + 2 * c + d), None

        return jnp.sum(jax.lax.scan(step, x, length=steps)[0] ** 2)

    return end, start()


def euler_remat(steps=6):
    """Explicit steps, each under remat, in a Python loop."""

    def end(A, x):
        step = jax.checkpoint(lambda x: x + field(A, x) / steps)
        for _ in range(steps):
            x = step(x)
        return jnp.sum(x**2)

    return end, start()


def adaptive_heun(tolerance=1e-3):
    """Heun's method with step control: a while loop whose body accepts or rejects by a cond."""

    def end(A, x):
        def attempt(state):
            t, h, x = state
            h = jnp.minimum(h, 1.0 - t)
            a = field(A, x)
            b = field(A, x + h * a)
            error = jnp.max(jnp.abs(h * (b - a) / 2))
            factor = jnp.clip(0.9 * jnp.sqrt(tolerance / (error + 1e-12)), 0.3, 2.0)
            t, x = jax.lax.cond(error < tolerance, lambda: (t + h, x + h * (a + b) / 2), lambda: (t, x))
            return t, jax.lax.stop_gradient(h * factor), x

        zero, first = jnp.zeros(()), jnp.ones(())
        return jnp.sum(jax.lax.while_loop(lambda state: state[0] < 1.0, attempt, (zero, first, x))[2] ** 2)

    return end, start()


def diffrax_solve(adjoint=None, *, adaptive=False):
    """Heun's method of Diffrax, with fixed steps or with step control, reversed through the solver by its own adjoint."""

    def end(A, x):
        with jax.numpy_dtype_promotion("standard"), jax.numpy_rank_promotion("allow"):
            control = diffrax.PIDController(rtol=1e-2, atol=1e-2) if adaptive else diffrax.ConstantStepSize()
            solution = diffrax.diffeqsolve(
                diffrax.ODETerm(lambda t, x, A: field(A, x)),
                diffrax.Heun(),
                t0=0.0,
                t1=1.0,
                dt0=0.5,
                y0=x,
                args=A,
                stepsize_controller=control,
                adjoint=diffrax.RecursiveCheckpointAdjoint() if adjoint is None else adjoint,
                max_steps=8,
            )
        return jnp.sum(solution.ys[-1] ** 2)

    return end, start()
