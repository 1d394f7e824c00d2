r"""Reverse a long chain of steps with few stored states, at the least number of recomputed steps.

A chain $x_{k+1} = F(\theta_k, x_k)$ of $l$ steps is reversed from its end. With $s$ stored states, the start
among them, the least number of forward steps is $t(l, s) = \min_m \big(m + t(l - m, s - 1) + t(m, s)\big)$, $t(1, s) = 0$:
advance $m$ steps, store, reverse what lies behind with one state less, then the rest. Sources: `griewank:1992`;
`griewank:2000`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from math import comb
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, PyTree

from limes._errors import InputError
from limes._types import Params

Step = Callable[[Any, Any], Any]


class Action(NamedTuple):
    """One action of a schedule.

    "advance" takes the chain from step `at` to step `to`; "store" keeps the state at `at` in `slot`; "load" brings it
    back, "free" gives the slot up; "reverse" turns the adjoint after step `at` into the one before it.
    """

    kind: str
    at: int
    to: int = -1
    slot: int = -1


KINDS = ("advance", "store", "load", "reverse")


def sweeps(length: int, slots: int) -> int:
    r"""Return $r$, the least integer with $\binom{s + r}{s} \ge l$: how often a step is taken at most."""
    r = 0
    while comb(slots + r, slots) < length:
        r += 1
    return r


def forward_steps(length: int, slots: int) -> int:
    r"""Return $t(l, s) = r l - \binom{s + r}{s + 1}$ with $r$ from `sweeps`, the least number of forward steps.

    The step that every reversal takes again for itself is not counted. Source: `griewank:1992`.
    """
    _check(length, slots)
    r = sweeps(length, slots)
    return r * length - comb(slots + r, slots + 1)


@dataclass(frozen=True)
class Plan:
    """The optimal schedule for a chain of `length` steps with `slots` stored states, the start among them."""

    length: int
    slots: int

    def __post_init__(self) -> None:
        _check(self.length, self.slots)

    @cached_property
    def actions(self) -> tuple[Action, ...]:
        """What to do, in order; it begins with storing the start."""
        start = Action("store", 0, slot=0)
        return (start, *_reverse(0, self.length, self.slots), Action("free", 0, slot=0))

    @property
    def forward_steps(self) -> int:
        """The number of forward steps; the one that a reversal takes again for itself is not counted."""
        return forward_steps(self.length, self.slots)

    @property
    def factor(self) -> float:
        """Forward steps over those of a single pass that stores every state."""
        return self.forward_steps / (self.length - 1) if self.length > 1 else 1.0

    @property
    def alive(self) -> int:
        """The largest number of states that are stored at one time."""
        alive = np.cumsum([{"store": 1, "free": -1}.get(action.kind, 0) for action in self.actions])
        return int(alive.max())

    @property
    def words(self) -> str:
        """The plan in one sentence."""
        states = f"{self.alive} stored state{'s' if self.alive > 1 else ''}"
        return (
            f"A chain of length {self.length} is reversed with {states} and {self.forward_steps} forward steps, "
            f"{self.factor:.3g} times those of one pass that stores every state; no step is taken more than "
            f"{max(1, sweeps(self.length, self.slots))} times before its own reversal."
        )


def checkpoint_plan(length: int, slots: int) -> Plan:
    """Return the schedule that reverses a chain of `length` steps with `slots` stored states at the least cost.

    Raises `InputError` unless both are positive integers.
    """
    return Plan(length, slots)


def checkpointed_gradient(
    step: Step, loss: Callable[[Any], Array], params: Params, x: PyTree[Array], *, slots: int
) -> tuple[Array, Params, PyTree[Array]]:
    r"""Return $\ell(x_l)$ and its gradients in `params` and `x`, for $x_{k+1}$ = `step(params[k], x_k)`, $k < l$.

    Every leaf of `params` has the $l$ steps as its first axis. At most `slots` states are stored at a time, the start
    among them, beside the one at work; the schedule is that of `checkpoint_plan`. The schedule is data, not program: one
    scan over its actions, whose body holds the step and its pullback once, so that the program does not grow with
    $l$. Pure: works under `jit` and `vmap`.

    Raises `InputError` where the leaves of `params` do not share a first axis, where a leaf is no real floating-point
    array, and where `step` changes the shape or type of the state.
    """
    length = _check_chain(step, loss, params, x)
    kinds, at, places = _script(Plan(length, slots))
    stored = jax.tree.map(lambda leaf: jnp.zeros((min(slots, length), *leaf.shape), leaf.dtype), x)
    gradient, adjoint = jax.tree.map(jnp.zeros_like, (params, x))
    work = _Work(x, _entry(gradient, 0), adjoint, jnp.zeros((), jax.eval_shape(loss, x).dtype))
    branches = _branches(step, loss, params, length)

    def act(chain: tuple[_Work, Params, Params], action: tuple[Array, Array, Array]) -> tuple[Any, None]:
        work, stored, gradient = chain
        kind, k, place = action
        held = _entry(stored, place)
        done = jax.lax.switch(kind, branches, work, k, held)
        # from the work done, not from the work before: only then may the update be made in place
        stored = _with(stored, place, _where(kind == KINDS.index("store"), done.state, held))
        turned = _where(kind == KINDS.index("reverse"), done.piece, _entry(gradient, k))
        return (done, stored, _with(gradient, k, turned)), None

    (work, _, gradient), _ = jax.lax.scan(act, (work, stored, gradient), (kinds, at, places))
    return work.value, gradient, work.adjoint


class _Work(NamedTuple):
    """What the actions work on, beside what is stored: the state, the gradient of one step, the adjoint, the value."""

    state: PyTree[Array]
    piece: Params
    adjoint: PyTree[Array]
    value: Array


def _branches(step: Step, loss: Callable[[Any], Array], params: Params, length: int) -> list[Callable[..., _Work]]:
    """Return what every kind of `KINDS` does to the work; storing is done outside, in place."""

    def advance(work: _Work, k: Array, held: PyTree[Array]) -> _Work:
        del held
        return work._replace(state=step(_entry(params, k), work.state))

    def store(work: _Work, k: Array, held: PyTree[Array]) -> _Work:
        del k, held
        return work

    def load(work: _Work, k: Array, held: PyTree[Array]) -> _Work:
        del k
        return work._replace(state=held)

    def reverse(work: _Work, k: Array, held: PyTree[Array]) -> _Work:
        del held
        after, pull = jax.vjp(step, _entry(params, k), work.state)
        last = k == length - 1
        value, g = jax.lax.cond(last, lambda: jax.value_and_grad(loss)(after), lambda: (work.value, work.adjoint))
        piece, adjoint = pull(g)
        return _Work(work.state, piece, adjoint, value)

    return [advance, store, load, reverse]


def _script(plan: Plan) -> tuple[Array, Array, Array]:
    """Write the actions as arrays: kind, step and slot of each, one row for every single step of an advance."""
    rows = []
    for action in plan.actions:
        if action.kind == "advance":
            rows += [(0, k, 0) for k in range(action.at, action.to)]
        elif action.kind in KINDS:
            rows.append((KINDS.index(action.kind), action.at, max(action.slot, 0)))
    kinds, at, slot = np.array(rows, dtype=np.int32).T
    return jnp.asarray(kinds), jnp.asarray(at), jnp.asarray(slot)


def _entry(tree: PyTree[Array], k: Array | int) -> PyTree[Array]:
    return jax.tree.map(lambda leaf: jax.lax.dynamic_index_in_dim(leaf, k, keepdims=False), tree)


def _with(tree: PyTree[Array], k: Array, entry: PyTree[Array]) -> PyTree[Array]:
    return jax.tree.map(lambda leaf, one: jax.lax.dynamic_update_index_in_dim(leaf, one, k, 0), tree, entry)


def _where(mask: Array, one: PyTree[Array], other: PyTree[Array]) -> PyTree[Array]:
    return jax.tree.map(lambda a, b: jnp.where(mask, a, b), one, other)


def _reverse(start: int, length: int, slots: int, home: int = 0) -> Iterator[Action]:
    """Reverse the steps from `start` on, whose state is at work and in slot `home`, with `slots` states, that one included."""
    end = start + length
    while end > start + 1:
        middle = start + _split(end - start, slots)
        kept = end - middle > 1
        yield Action("advance", start, to=middle)
        if kept:
            yield Action("store", middle, slot=home + 1)
        yield from _reverse(middle, end - middle, slots - 1, home + 1)
        if kept:
            yield Action("free", middle, slot=home + 1)
        yield Action("load", start, slot=home)
        end = middle
    yield Action("reverse", start)


def _split(length: int, slots: int) -> int:
    r"""Return the largest optimal number of steps before the next state is stored.

    As $t(\cdot, s)$ is convex with slope $r$ from $\binom{s + r - 1}{s}$ to $\binom{s + r}{s}$, the two parts are balanced where the
    slope of the part behind is one more than that of the part before.
    """
    if slots == 1:
        return length - 1
    r = sweeps(length, slots)
    return min(comb(slots + r - 1, slots), length - comb(slots + r - 2, slots - 1))


def _check(length: int, slots: int) -> None:
    for name, value in (("length", length), ("slots", slots)):
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise InputError(f"checkpoint plan: {name} must be a positive integer, got {value!r}; pass a plain integer")


def _check_chain(step: Step, loss: Callable[[Any], Array], params: Params, x: PyTree[Array]) -> int:
    """Return the number of steps of a chain, after checking its parts."""
    for name, tree in (("params", params), ("x", x)):
        for path, leaf in jax.tree_util.tree_leaves_with_path(tree):
            if not jnp.issubdtype(getattr(leaf, "dtype", jnp.int32), jnp.floating):
                raise InputError(
                    f"checkpointed_gradient: {name}{jax.tree_util.keystr(path)} must be an array of real floating-point "
                    f"numbers, got {getattr(leaf, 'dtype', type(leaf).__name__)}; close over what is not differentiated"
                )
    lengths = {leaf.shape[0] if leaf.ndim else 0 for leaf in jax.tree.leaves(params)}
    if len(lengths) != 1 or lengths == {0}:
        raise InputError(
            "checkpointed_gradient: all leaves of params must have the steps of the chain as their first axis, got "
            f"lengths {sorted(lengths)}; stack the parameters of all steps"
        )
    first = jax.tree.map(lambda leaf: leaf[0], params)
    shape, after = (
        jax.tree.map(lambda leaf: (leaf.shape, leaf.dtype), tree) for tree in (x, jax.eval_shape(step, first, x))
    )
    if shape != after:
        raise InputError(
            f"checkpointed_gradient: step must return a state of the shapes and types it is given, got {after} from {shape}; "
            "pad the state or convert it"
        )
    value = jax.eval_shape(loss, x)
    if getattr(value, "shape", None) != ():
        raise InputError(f"checkpointed_gradient: loss must return one number, got {value}; sum or average it")
    return lengths.pop()
