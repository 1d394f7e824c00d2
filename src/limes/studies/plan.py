"""What a run will do: jobs with their cells, looks and calls, declared before anything is computed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from limes._errors import InputError
from limes.claims.claim import Claim, Control
from limes.claims.experiment import Cell
from limes.claims.grids import cells
from limes.claims.kinds import Prediction
from limes.stats import LOOKS

from .keys import BATCH, Variant


@dataclass(frozen=True)
class Job:
    """One experiment over its cells, judged on some predictions: a claim itself, or one of its controls."""

    claim: str
    variant: Variant
    cells: list[Cell]
    skipped: list[Cell]
    predictions: dict[str, Prediction]
    seeds: int
    control: Control | None = None

    @property
    def name(self) -> str:
        """The claim's id, with the control's name where it is one."""
        return self.claim if self.control is None else f"{self.claim} · {self.control.name}"

    @cached_property
    def stages(self) -> list[int]:
        """Numbers of units a cell at which the job pauses to be judged."""
        if not self.variant.experiment.random:
            return [1]
        looks = {look for prediction in self.predictions.values() for look in prediction.looks(self.seeds)}
        return sorted(looks) or [self.seeds]

    def looks(self, prediction: Prediction) -> tuple[int, ...]:
        """Return the looks of one prediction."""
        return prediction.looks(self.seeds) if self.variant.experiment.random else (1,)

    def calls(self, units: int) -> list[tuple[Cell, list[int]]]:
        """List the calls that give every cell its first `units` units."""
        step = self.variant.batch or 1
        blocks = [list(range(start, min(start + step, units))) for start in range(0, units, step)]
        return [(cell, block) for block in blocks for cell in self.cells]

    def params(self, units: int) -> list[str]:
        """Name every unit of the first `units` of every cell."""
        return [self.variant.name(cell, seed)[0] for cell in self.cells for seed in range(units)]


@dataclass(frozen=True)
class Entry:
    """A claim in a plan: its own job and those of its controls that need new units."""

    claim: Claim
    main: Job
    controls: list[Job]
    quick: bool


@dataclass(frozen=True)
class Plan:
    """All claims of a run; `family` is Holm's number of claims."""

    entries: list[Entry]
    family: int
    seeds: int = LOOKS[-1]
    x64: bool = True
    quick: bool = False
    names: list[str] = field(default_factory=list)


def make_plan(
    claims: Iterable[Claim], *, family: int, quick: bool = False, seeds: int | None = None, x64: bool = True
) -> Plan:
    """Plan a run over claims; raises `InputError` where the number of seeds has no looks."""
    budget = LOOKS[-1] if seeds is None else seeds
    check_seeds(budget)
    entries = [entry(claim, quick=quick, seeds=budget, x64=x64) for claim in claims]
    return Plan(entries, family, budget, x64, quick, [e.claim.id for e in entries])


def check_seeds(seeds: int) -> None:
    """Refuse a number of seeds at which nothing is judged."""
    allowed = [BATCH * 2**i for i in range(8)]
    if seeds not in allowed:
        raise InputError(
            f"seeds must be one of {', '.join(map(str, allowed))} (claims are judged at 8, 16, 32, ... seeds), got {seeds}; choose one of these"
        )


def entry(claim: Claim, *, quick: bool, seeds: int, x64: bool) -> Entry:
    """Plan one claim: its own cells, and the controls."""
    main = _job(claim, None, quick, seeds, x64)
    controls = [_job(claim, control, quick, seeds, x64) for control in claim.controls]
    return Entry(claim, main, controls, quick)


def _job(claim: Claim, control: Control | None, quick: bool, seeds: int, x64: bool) -> Job:
    experiment, grid, change = claim.experiment, claim.axes(quick), {}
    predictions = claim.predictions
    if control is not None:
        experiment = experiment.with_measure(control.measure)
        grid = claim.control_axes(control, quick)
        change = dict(control.change)
        predictions = claim.controlled(control)
    kept, skipped = cells(experiment, grid)
    if not kept:
        raise InputError(f"claim {claim.id}: skip leaves no cell of the grid; add cells that it keeps")
    return Job(claim.id, Variant(experiment, change, x64), kept, skipped, predictions, seeds, control)


def programs(jobs: Sequence[Job]) -> int:
    """Count the programs that jobs compile: one per measurement and combination of static arguments."""
    names = set()
    for job in jobs:
        experiment = job.variant.experiment
        if experiment.host:
            continue
        for cell in job.cells:
            arguments = job.variant.arguments(cell)
            static = {k: v for k, v in arguments.items() if not experiment.is_traced(k, v)}
            static |= {f"{k}_pad": experiment.bucket(k, arguments[k]) for k in experiment.pad}
            names.add((experiment.measure, tuple(sorted(static.items()))))
    return len(names)
