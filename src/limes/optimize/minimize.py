"""Descent for people: progress, early stop, checkpoints, Ctrl-C, and many replicas at once."""

import dataclasses
import pathlib
import time
from collections.abc import Callable, Iterable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int

from limes._errors import InputError
from limes._interrupt import Interruptible
from limes._types import Params, RandomKey, State

from . import checkpoint as storage
from .blocks import block_size, bytes_written
from .chunk import Rules, advance, one_step, start
from .descent import chunk_lengths
from .inputs import check_call, check_params, count, is_transformation
from .progress import Progress
from .trajectory import Carry, Status, Trajectory, status_of

Stop = Callable[[int, dict[str, np.ndarray]], Any]
_SAVE = 5.0


class Done:
    """What is finished: the carry after `count` records, and the records.

    An interruption may fall between any two lines: `count` and `carry` change in one assignment,
    and records beyond `count` are not read.
    """

    def __init__(
        self, carry: Carry, step: list[int] | None = None, rows: list[dict[str, np.ndarray]] | None = None
    ) -> None:
        self._step, self._rows = step or [], rows or []
        self._state = carry, len(self._step)

    def add(self, carry: Carry, length: int, row: dict[str, np.ndarray]) -> None:
        """Take in one more chunk."""
        self._step.append(self.position + length)
        self._rows.append(row)
        self._state = carry, len(self._step)

    @property
    def carry(self) -> Carry:
        """Return what the next chunk begins with."""
        return self._state[0]

    @property
    def position(self) -> int:
        """Return the number of steps done."""
        count = self._state[1]
        return self._step[count - 1] if count else 0

    def records(self, axis: int = 0) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """Return the steps of the records, and their rows stacked along an axis."""
        count = self._state[1]
        rows = self._rows[:count]
        values = {name: np.stack([row[name] for row in rows], axis) for name in rows[0]} if rows else {}
        return np.asarray(self._step[:count], np.int32), values


def minimize(
    risk: Any,
    params: Params,
    optimizer: Any,
    steps: int,
    *,
    key: RandomKey,
    batch: int | None = None,
    record: Any = None,
    every: int = 100,
    replicas: int | None = None,
    stop: Stop | None = None,
    checkpoint: str | pathlib.Path | None = None,
    progress: bool = True,
    state: State = None,
    random: bool = False,
) -> Trajectory:
    r"""Minimize a risk like `descend`, chunk by chunk, with progress, early stop and checkpoints.

    The numbers are those of `descend`: neither `every` nor a stop and a resume changes a bit.

    - `replicas=R` runs R descents at once. Every leaf of `params` (and of `state`) then has R copies
      along its first axis, and replica r uses the key `fold_in(key, r)`. `optimizer` may be a
      function of the replica: `lambda r: optax.sgd(step_sizes[r])`.
    - `stop(step, values)` sees every recorded row; a true answer ends the descent.
    - `checkpoint` names an npz file, written every few seconds and at the end. If it exists, the
      descent goes on from there; more `steps` than before extend it.
    - Ctrl-C returns what was done up to the last finished chunk; `status` says so.
    - `progress` goes to stderr; replicas that diverged are counted there.

    Raises `InputError` for wrong arguments or a checkpoint of another descent, `StorageError` when a
    checkpoint cannot be written or read.
    """
    first = optimizer if is_transformation(optimizer) or replicas is None else optimizer(jnp.asarray(0))
    check_call("minimize", Rules(risk, first, record, batch, random), params, steps, key, every)
    replicas = None if replicas is None else count("minimize", "replicas", replicas, 1)
    if replicas is not None:
        _check_replicas(params, state, replicas)
    rules = Rules(risk, optimizer, record, batch, random)
    run = _Run(rules, key, replicas)
    done = Done(run.start(params, state))
    file = None if checkpoint is None else _Checkpoint(pathlib.Path(checkpoint), run, done.carry)
    if file is not None:
        done = file.resume(done, steps)
    return _drive(run, done, chunk_lengths(done.position, steps, every), stop, file, Progress(steps, wanted=progress))


class _Run:
    """The compiled chunk of one or several replicas."""

    def __init__(self, rules: Rules, key: RandomKey, replicas: int | None) -> None:
        self.rules = rules
        self.replicas = replicas
        self.numbers = None if replicas is None else jnp.arange(replicas)
        self.keys = key if replicas is None else jax.vmap(lambda r: jax.random.fold_in(key, r))(self.numbers)

    def start(self, params: Params, state: State) -> Carry:
        return _start(self.rules, params, state, self.keys, self.numbers)

    def chunk(self, carry: Carry, length: int) -> tuple[Carry, dict[str, np.ndarray]]:
        carry, row = _advance(self.rules, carry, jnp.asarray(length, jnp.int32), self.keys, self.numbers)
        return carry, {name: np.asarray(value) for name, value in jax.device_get(row).items()}

    def row(self, carry: Carry) -> Any:
        """Return the types and shapes of a row."""
        length = jnp.asarray(0, jnp.int32)
        return eqx.filter_eval_shape(_advance, self.rules, carry, length, self.keys, self.numbers)[1]

    def marks(self, carry: Carry) -> dict[str, str]:
        """Return what tells this descent from another one."""
        rules, index = self.rules, None if self.numbers is None else self.numbers[0]
        one = carry if self.replicas is None else jax.tree.map(lambda leaf: leaf[0], carry)
        key = self.keys if self.replicas is None else self.keys[0]
        arrays, fixed = eqx.partition((rules.risk, one), eqx.is_array)

        def program(arrays: Any, key: RandomKey) -> Any:
            risk, carry = eqx.combine(arrays, fixed)
            return eqx.filter(
                one_step(dataclasses.replace(_resolved(rules, index), risk=risk), carry, key), eqx.is_array
            )

        names = {"risk data": eqx.filter(rules.risk, eqx.is_array), "starting point": carry, "key": self.keys}
        return storage.fingerprint(program, (arrays, key), names)


