"""One run of claims: what `limes verify` does, also as the function `limes.verify`."""

import contextlib
import json
import os
import pathlib
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, fields
from typing import Any

from limes._errors import InputError
from limes._interrupt import Interruptible

from .stored import RUN

Results = list[dict[str, Any]]


@dataclass(frozen=True)
class Settings:
    """The options of a run, in the form in which the ledger remembers them for `limes resume`."""

    targets: tuple[Any, ...] = ()  # ids, chapters, files, or claims themselves
    quick: bool = False
    seeds: int | None = None
    x64: bool = True
    device: str | None = None
    engine: str = "local"
    timeout: float | None = None
    fail_fast: bool = False

    def remembered(self) -> dict[str, Any]:
        """Return the options as plain data: files by their full path, claims by their id."""
        targets = [
            target if isinstance(target, str) else target.id
            for target in self.targets
            if isinstance(target, str) or hasattr(target, "id")
        ]
        absolute = [str(pathlib.Path(t).absolute()) if t.endswith(".py") else t for t in targets]
        return {field.name: getattr(self, field.name) for field in fields(self)} | {"targets": absolute}

    def check(self) -> None:
        """Raise `InputError` for options that cannot be carried out."""
        if self.engine != "local":
            raise InputError(f"engine must be 'local', got {self.engine!r}; leave --engine out")
        if self.timeout is not None and not 0 < self.timeout < 1e7:
            raise InputError(
                f"timeout must be a positive number of seconds, got {self.timeout:g}; leave it out for no limit"
            )


@dataclass(frozen=True)
class Outcome:
    """What a run found: one result per claim, the folder, and the exit code of the command."""

    results: Results = field(repr=False)
    out: pathlib.Path
    report: pathlib.Path | None
    interrupted: bool
    environment: dict[str, Any] = field(repr=False)

    @property
    def verdicts(self) -> dict[str, str]:
        """The verdict of each claim."""
        return {result["id"]: result["verdict"] for result in self.results}

    @property
    def exit_code(self) -> int:
        """130 interrupted, 4 a cell raised, 1 something refuted, 3 something undecided, 0 all supported."""
        verdicts = set(self.verdicts.values())
        if self.interrupted:
            return 130
        if "error" in verdicts:
            return 4
        if "refuted" in verdicts:
            return 1
        return 0 if verdicts <= {"supported"} else 3


def verify(
    ids: Any = None,
    *,
    quick: bool = False,
    out: str | pathlib.Path = "limes-out",
    seeds: int | None = None,
    engine: str = "local",
    resume: bool = True,
    x64: bool = True,
    timeout: float | None = None,
    progress: bool = True,
) -> Outcome:
    """Verify claims and write the report into `out`; what an earlier run computed is used again.

    `ids` are claim ids, chapters, files or `Claim` objects, one or several; none means
    every shipped claim. Raises `InputError` for unknown names and bad options,
    `StorageError` for a damaged ledger.
    """
    several: Any = ids
    if ids is None or isinstance(ids, (str, os.PathLike)) or not isinstance(ids, Iterable):
        several = () if ids is None else (ids,)
    names = tuple(os.fspath(item) if isinstance(item, os.PathLike) else item for item in several)
    settings = Settings(names, quick, seeds, x64, engine=engine, timeout=timeout)
    return execute(settings, pathlib.Path(out), fresh=not resume, watch=watcher(quiet=not progress))


Watch = Callable[[Any], Any]  # plan -> object with .event(event), .warn(text), .close()


def watcher(*, quiet: bool) -> Watch:
    """Return what makes the progress display of a plan."""
    from .progress import Silent, progress_for

    return (lambda _: Silent()) if quiet else progress_for


def execute(settings: Settings, out: pathlib.Path, *, fresh: bool, watch: Watch) -> Outcome:
    """Run claims as the settings say, store everything in `out/ledger.sqlite`, write the report."""
    from limes.studies.run import Run

    with prepared(settings, out, watch, fresh=fresh) as (plan, collector, shown):
        collector.ledger.save_result(RUN, json.dumps(settings.remembered(), sort_keys=True))
        run = Run(plan, collector, fail_fast=settings.fail_fast)
        for event in run.events():
            shown.event(event)
    return _reported(list(run.results.values()), out, settings, interrupted=run.interrupted)


def pilots(settings: Settings, out: pathlib.Path, *, watch: Watch) -> Results:
    """Run the first look of every claim and predict what the rest costs: what `limes plan` does."""
    from limes.studies.events import Started
    from limes.studies.pilot import pilot

    rows = []
    with prepared(settings, out, watch, fresh=False) as (plan, collector, shown):
        for entry in plan.entries:
            shown.event(Started(entry.claim.id, len(entry.main.cells), 0))
            rows.append(pilot(entry, collector))
    return rows


@contextlib.contextmanager
def prepared(settings: Settings, out: pathlib.Path, watch: Watch, *, fresh: bool) -> Iterator[tuple[Any, Any, Any]]:
    """Open ledger, engine and progress for a plan; on leaving the ledger is one self-contained file."""
    settings.check()
    import jax

    from limes._compat import keep_compiled_programs
    from limes.claims.registry import family, find
    from limes.studies.collect import Collector
    from limes.studies.environment import choose_device
    from limes.studies.ledger import Ledger
    from limes.studies.local import Local
    from limes.studies.plan import make_plan
    from limes.studies.study import ledger_path

    choose_device(settings.device)
    with jax.enable_x64(settings.x64):
        claims = find(settings.targets)
        plan = make_plan(claims, family=family(claims), quick=settings.quick, seeds=settings.seeds, x64=settings.x64)
        path = ledger_path(out, fresh=fresh)
        keep_compiled_programs()
        with Ledger(path) as ledger, contextlib.closing(watch(plan)) as shown, Interruptible(shown.warn) as stop:
            yield plan, Collector(ledger, Local(), stop, shown.warn, settings.timeout), shown
            ledger.finish()


def _reported(results: Results, out: pathlib.Path, settings: Settings, *, interrupted: bool) -> Outcome:
    from limes.report import write
    from limes.studies.environment import environment

    facts = environment(settings.x64)
    report = write(out, results, facts) if results else None
    return Outcome(results, out, report, interrupted, facts)


def stop_abandoned_work(code: int) -> None:
    """End the process without waiting for calls that ran out of time."""
    if any(
        thread.daemon and thread.is_alive() and thread.name.startswith("limes-call") for thread in threading.enumerate()
    ):
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
