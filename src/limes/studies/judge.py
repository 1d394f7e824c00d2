"""From units to verdicts: looks, corrections, certification, controls."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from limes.claims.claim import Claim, Control
from limes.claims.experiment import Cell
from limes.claims.kinds import Measured, Prediction, Slice
from limes.claims.kinds.prediction import Counted
from limes.stats import ALPHA, Decision, claim_p_value, claim_verdict, combine, look_level, pair_level

from .plan import Job

Certify = Callable[[Cell, int], Measured]


@dataclass(frozen=True)
class Pair:
    """One judged pair: a prediction on a slice, with its standing after the looks taken."""

    name: str
    prediction: Prediction
    part: Slice
    standing: Decision
    taken: bool = True


@dataclass(frozen=True)
class Judgment:
    """The standings of a job after some units a cell."""

    job: Job
    pairs: list[Pair]
    units: int

    @property
    def verdict(self) -> str:
        """Supported if every pair is, refuted if one is, else inconclusive."""
        return claim_verdict([pair.standing for pair in self.pairs])

    @property
    def p_value(self) -> float:
        """The p-value of a refutation, corrected for looks and pairs."""
        return claim_p_value([pair.standing for pair in self.pairs])

    def of(self, name: str) -> list[Pair]:
        """Return the pairs of one prediction."""
        return [pair for pair in self.pairs if pair.name == name]

    @property
    def settled(self) -> bool:
        """Whether more units could not change the verdict."""
        verdicts = [pair.standing.verdict for pair in self.pairs]
        return "refuted" in verdicts or all(verdict == "supported" for verdict in verdicts)


def judge(job: Job, measured: list[Measured], units: int, *, alpha: float, claims: int, certify: Certify) -> Judgment:
    """Judge every prediction of a job on every slice after `units` units a cell.

    `alpha` is the level of the claim after the correction for the registry; it is split
    over the pairs. Violations of counted kinds stand only when re-running the unit alone
    in float64 shows them again.
    """
    cut = {name: prediction.cut(measured) for name, prediction in job.predictions.items()}
    level = pair_level(alpha, max(1, sum(map(len, cut.values()))))
    return _judged(job, cut, units, dict.fromkeys(cut, level), claims, certify)


def judge_control(job: Job, measured: list[Measured], units: int, certify: Certify) -> Judgment:
    """Judge a control: each prediction at its own level, without correction for other claims."""
    cut = {name: prediction.cut(measured) for name, prediction in job.predictions.items()}
    levels = {name: pair_level(ALPHA, max(1, len(parts))) for name, parts in cut.items()}
    return _judged(job, cut, units, levels, 1, certify)


def _judged(
    job: Job, cut: dict[str, list[Slice]], units: int, levels: dict[str, float], claims: int, certify: Certify
) -> Judgment:
    pairs: list[Pair] = []
    for name, prediction in job.predictions.items():
        found = [_pair(job, name, prediction, part, units, level=levels[name], claims=claims) for part in cut[name]]
        pairs += _certified(found, certify)
    return Judgment(job, pairs, units)


def _pair(job: Job, name: str, prediction: Prediction, part: Slice, units: int, *, level: float, claims: int) -> Pair:
    looks = job.looks(prediction)
    taken = [look for look in looks if look <= units]
    decisions = [prediction.decide(part.first(look), look_level(len(looks))) for look in taken]
    if not looks:
        decision = Decision(
            "inconclusive", reason=f"{prediction.kind} needs at least {prediction.least} seeds; allow more"
        )
        return Pair(name, prediction, part, decision, taken=True)
    return Pair(
        name, prediction, part, combine(decisions, len(looks), level, claims=claims), taken=len(taken) == len(looks)
    )


def _certified(pairs: list[Pair], certify: Certify) -> list[Pair]:
    """Let the violations of a prediction stand only if one of their units shows it again, alone and in float64."""
    violated = [i for i, p in enumerate(pairs) if p.standing.verdict == "refuted" and isinstance(p.prediction, Counted)]
    cleared = list(pairs)
    for i in violated:
        cleared[i] = _again(pairs[i], certify)
        if cleared[i].standing.verdict == "refuted":
            return [pairs[j] if j > i else pair for j, pair in enumerate(cleared)]
    return cleared


def _again(pair: Pair, certify: Certify) -> Pair:
    assert isinstance(pair.prediction, Counted)
    seed = pair.prediction.violation(pair.part)
    if seed is None:
        return pair
    measured = pair.prediction.cut([certify(pair.part.cells[0], seed)])
    same = [part for part in measured if part.where == pair.part.where]
    if same and pair.prediction.violation(same[0]) is not None:
        return pair
    value = float(same[0].measured(pair.prediction.q)[0]) if same else float("nan")
    reason = (
        f"violation not certified: seed {seed} alone in float64, where random numbers may differ, gives {value:.3g}, "
        "which is no violation; run everything in float64 (--x64)"
    )
    standing = Decision("inconclusive", pair.standing.estimate, pair.standing.interval, reason)
    return replace(pair, standing=standing)


def outcome(judgment: Judgment, name: str) -> str:
    """Return the verdict on one prediction over its slices."""
    return claim_verdict([pair.standing for pair in judgment.of(name)])


def expected(control: Control, prediction: Prediction) -> str:
    """Return what a prediction must come out as under a control."""
    return control.expect or prediction.fails_as


def meets(verdict: str, wanted: str) -> bool:
    """Tell whether a verdict is the one that was expected."""
    return verdict != "supported" if wanted == "not supported" else verdict == wanted


def control_met(judgment: Judgment) -> bool:
    """Tell whether every prediction of a control came out as expected, on data that exist.

    Where anything else than a refutation is expected, every judged value must be finite: a
    run that failed shows nothing.
    """
    control = judgment.job.control
    assert control is not None
    for name, prediction in judgment.job.predictions.items():
        wanted = expected(control, prediction)
        pairs = judgment.of(name)
        if not pairs or not meets(outcome(judgment, name), wanted):
            return False
        if wanted != "refuted" and not all(np.isfinite(pair.part.measured(prediction.q)).all() for pair in pairs):
            return False
    return True


def control_settled(judgment: Judgment) -> bool:
    """Tell whether more units could not change what a control shows."""
    control = judgment.job.control
    assert control is not None
    states = []
    for name, prediction in judgment.job.predictions.items():
        verdict = outcome(judgment, name)
        wanted = expected(control, prediction)
        states.append(verdict != "inconclusive" if wanted != "inconclusive" else False)
    return all(states)


def checked_assumptions(claim: Claim, measured: list[Measured]) -> list[tuple[int, int] | None]:
    """Count, for each assumption that is measured, the units where it held and all units (None: not measured)."""
    counts: list[tuple[int, int] | None] = []
    for assumption in claim.assumptions:
        if assumption.holds is None:
            counts.append(None)
            continue
        flags = [cell.values[assumption.holds].ravel() for cell in measured if assumption.holds in cell.values]
        seen = np.concatenate(flags) if flags else np.zeros(0)
        counts.append((int((np.isfinite(seen) & (seen != 0)).sum()), int(seen.size)))
    return counts


def wiring(judgment: Judgment) -> list[tuple[str, Prediction, list[Pair]]]:
    """Judge the wrong predictions that the same data must refute, for every supported prediction."""
    checked = []
    for name, prediction in judgment.job.predictions.items():
        pairs = judgment.of(name)
        if not pairs or outcome(judgment, name) != "supported":
            continue
        for label, wrong in prediction.wiring().items():
            level = pair_level(ALPHA, len(pairs))
            again = [
                _pair(judgment.job, name, wrong, pair.part, judgment.units, level=level, claims=1) for pair in pairs
            ]
            checked.append((f"{name}: {label}", wrong, again))
    return checked
