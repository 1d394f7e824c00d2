"""Run a plan: a generator of events that computes, commits, judges and stores."""

import time
from collections.abc import Iterator
from typing import Any

from limes._errors import InputError, MeasureError
from limes.claims.kinds import Measured
from limes.claims.kinds.slices import padded
from limes.stats import ALPHA, holm_level

from .collect import Collector
from .events import Event, Interrupt, Interrupted, Look, Started, Verdict
from .judge import Judgment, checked_assumptions, control_met, control_settled, judge, judge_control
from .pictures import own_picture
from .plan import Entry, Job, Plan, programs
from .results import Record, dumps, failed, record


class Run:
    """The state of one run; iterate over `events()`, then read `results`.

    Claims are judged one after the other; each stops early when it is supported, or when
    its refutation already survives the correction for all claims. When all are done, Holm's
    procedure may turn a refutation that was held back into a final one.
    """

    def __init__(self, plan: Plan, collector: Collector, *, fail_fast: bool = False) -> None:
        self.plan = plan
        self.collector = collector
        self.fail_fast = fail_fast
        self.results: dict[str, Record] = {}
        self.interrupted = False
        self._kept: dict[str, tuple[Entry, Judgment, list[Judgment], dict[str, Any]]] = {}

    def events(self) -> Iterator[Event]:
        """Compute and judge every claim; yields as it goes, stores every verdict in the ledger."""
        for entry in self.plan.entries:
            try:
                yield from self._claim(entry)
            except Interrupt:
                self.interrupted = True
                yield Interrupted(entry.claim.id)
                return
            if self.fail_fast and self.results[entry.claim.id]["verdict"] == "error":
                return
        yield from self._holm()

    def _claim(self, entry: Entry) -> Iterator[Event]:
        started = time.perf_counter()
        jobs = [entry.main, *entry.controls]
        yield Started(entry.claim.id, len(entry.main.cells), programs(jobs))
        before = self.collector.engine.costs.copy()
        try:
            main, controls = yield from self._judged(entry)
            context = self._context(entry, main, controls)
        except (InputError, MeasureError) as error:
            self.collector.warn(f"{entry.claim.id}: {error}")
            yield self._store(failed(entry, self.plan, str(error), time.perf_counter() - started))
            return
        spent = self.collector.engine.costs - before
        context |= {"seconds": time.perf_counter() - started, "programs": spent.programs}
        self._kept[entry.claim.id] = (entry, main, controls, context)
        yield self._store(self._record(entry, main, controls, context))

    def _judged(self, entry: Entry) -> Iterator[Any]:
        main = yield from self._job(entry.main)
        controls = []
        for job in entry.controls:
            controls.append((yield from self._job(job)))
        return main, controls

    def _job(self, job: Job) -> Iterator[Any]:
        """Collect and judge a job look by look until it is settled."""
        judgment = None
        for units in job.stages:
            yield from self.collector.collect(job, units)
            judgment = self._judge(job, units, ALPHA / self.plan.family)
            done = control_settled(judgment) if job.control else judgment.settled
            decided = sum(pair.standing.verdict != "inconclusive" for pair in judgment.pairs)
            yield Look(job.name, units, decided, len(judgment.pairs) - decided)
            if done:
                break
        return judgment

    def _judge(self, job: Job, units: int, alpha: float) -> Judgment:
        def certify(cell: dict[str, Any], seed: int) -> Measured:
            return self.collector.alone(job, cell, seed)

        measured = self.collector.measured(job, units)
        if job.control is not None:
            return judge_control(job, measured, units, certify)
        return judge(job, measured, units, alpha=alpha, claims=self.plan.family, certify=certify)

    def _context(self, entry: Entry, main: Judgment, controls: list[Judgment]) -> dict[str, Any]:
        measured = self.collector.measured(entry.main, main.units)
        own = {entry.main.variant.key(cell, 0) for cell in entry.main.cells}
        _check_holds(entry, measured)
        states = self.collector.states(entry.main, main.units)
        return {
            "claim": entry.claim,
            "measured": measured,
            "states": states,
            "assumptions": checked_assumptions(entry.claim, measured),
            "fresh": [any(j.job.variant.key(cell, 0) not in own for cell in j.job.cells) for j in controls],
            "conflicts": self._conflicts(entry, main.units),
            "picture": own_picture(entry.claim, entry.main.variant, measured, states),
        }

    def _conflicts(self, entry: Entry, units: int) -> tuple[int, int]:
        """Count the units of a claim that came out differently later: in the same environment, and in another."""
        keys = {entry.main.variant.key(cell, seed) for cell in entry.main.cells for seed in range(units)}
        found = [conflict for conflict in self.collector.ledger.conflicts() if conflict.key in keys]
        same = sum(conflict.same_environment for conflict in found)
        return same, len(found) - same

    def _record(self, entry: Entry, main: Judgment, controls: list[Judgment], context: dict[str, Any]) -> Record:
        return record(entry, self.plan, main, controls, verdict(main, controls, context), context)

    def _store(self, result: Record) -> Verdict:
        self.results[result["id"]] = result
        self.collector.ledger.save_result(result["id"], dumps(result))
        return Verdict(result["id"], result)

    def _holm(self) -> Iterator[Event]:
        """Apply Holm's procedure over all claims of the registry to the refutations held back."""
        p_values = [kept[1].p_value for kept in self._kept.values()]
        level = holm_level(p_values, claims=self.plan.family) if p_values else 0.0
        for entry, main, controls, context in self._kept.values():
            if main.verdict == "inconclusive" and main.p_value <= level:
                again = self._judge(entry.main, main.units, level)
                if again.verdict == "refuted":
                    yield self._store(self._record(entry, again, controls, context))


