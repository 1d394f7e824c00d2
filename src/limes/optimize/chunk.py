r"""Some steps of a descent as one pure program: `jit`, `vmap` and `scan` act on it.

The number of steps is traced, so that one compiled loop serves every chunk: how a descent is cut
into chunks cannot change a bit of it.
"""

from contextlib import ExitStack
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Bool, Float, Int

from limes._types import Params, RandomKey, State

from .inputs import check_row
from .trajectory import Carry

_RECORDER = 2**32 - 1  # folded into the key for recorders: no step has this number


class Rules(eqx.Module):
    """What stays the same from step to step: risk, optimizer, batch size, recorder, use of keys."""

    risk: Any
    optimizer: Any
    record: Any = None
    batch: int | None = eqx.field(static=True, default=None)
    random: bool = eqx.field(static=True, default=False)

    def value(self, params: Params, state: State, index: Any, key: RandomKey | None) -> tuple[Array, State]:
        """Return the risk and the new state of the model; any function of the parameters is a risk."""
        if not hasattr(self.risk, "evaluate"):
            return self.risk(params), state
        return self.risk.evaluate(params, index, key=key, state=state)

    @property
    def name(self) -> str:
        """The name of the risk in the rows."""
        return "risk" if self.batch is None else "batch_risk"

    @property
    def keeps_memory(self) -> bool:
        """Tell whether the recorder has a memory of its own (a warm start)."""
        return hasattr(self.record, "init")


def lenient() -> ExitStack:
    """Return a context in which Optax works when the caller's modes are strict."""
    stack = ExitStack()
    stack.enter_context(jax.numpy_dtype_promotion("standard"))
    stack.enter_context(jax.numpy_rank_promotion("allow"))
    return stack


def all_finite(tree: Params) -> Bool[Array, ""]:
    """Tell whether every number of a tree is finite."""
    flags = [jnp.all(jnp.isfinite(leaf)) for leaf in jax.tree.leaves(tree)]
    return jnp.all(jnp.stack(flags))


def pick(flag: Bool[Array, ""], new: Any, old: Any) -> Any:
    """Return `new` where the flag is set and `old` elsewhere, with the types of `old`."""
    return jax.tree.map(lambda n, o: jnp.where(flag, n if n.dtype == o.dtype else n.astype(o.dtype), o), new, old)


def start(rules: Rules, params: Params, state: State, key: RandomKey) -> Carry:
    """Return the carry before the first step."""
    params = strong(params)
    noise = key if rules.random else None
    index = None if rules.batch is None else jnp.zeros((rules.batch,), int)
    risk = jax.eval_shape(lambda params: rules.value(params, state, index, noise)[0], params)
    with lenient():
        memory = rules.optimizer.init(params)
    return Carry(
        params=params,
        memory=strong(memory),
        state=strong(state),
        step=jnp.zeros((), jnp.int32),
        taken=jnp.zeros((), jnp.int32),
        alive=jnp.ones((), bool),
        best=params,
        best_risk=jnp.full((), jnp.inf, risk.dtype),
        recorder=strong(rules.record.init(params)) if rules.keeps_memory else None,
    )


def strong(tree: Any) -> Any:
    """Turn every leaf into an array whose type no later operation may promote."""
    return jax.tree.map(lambda leaf: jnp.asarray(leaf, jnp.asarray(leaf).dtype), tree)


def advance(
    rules: Rules, carry: Carry, length: Int[Array, ""], key: RandomKey
) -> tuple[Carry, dict[str, Float[Array, "..."]]]:
    """Take `length` steps (a traced number, maybe 0), then record one row."""

    def body(_: Array, loop: tuple[Carry, Array]) -> tuple[Carry, Array]:
        carry, total = loop
        carry, value = one_step(rules, carry, jax.random.fold_in(key, carry.step))
        return carry, total + value

    carry, total = jax.lax.fori_loop(0, length, body, (carry, jnp.zeros_like(carry.best_risk)))
    row_key = jax.random.fold_in(jax.random.fold_in(key, _RECORDER), carry.step)
    carry, risk = _risk_at_record(rules, carry, total, length, row_key)
    carry, row = _recorded(rules, carry, row_key)
    row = {rules.name: risk, **row}
    return carry, {name: _where_alive(carry.alive, value) for name, value in row.items()}


