"""Bring the units of a job together: from the ledger where they are, by the engine where not."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from limes._errors import MeasureError
from limes.claims.experiment import Cell
from limes.claims.kinds import Measured

from .environment import environment_text
from .events import Committed, Event, Failed, Interrupt, Stop
from .ledger import Ledger
from .local import Local, Unit
from .plan import Job

_SLOW, _PATIENCE = 20.0, 120.0  # a call is slow after 20 times its prediction, at least two minutes


@dataclass
class Collector:
    """Everything that a run needs to get units: ledger, engine, and what to do when a call is slow."""

    ledger: Ledger
    engine: Local
    stop: Stop = lambda: False
    warn: Callable[[str], None] = lambda _: None
    timeout: float | None = None
    seconds: dict[str, float] = field(default_factory=dict)
    _given_up: set[bytes] = field(default_factory=set)  # calls of this run that ran out of time
    _checked: set[int] = field(default_factory=set)

    def collect(self, job: Job, units: int) -> Iterator[Event]:
        """Compute and commit what is missing among the first `units` units of every cell.

        Yields an event per call. Raises `Interrupt` when asked to stop, `MeasureError` when
        the measurement raises.
        """
        self.ledger.plan(job.params(units))
        self._check_stored(job)
        calls = [call for call in job.calls(units) if self._absent(job, *call)]
        for i, (cell, seeds) in enumerate(calls):
            if self.stop():
                raise Interrupt
            yield self._call(job, cell, seeds, remaining=len(calls) - i - 1)

    def _absent(self, job: Job, cell: Cell, seeds: list[int]) -> bool:
        keys = [job.variant.key(cell, seed) for seed in seeds]
        states = self.ledger.states(keys)
        return any(state != "present" and key not in self._given_up for key, state in states.items())

    def _check_stored(self, job: Job) -> None:
        """Hold new units against a stored one, so that a resumed job returns what it began with."""
        if id(job) in self._checked:
            return
        self._checked.add(id(job))
        for cell in job.cells:
            stored = self.ledger.get([job.variant.key(cell, 0)])
            for unit in stored.values():
                self.engine.expect(job.variant, cell, unit)
            if stored:
                return

    def _call(self, job: Job, cell: Cell, seeds: list[int], *, remaining: int) -> Event:
        names, keys = zip(*(job.variant.name(cell, seed) for seed in seeds), strict=True)
        self.ledger.begin(keys)
        started = time.perf_counter()
        where = f"{job.name}: {_cell(cell)}, seeds {seeds[0]}-{seeds[-1]}"
        try:
            units = self._watched(lambda: self.engine.call(job.variant, cell, seeds), where, self._expected(job))
        except MeasureError as error:
            self.ledger.fail(keys, "error", str(error))
            raise
        except TimeoutError:
            note = f"no answer within {self.timeout:g} s"
            self.ledger.fail(keys, "timeout", note)
            self._given_up |= set(keys)
            return Failed(job.name, cell, "timeout", note)
        self.ledger.put(list(zip(names, units, strict=True)), environment_text(job.variant.x64))
        seconds = time.perf_counter() - started
        self.seconds[job.variant.experiment.name] = max(seconds, self.seconds.get(job.variant.experiment.name, 0.0))
        return Committed(job.name, cell, seeds, seconds, remaining)

    def _expected(self, job: Job) -> float:
        return self.seconds.get(job.variant.experiment.name, 0.0)

    def _watched(self, work: Callable[[], list[Unit]], where: str, expected: float) -> list[Unit]:
        """Run a call; say so when it is slow, and give it up where a time limit was asked for."""
        patience = max(_PATIENCE, _SLOW * expected)
        timer = threading.Timer(
            patience, self.warn, [f"{where} has taken {patience:.0f} s and goes on (--timeout S gives such calls up)"]
        )
        timer.daemon = True
        timer.start()
        try:
            return work() if self.timeout is None else _limited(work, self.timeout)
        finally:
            timer.cancel()

    def alone(self, job: Job, cell: Cell, seed: int) -> Measured:
        """Re-run one unit alone in float64: how a violation is certified."""
        single = replace(job.variant, x64=True, alone=True)
        name, key = single.name(cell, seed)
        self.ledger.plan([name])
        stored = self.ledger.get([key])
        if stored:
            unit = stored[key]
        else:
            (unit,) = self.engine.call(single, cell, [seed])
            self.ledger.put([(name, unit)], environment_text(True))
        return _measured(job, cell, [unit])

    def measured(self, job: Job, units: int) -> list[Measured]:
        """Return the stored units of every cell, NaN where one is missing."""
        found = []
        for cell in job.cells:
            keys = [job.variant.key(cell, seed) for seed in range(units)]
            stored = self.ledger.get(keys)
            found.append(_measured(job, cell, [stored.get(key) for key in keys]))
        return _filled(found)

    def states(self, job: Job, units: int) -> list[str]:
        """Return how the attempts at every unit ended, cell by cell."""
        keys = [job.variant.key(cell, seed) for cell in job.cells for seed in range(units)]
        states = self.ledger.states(keys)
        return [states[key] for key in keys]


def _measured(job: Job, cell: Cell, units: list[Unit | None]) -> Measured:
    experiment = job.variant.experiment
    coords = {name: tuple(float(v) for v in values) for name, values in experiment.coords.items()}
    known = next((unit for unit in units if unit is not None), {})
    empty = {name: np.full(value.shape, np.nan) for name, value in known.items()}
    rows = [empty if unit is None else unit for unit in units]
    values = {name: np.stack([np.asarray(row[name], dtype=float) for row in rows]) for name in known}
    return Measured(cell, values, {name: tuple(experiment.outputs.get(name, ())) for name in known}, coords)


def _filled(cells: list[Measured]) -> list[Measured]:
    """Give a cell without any unit the shapes of its neighbors, all NaN; without neighbors it stays empty."""
    known = next((cell for cell in cells if cell.values), None)
    if known is None:
        return cells
    blank = {name: np.full_like(value, np.nan) for name, value in known.values.items()}
    return [cell if cell.values else Measured(cell.cell, blank, known.dims, cell.coords) for cell in cells]


def _limited(work: Callable[[], list[Unit]], limit: float) -> list[Unit]:
    """Wait for a call at most `limit` seconds; the abandoned thread cannot be stopped, only left behind."""
    box: list[list[Unit]] = []
    failure: list[BaseException] = []

    def target() -> None:
        try:
            box.append(work())
        except BaseException as error:  # noqa: BLE001 - handed to the caller's thread
            failure.append(error)

    thread = threading.Thread(target=target, daemon=True, name="limes-call")
    thread.start()
    thread.join(limit)
    if failure:
        raise failure[0]
    if not box:
        raise TimeoutError
    return box[0]


def _cell(cell: Cell) -> str:
    return ", ".join(f"{name}={value}" for name, value in cell.items()) or "one cell"