def _resolved(rules: Rules, replica: Int[Array, ""] | None) -> Rules:
    """Return the rules of one replica: its own optimizer, where a function gives it."""
    if is_transformation(rules.optimizer):
        return rules
    return dataclasses.replace(rules, optimizer=rules.optimizer(replica))


@eqx.filter_jit
def _start(rules: Rules, params: Params, state: State, keys: Array, replicas: Array | None) -> Carry:
    def one(params: Params, state: State, key: RandomKey, replica: Any) -> Carry:
        return start(_resolved(rules, replica), params, state, key)

    return one(params, state, keys, None) if replicas is None else jax.vmap(one)(params, state, keys, replicas)


@eqx.filter_jit
def _advance(rules: Rules, carry: Carry, length: Array, keys: Array, replicas: Array | None) -> Any:
    """Advance one descent, or all replicas: vmapped, in blocks that fit the cache of a processor."""

    def one(given: tuple[Carry, RandomKey, Any]) -> Any:
        carry, key, replica = given
        return advance(_resolved(rules, replica), carry, length, key)

    given = (carry, keys, replicas)
    if replicas is None:
        return one(given)
    carry, key, replica = jax.tree.map(lambda leaf: leaf[0], given)
    size = bytes_written(lambda carry, key: one_step(_resolved(rules, replica), carry, key), carry, key)
    block = block_size(len(replicas), size) if jax.default_backend() == "cpu" else len(replicas)
    return jax.lax.map(one, given, batch_size=block) if block < len(replicas) else jax.vmap(one)(given)


class _Checkpoint:
    """The checkpoint file of one descent, written now and then."""

    def __init__(self, path: pathlib.Path, run: _Run, carry: Carry) -> None:
        self.path = path
        self.run = run
        self.marks = run.marks(carry)
        self.wait = _SAVE
        self.saved = time.monotonic()
        if not path.parent.is_dir():
            raise InputError(f"minimize: the folder of checkpoint {path} must exist; make it or name another file")

    def resume(self, done: Done, steps: int) -> Done:
        """Return what the file holds, or what is done where there is none."""
        stored = storage.read(self.path, self.marks, done.carry, self.run.row(done.carry))
        if stored is None:
            return done
        carry, step, values = stored
        rows = [{name: value[i] for name, value in values.items()} for i in range(len(step))]
        if len(step) and step[-1] > steps:
            raise InputError(
                f"minimize: steps must be at least the {step[-1]} that checkpoint {self.path} holds, got {steps}; "
                "ask for more steps or name another file"
            )
        return Done(carry, [int(number) for number in step], rows)

    def save(self, done: Done, *, now: bool = False) -> None:
        """Write the file if the last time is long ago; writing takes a small part of the whole."""
        started = time.monotonic()
        if now or started - self.saved >= self.wait:
            storage.write(self.path, self.marks, done.carry, *done.records())
            self.saved = time.monotonic()
            self.wait = max(_SAVE, 20 * (self.saved - started))


def _drive(
    run: _Run, done: Done, lengths: Iterable[int], stop: Stop | None, file: _Checkpoint | None, progress: Progress
) -> Trajectory:
    """Run the chunks; an interruption at any point leaves what is finished."""
    ending = Status.FINISHED
    try:
        with Interruptible(progress.warn) as interrupted:
            for length in lengths:
                if not np.any(done.carry.alive):
                    break
                carry, row = run.chunk(done.carry, length)
                done.add(carry, length, row)
                progress.update(done.position, row, carry.alive)
                if file is not None:
                    file.save(done)
                if interrupted() or (stop is not None and stop(done.position, dict(row))):
                    ending = Status.INTERRUPTED if interrupted() else Status.STOPPED
                    break
    except KeyboardInterrupt:
        ending = Status.INTERRUPTED
    if file is not None:
        file.save(done, now=True)
    progress.close(done.position, done.carry.alive, interrupted=ending is Status.INTERRUPTED)
    return _trajectory(run, done, ending)


def _trajectory(run: _Run, done: Done, ending: Status) -> Trajectory:
    axis = 0 if run.replicas is None else 1
    step, values = done.records(axis)
    if not values:  # interrupted before the first record
        values = {
            name: np.zeros((*row.shape[:axis], 0, *row.shape[axis:]), row.dtype)
            for name, row in run.row(done.carry).items()
        }
    step, values = jax.tree.map(jnp.asarray, (step, values))
    if run.replicas is not None:
        step = jnp.broadcast_to(step, (run.replicas, *step.shape))
    carry = done.carry
    return Trajectory(step, values, carry.params, carry.best, status_of(carry, ending), carry)


def _check_replicas(params: Params, state: State, replicas: int) -> None:
    check_params("minimize", params)
    for path, leaf in jax.tree_util.tree_leaves_with_path((params, state)):
        if jnp.ndim(leaf) == 0 or jnp.shape(leaf)[0] != replicas:
            raise InputError(
                f"minimize: with replicas={replicas} every array of params and state must have {replicas} copies along its "
                f"first axis, got shape {jnp.shape(leaf)} in {jax.tree_util.keystr(path[1:]) or 'params'}; "
                "stack them with jax.vmap or jnp.broadcast_to"
            )