def one_step(rules: Rules, carry: Carry, key: RandomKey) -> tuple[Carry, Float[Array, ""]]:
    r"""Take one step: $\theta \leftarrow \theta + u$, with $u$ what the optimizer makes of $\nabla E(\theta)$.

    A step that ends in a risk or parameters that are not finite is not taken, nor any after it.
    """
    index, noise = _draws(rules, key)

    def risk(params: Params) -> tuple[Array, State]:
        return rules.value(params, carry.state, index, noise)

    (value, state), gradient = jax.value_and_grad(risk, has_aux=True)(carry.params)
    update = optax.with_extra_args_support(rules.optimizer).update
    with lenient():
        change, memory = update(
            gradient, carry.memory, carry.params, value=value, grad=gradient, value_fn=lambda params: risk(params)[0]
        )
        params = optax.apply_updates(carry.params, change)
    alive = carry.alive & jnp.isfinite(value) & all_finite(params)
    best, best_risk = carry.best, carry.best_risk
    if rules.batch is None:
        best, best_risk = _better(alive, value, carry.params, carry)
    new, old = (params, memory, state), (carry.params, carry.memory, carry.state)
    params, memory, state = pick(alive, new, old)
    taken = carry.taken + alive.astype(carry.taken.dtype)
    done = Carry(params, memory, state, carry.step + 1, taken, alive, best, best_risk, carry.recorder)
    return done, value.astype(best_risk.dtype)


def _draws(rules: Rules, key: RandomKey) -> tuple[Int[Array, " b"] | None, RandomKey | None]:
    """Return the samples of a step, drawn with replacement, and the key of the model."""
    noise = None
    if rules.random:
        key, noise = jax.random.split(key)
    if rules.batch is None:
        return None, noise
    return jax.random.randint(key, (rules.batch,), 0, len(rules.risk.data)), noise


def _better(alive: Array, value: Array, params: Params, carry: Carry) -> tuple[Params, Array]:
    """Return the better of these parameters and the best so far (NaN is never better)."""
    better = alive & (value < carry.best_risk)
    return pick(better, (params, value), (carry.best, carry.best_risk))


def _risk_at_record(
    rules: Rules, carry: Carry, total: Array, length: Array, key: RandomKey
) -> tuple[Carry, Float[Array, ""]]:
    """Return the risk now or, of a stochastic descent, the mean of the batch values since the last record."""
    if rules.batch is None:
        value, _ = rules.value(carry.params, carry.state, None, jax.random.split(key)[0] if rules.random else None)
        alive = carry.alive & jnp.isfinite(value)  # as the next step would find
    else:
        value, alive = total / jnp.asarray(length, total.dtype), carry.alive
    best, best_risk = _better(alive, value, carry.params, carry)
    return eqx.tree_at(lambda c: (c.alive, c.best, c.best_risk), carry, (alive, best, best_risk)), value


def _recorded(rules: Rules, carry: Carry, key: RandomKey) -> tuple[Carry, dict[str, Any]]:
    """Ask the recorder; a frozen replica keeps the recorder's memory too."""
    if rules.record is None:
        return carry, {}
    if not rules.keeps_memory:
        return carry, check_row(rules.name, rules.record(carry.params))
    memory, row = rules.record(carry.recorder, carry.params, jax.random.split(key)[1])
    check_row(rules.name, row)
    memory = pick(carry.alive, memory, carry.recorder)
    return eqx.tree_at(lambda c: c.recorder, carry, memory, is_leaf=lambda leaf: leaf is None), row


def _where_alive(alive: Bool[Array, ""], value: Any) -> Array:
    value = jnp.asarray(value)
    return jnp.where(alive, value, jnp.nan) if jnp.issubdtype(value.dtype, jnp.floating) else value