def verdict(main: Judgment, controls: list[Judgment], context: dict[str, Any]) -> tuple[str, str, list[str]]:
    """Return verdict, reason and notes of a claim from its judgment, controls and assumptions."""
    notes = _notes(main, context)
    for assumption, count in zip(context["claim"].assumptions, context["assumptions"], strict=True):
        if count is not None and count[0] < count[1]:
            return "assumption not met", f"{assumption.text}: false in {count[1] - count[0]} of {count[1]} units", notes
    if main.verdict != "supported":
        return main.verdict, _why(main), notes
    reason = _held_back(controls, context)
    return ("inconclusive", reason, notes) if reason else ("supported", "", notes)


def _held_back(controls: list[Judgment], context: dict[str, Any]) -> str:
    """Say why a claim whose predictions are all supported is inconclusive all the same."""
    if context["conflicts"][0]:
        return (
            f"{context['conflicts'][0]} units came out differently when computed again; run with --fresh and report it"
        )
    lost = [j.job.control.name for j in controls if j.job.control and not control_met(j)]
    if lost:
        return f"the test has no teeth here: control {lost[0]!r} did not come out as expected"
    if not any(context["fresh"]):
        return "no assumption was violated: every control re-reads the same units; add one that changes the experiment"
    return ""


def _why(main: Judgment) -> str:
    pair = next((p for p in main.pairs if p.standing.verdict == main.verdict), None)
    if pair is None:
        return "nothing was judged: no cell gave a finite unit; widen the grid or mend the measurement"
    where = ", ".join(f"{k}={v}" for k, v in pair.part.where.items())
    text = pair.standing.reason or pair.prediction.words(pair.part, pair.standing)
    return f"{pair.name}{f' at {where}' if where else ''}: {text}"


def _notes(main: Judgment, context: dict[str, Any]) -> list[str]:
    notes = []
    if main.job.skipped:
        cells = ", ".join(" ".join(f"{k} = {v}" for k, v in cell.items()) for cell in main.job.skipped)
        notes.append(f"declared hopeless before the run and left out: {cells}")
    same, other = context["conflicts"]
    if same or other:
        notes.append(f"{same} units came out differently when computed again here, {other} in another environment")
    notes += _padding_notes(main, context["measured"])
    return notes


def _padding_notes(main: Judgment, measured: list[Measured]) -> list[str]:
    """Say which ends of curves are NaN in every unit, and so were taken for padding."""
    notes = []
    for q in sorted({prediction.q for prediction in main.job.predictions.values()}):
        lost = sum(int(padded(cell.values[q], cell.dims[q]).sum()) for cell in measured if cell.dims.get(q))
        if lost:
            notes.append(f"{lost} points at the ends of {q!r} are NaN in every unit and were taken for padding")
    return notes


def _check_holds(entry: Entry, measured: list[Measured]) -> None:
    names = set(measured[0].values) if measured else set()
    if not names:
        return
    for assumption in entry.claim.assumptions:
        if assumption.holds is not None and measured and assumption.holds not in names:
            raise InputError(
                f"claim {entry.claim.id}: Assume(holds={assumption.holds!r}) names no measured quantity; use one that measure returns: {', '.join(sorted(names))}"
            )
