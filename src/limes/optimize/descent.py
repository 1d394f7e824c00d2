"""Descent as a pure function: `jit`, `vmap` over keys, parameters or step sizes, and nothing printed."""

from collections.abc import Iterator
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Int

from limes._types import Params, RandomKey, State

from .chunk import Rules, advance, start
from .inputs import check_call
from .trajectory import Carry, Trajectory, status_of


def descend(
    risk: Any,
    params: Params,
    optimizer: Any,
    steps: int,
    *,
    key: RandomKey,
    batch: int | None = None,
    record: Any = None,
    every: int = 100,
    state: State = None,
    random: bool = False,
) -> Trajectory:
    r"""Minimize a risk by `steps` steps of any Optax transformation, recorded every `every` steps.

    $$\theta_{l+1} = \theta_l + u_l, \qquad u_l = \text{optimizer}(\nabla E(\theta_l)),$$

    where $E$ is the full risk (`batch=None`) or that of `batch` samples, drawn uniformly *with*
    replacement by `randint(fold_in(key, l), (batch,), 0, n)`. `risk` is an `EmpiricalRisk`, or
    any function of the parameters when `batch=None`.

    - `record(params)` returns a dictionary, evaluated at step 0, every `every` steps and at the
      end; an object with `init(params)` and `__call__(memory, params, key) -> (memory, dict)`
      carries a memory from record to record (warm starts).
    - `state` is the state of a model with state; `random=True` hands a key to the model (dropout).
    - A step size may be traced: `jax.vmap(lambda tau: descend(risk, params, optax.sgd(tau), ...))`.
      `optax.inject_hyperparams(optax.sgd)(tau)` makes it a leaf of `carry.memory` besides.
    - Nothing is raised inside `jit`: a descent whose risk or parameters are not finite is frozen,
      `status` says so, and `best` holds the best parameters seen.

    Not reverse-differentiable, as the number of steps in a chunk is traced.

    Raises `InputError` for wrong arguments.
    """
    rules = Rules(risk, optimizer, record, batch, random)
    steps, every = check_call("descend", rules, params, steps, key, every)
    lengths = jnp.asarray([*chunk_lengths(0, steps, every)], jnp.int32)

    def chunk(carry: Carry, length: Int[Array, ""]) -> tuple[Carry, tuple[Array, dict[str, Array]]]:
        carry, row = advance(rules, carry, length, key)
        return carry, (carry.step, row)

    carry, (step, values) = jax.lax.scan(chunk, start(rules, params, state, key), lengths)
    return Trajectory(step, values, carry.params, carry.best, status_of(carry), carry)


def chunk_lengths(done: int, steps: int, every: int) -> Iterator[int]:
    """Yield the lengths of the chunks from `done` to `steps`: records at multiples of `every` and at the end.

    The first one is 0 at the start of a descent, which records its starting point.
    """
    if done == 0:
        yield 0
    while done < steps:
        length = min(every - done % every, steps - done)
        yield length
        done += length
