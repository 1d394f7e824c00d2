r"""Gradient flow: descent with infinitely small steps, $\dot\theta = -\nabla E(\theta)$."""

from typing import TYPE_CHECKING, Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float, Int

from limes._errors import InputError
from limes._types import Params

from .inputs import check_params
from .trajectory import Status

if TYPE_CHECKING:
    import xarray

_STEPS = 1_000_000


class GradientFlow(eqx.Module):
    """The solution at the given times: `params` has the time as first axis of every leaf.

    `status` is `Status.DIVERGED` where the solution could not be followed; the times it did not
    reach hold NaN.
    """

    time: Float[Array, " times"]
    values: dict[str, Float[Array, " times"]]
    params: Params
    status: Int[Array, ""]
    steps: Int[Array, ""]

    def to_xarray(self) -> "xarray.Dataset":
        """Return the risk along the time as a dataset."""
        import xarray

        data = {name: ("time", jax.device_get(value)) for name, value in self.values.items()}
        return xarray.Dataset(
            data | {"status": ((), jax.device_get(self.status))}, coords={"time": jax.device_get(self.time)}
        )


def gradient_flow(
    risk: Any,
    params: Params,
    times: Float[Array, " times"],
    *,
    rtol: float = 1e-8,
    atol: float = 1e-10,
    stiff: bool = False,
) -> GradientFlow:
    r"""Solve $\dot\theta = -\nabla E(\theta)$, $\theta(0)$ given, at the increasing `times`.

    `risk` is an `EmpiricalRisk` or any function of the parameters. The flow at time $t$ is gradient
    descent after $t/\tau$ steps, as $\tau \to 0$. Adaptive steps of order 5; the largest curvature
    $L$ bounds the step by about $3/L$, so long times of a badly conditioned risk need `stiff=True`
    (implicit, with a linear solve in all parameters at every step). Pure: works under `jit` and `vmap`.

    Raises `InputError` for times that are negative or do not increase, and for tolerances not positive.
    """
    import diffrax

    check_params("gradient_flow", params)
    if not callable(risk):
        raise InputError(
            f"gradient_flow: risk must be a function of the parameters, got {type(risk).__name__}; "
            "build EmpiricalRisk(apply, loss, data)"
        )
    theta, unravel = ravel_pytree(params)
    times = _checked(times, rtol, atol).astype(theta.dtype)

    def velocity(t: Any, theta: Array, args: Any) -> Array:
        del t, args
        return -jax.grad(lambda theta: risk(unravel(theta)))(theta)

    solution = _integrated(velocity, theta, times, rtol, atol, stiff)
    path = jnp.where(jnp.isfinite(solution.ys), solution.ys, jnp.nan)  # pyright: ignore[reportArgumentType]
    good = (solution.result == diffrax.RESULTS.successful) & jnp.all(jnp.isfinite(path))
    return GradientFlow(
        time=times,
        values={"risk": jax.lax.map(lambda theta: risk(unravel(theta)), path)},
        params=jax.vmap(unravel)(path),
        status=jnp.where(good, jnp.int32(Status.FINISHED), jnp.int32(Status.DIVERGED)),
        steps=jnp.asarray(solution.stats["num_accepted_steps"]),
    )


def _integrated(velocity: Any, theta: Array, times: Array, rtol: float, atol: float, stiff: bool) -> Any:
    import diffrax

    return diffrax.diffeqsolve(
        diffrax.ODETerm(velocity),
        diffrax.Kvaerno5() if stiff else diffrax.Tsit5(),
        t0=jnp.zeros((), theta.dtype),
        t1=times[-1],
        dt0=None,
        y0=theta,
        saveat=diffrax.SaveAt(ts=times),
        stepsize_controller=diffrax.PIDController(rtol=rtol, atol=atol),
        max_steps=_STEPS,
        adjoint=diffrax.ForwardMode(),
        throw=False,
    )


def _checked(times: Any, rtol: float, atol: float) -> Array:
    """Return the times as an array; traced values cannot be checked."""
    times = jnp.asarray(times)
    if times.ndim != 1 or times.size == 0:
        raise InputError(
            f"gradient_flow: times must be a list of at least one time, got shape {times.shape}; pass for example [1.0]"
        )
    if not (rtol > 0 and atol > 0):
        raise InputError(f"gradient_flow: rtol and atol must be positive, got {rtol} and {atol}; pass for example 1e-8")
    try:
        wrong = bool((times[0] < 0) | jnp.any(times[1:] <= times[:-1]) | ~jnp.all(jnp.isfinite(times)))
    except jax.errors.ConcretizationTypeError:
        return times
    if wrong:
        raise InputError(
            f"gradient_flow: times must increase from 0 or later, got {list(map(float, times))}; sort them"
        )
    return times
