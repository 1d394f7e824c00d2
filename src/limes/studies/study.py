"""A person's own sweep: an experiment over a grid, stored unit by unit, returned as a dataset."""

import os
import pathlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from limes._errors import CorruptLedger, InputError
from limes.claims.experiment import Experiment, Value, as_experiment
from limes.claims.grids import cells, check_axis, normalized

from .collect import Collector
from .datasets import dataset
from .environment import environment_text
from .events import Event, Stop
from .keys import Variant
from .ledger import Ledger
from .local import Local
from .plan import Job

if TYPE_CHECKING:
    import xarray


@dataclass(frozen=True)
class Study:
    """Run `measure` (a function or an `Experiment`) over a grid with a number of seeds.

    `Study(measure, {"width": [16, 64]}, seeds=8).run("sweep")` computes what the ledger in
    the folder `sweep` does not hold yet, and returns an `xarray.Dataset` with one dimension
    per axis, `seed`, and the coordinates of a run; `state` and `present` say how each unit
    ended. Interrupt it at any time: the next `run` goes on.

    Raises `InputError` when grid and signature disagree, `MeasureError` when `measure`
    raises, `StorageError` when the folder cannot be written.
    """

    measure: "Callable[..., Mapping[str, Any]] | Experiment"
    grid: Mapping[str, Sequence[Value]]
    seeds: int = 8
    x64: bool = True

    def __post_init__(self) -> None:
        if isinstance(self.seeds, bool) or not isinstance(self.seeds, int) or self.seeds < 1:
            raise InputError(f"Study: seeds must be a positive whole number, got {self.seeds!r}; 8 is a good start")
        axes = self.experiment.axes
        for name in (*axes, *self.grid):
            if name not in self.grid or name not in axes:
                what = "has no values for" if name not in self.grid else "names the unknown axis"
                raise InputError(
                    f"Study: grid {what} {name!r}; the axes of {self.experiment.name} are {', '.join(axes) or 'none'}"
                )
            check_axis(f"Study: grid[{name!r}]", self.grid[name])

    @property
    def experiment(self) -> Experiment:
        """The experiment, also where a bare function was given."""
        return as_experiment(self.measure)

    @property
    def job(self) -> Job:
        """The study as a job without predictions."""
        kept, skipped = cells(self.experiment, normalized(self.grid))
        units = self.seeds if self.experiment.random else 1
        return Job("study", Variant(self.experiment, {}, self.x64), kept, skipped, {}, units)

    def events(self, ledger: Ledger, *, engine: Local | None = None, stop: Stop = lambda: False) -> Iterator[Event]:
        """Compute what is missing; yields an event per committed call."""
        job = self.job
        yield from Collector(ledger, engine or Local(), stop).collect(job, job.seeds)

    def run(self, out: str | pathlib.Path, *, resume: bool = True) -> "xarray.Dataset":
        """Run into the folder `out` and return the dataset; `resume=False` sets an earlier ledger aside."""
        path = ledger_path(out, fresh=not resume)
        with Ledger(path) as ledger:
            for _ in self.events(ledger):
                pass
            result = self.read(ledger)
            ledger.finish()
        return result

    def read(self, ledger: Ledger) -> "xarray.Dataset":
        """Return what the ledger holds of this study; absent units are NaN."""
        job = self.job
        collector = Collector(ledger, Local())
        attrs = {
            "measure": self.experiment.name,
            "source": job.variant.source,
            "environment": environment_text(self.x64),
        }
        return dataset(self.experiment, collector.measured(job, job.seeds), collector.states(job, job.seeds), attrs)

    def with_seeds(self, seeds: int) -> "Study":
        """Return the same study with another number of seeds; stored units are kept."""
        return replace(self, seeds=seeds)


def ledger_path(out: str | pathlib.Path, *, fresh: bool = False) -> pathlib.Path:
    """Return `out/ledger.sqlite`; with `fresh` an existing one is renamed, never deleted.

    Raises `InputError` when `out` is a file or cannot be made.
    """
    if not isinstance(out, (str, os.PathLike)):
        raise InputError(f"out must be a folder, got {out!r}; write for example 'limes-out'")
    folder = pathlib.Path(out)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            f"out {str(folder)!r} cannot be used as a folder ({error.strerror}); choose another"
        ) from error
    path = folder / "ledger.sqlite"
    if fresh and path.exists():
        _set_aside(path)
    return path


def _set_aside(path: pathlib.Path) -> None:
    """Rename a ledger, damaged or not, with its log; a ledger in use is refused."""
    number = 1
    while path.with_name(f"ledger-{number}.sqlite").exists():
        number += 1
    try:
        with Ledger(path) as old:
            old.finish()
    except CorruptLedger:
        pass
    for suffix in ("-wal", "-shm", ""):
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.rename(path.with_name(f"ledger-{number}.sqlite{suffix}"))
