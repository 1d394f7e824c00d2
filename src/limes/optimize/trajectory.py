"""The record of a descent: rows at chosen steps, last and best parameters, and what is needed to go on."""

import enum
from typing import TYPE_CHECKING, Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int, Shaped

from limes._types import Params, State

if TYPE_CHECKING:
    import xarray


class Status(enum.IntEnum):
    """How a descent ended."""

    FINISHED = 0
    DIVERGED = 1
    STOPPED = 2
    INTERRUPTED = 3


class Carry(eqx.Module):
    """What passes from one step to the next.

    `step` counts the steps of the clock, `taken` those that this replica took before it was
    frozen. A replica is `alive` while its risk and its parameters are finite.
    """

    params: Params
    memory: Any
    state: State
    step: Int[Array, ""]
    taken: Int[Array, ""]
    alive: Bool[Array, ""]
    best: Params
    best_risk: Float[Array, ""]
    recorder: Any


class Trajectory(eqx.Module):
    """A descent, recorded at the steps `step` (0 and the last one included).

    - `values[name]` has one row a record: "risk", or "batch_risk" (the mean of the batch values
      since the record before) when the gradient is stochastic, and what the recorder returned.
      Rows after a divergence are NaN.
    - `params` are the last finite parameters, `best` those of the lowest risk, `carry.best_risk`
      (in a stochastic descent: the record with the lowest `batch_risk`).
    - `status` is one of `Status`; `carry.taken` says after how many steps a replica was frozen.

    Under `vmap`, and with replicas, every array has the replica as its first axis.
    """

    step: Int[Array, "*replicas records"]
    values: dict[str, Shaped[Array, "..."]]
    params: Params
    best: Params
    status: Int[Array, "*replicas"]
    carry: Carry

    def to_xarray(self) -> "xarray.Dataset":
        """Return the rows as a dataset with the coordinate `step`, `status`, `taken` and `best_risk`.

        The parameters are left out: their shapes are their own.
        """
        import xarray

        step, values, status, carry = jax.device_get((self.step, self.values, self.status, self.carry))
        outer = _names(step.ndim - 1)
        grid = step.reshape(-1, step.shape[-1])[0] if step.size else step.reshape(-1)
        data = {
            name: ((*outer, "step", *(f"{name}_{i}" for i in range(value.ndim - step.ndim))), value)
            for name, value in values.items()
        }
        ends = {"status": status, "taken": carry.taken, "best_risk": carry.best_risk}
        data |= {name: (outer, value) for name, value in ends.items()}
        words = ", ".join(f"{item.value} {item.name.lower()}" for item in Status)
        return xarray.Dataset(data, coords={"step": grid}, attrs={"status": words})


def _names(count: int) -> tuple[str, ...]:
    return ("replica",) if count == 1 else tuple(f"replica_{i}" for i in range(count))


def status_of(carry: Carry, ending: Status = Status.FINISHED) -> Int[Array, "*replicas"]:
    """Return the status of every replica: the given ending, unless it diverged."""
    return jnp.where(carry.alive, np.int32(ending), np.int32(Status.DIVERGED))
