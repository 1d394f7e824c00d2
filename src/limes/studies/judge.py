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
    cut = [
        (name, prediction, part) for name, prediction in job.predictions.items() for part in prediction.cut(measured)
    ]
    level = pair_level(alpha, max(1, len(cut)))
    pairs = [_pair(job, name, prediction, part, units, level=level, claims=claims) for name, prediction, part in cut]
    return Judgment(job, [_certified(pair, certify) for pair in pairs], units)


def judge_control(job: Job, measured: list[Measured], units: int, certify: Certify) -> Judgment:
    """Judge a control: each prediction at its own level, without correction for other claims."""
    pairs = []
    for name, prediction in job.predictions.items():
        parts = prediction.cut(measured)
        level = pair_level(ALPHA, max(1, len(parts)))
        pairs += [_pair(job, name, prediction, part, units, level=level, claims=1) for part in parts]
    return Judgment(job, [_certified(pair, certify) for pair in pairs], units)


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


def _certified(pair: Pair, certify: Certify) -> Pair:
    """Let a violation stand only if the unit shows it again, alone and in float64."""
    if pair.standing.verdict != "refuted" or not isinstance(pair.prediction, Counted):
        return pair
    seed = pair.prediction.violation(pair.part)
    if seed is None:
        return pair
    again = pair.prediction.cut([certify(pair.part.cells[0], seed)])
    same = [part for part in again if part.where == pair.part.where]
    if same and pair.prediction.violation(same[0]) is not None:
        return pair
    value = float(same[0].measured(pair.prediction.q)[0]) if same else float("nan")
    reason = f"violation not certified: seed {seed} alone in float64 gives {value:.3g}, which is no violation; run in float64 (--x64)"
    return replace(pair, standing=Decision("inconclusive", pair.standing.estimate, pair.standing.interval, reason))


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
    """Tell whether every prediction of a control came out as expected."""
    control = judgment.job.control
    assert control is not None
    return all(meets(outcome(judgment, name), expected(control, p)) for name, p in judgment.job.predictions.items())


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


def broken_assumptions(claim: Claim, measured: list[Measured]) -> dict[str, tuple[int, int]]:
    """Count, for each checked assumption, the units where it held and all units that say so."""
    counts = {}
    for assumption in claim.assumptions:
        if assumption.holds is None:
            continue
        flags = np.concatenate(
            [cell.values[assumption.holds].ravel() for cell in measured if assumption.holds in cell.values]
            or [np.zeros(0)]
        )
        seen = flags[np.isfinite(flags)]
        counts[assumption.text] = (int((seen != 0).sum()), int(seen.size))
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
