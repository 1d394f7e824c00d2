"""Error rates of the verdicts: claims of known truth, judged by the functions that judge real ones.

Run `python -m limes.stats.simulate --claims 20000 --out docs/verdicts-table.json`.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from .decision import INCONCLUSIVE, REFUTED, SUPPORTED, Decision
from .looks import ALPHA, LOOKS, combine, look_level, looks_for

Decide = Callable[[np.ndarray, float], Decision]
Draw = Callable[[np.random.Generator, int], Iterator[np.ndarray]]


@dataclass(frozen=True)
class World:
    """Claims of one truth: "true", "false", "border" of the band, or "other" (published only)."""

    name: str
    truth: str
    draw: Draw


@dataclass(frozen=True)
class Design:
    """One rule with its settings, and the worlds in which it is tried."""

    rule: str
    name: str
    decide: Decide
    worlds: tuple[World, ...]
    looks: bool = True
    least: int = 1
    share: float = 1.0


@dataclass(frozen=True)
class Outcome:
    """How often the claims of one world were supported and refuted, and their mean seeds."""

    rule: str
    design: str
    world: str
    truth: str
    claims: int
    supported: float
    refuted: float
    seeds: float


def judge(
    decide: Decide, values: np.ndarray, *, looks: bool = True, least: int = 1, alpha: float = ALPHA
) -> tuple[Decision, int]:
    """Judge one claim look by look, exactly as a study does; return standing and seeds used.

    `decide(values, level)` is a rule with its settings. Without looks (rules about single
    cases and deterministic curves) all rows are judged once.
    """
    stages = looks_for(len(values), least) if looks else (len(values),)
    decisions: list[Decision] = []
    standing, used = Decision(INCONCLUSIVE), 0
    for used in stages:
        decisions.append(decide(values[:used], look_level(len(stages), alpha)))
        standing = combine(decisions, len(stages), alpha)
        if standing.verdict != INCONCLUSIVE:
            break
    return standing, used


def run_design(design: Design, claims: int, seed: int = 0) -> list[Outcome]:
    """Simulate `claims` claims in each world of a design (times the design's share)."""
    outcomes = []
    for number, world in enumerate(design.worlds):
        name = f"{design.rule}/{design.name}/{world.name}"
        rng = np.random.default_rng([seed, number, *name.encode()])
        num = max(1, round(claims * design.share))
        verdicts, used = [], 0
        for values in world.draw(rng, num):
            standing, seeds = judge(design.decide, values, looks=design.looks, least=design.least)
            verdicts.append(standing.verdict)
            used += seeds
        supported, refuted = verdicts.count(SUPPORTED) / num, verdicts.count(REFUTED) / num
        outcomes.append(Outcome(design.rule, design.name, world.name, world.truth, num, supported, refuted, used / num))
    return outcomes


def own_rates(
    decide: Decide, supported: Draw, unsupported: Draw, claims: int = 500, seed: int = 0
) -> tuple[float, float]:
    """Return (false support, false refute) of one claim's own design on simulated claims.

    `supported` draws claims for which the prediction holds, `unsupported` claims for which
    it does not (for a rate: slopes two and more bands away, and rivals).
    """
    worlds = (World("false", "false", unsupported), World("true", "true", supported))
    wrong, right = run_design(Design("own", "own", decide, worlds), claims, seed)
    return wrong.supported, right.refuted


def row(outcome: Outcome) -> str:
    """Format one outcome as a line of the printed table."""
    return (
        f"{outcome.rule:18} {outcome.design:28} {outcome.world:34} {outcome.truth:7} {outcome.claims:6d} "
        f"{outcome.supported:9.4f} {outcome.refuted:9.4f} {outcome.seeds:6.1f}"
    )


HEADER = (
    f"{'rule':18} {'design':28} {'world':34} {'truth':7} {'claims':>6} {'supported':>9} {'refuted':>9} {'seeds':>6}"
)


def gates(outcomes: Sequence[Outcome]) -> list[str]:
    """List the gates that fail: false support 0.5 %, false refute 1 %, border 5 %, for rates."""
    failed = []
    for outcome in outcomes:
        limits = {"false": (0.005, 1.0), "true": (1.0, 0.01), "border": (0.05, 0.05)}.get(outcome.truth)
        if outcome.rule != "rate" or limits is None:
            continue
        if outcome.supported > limits[0] or outcome.refuted > limits[1]:
            failed.append(row(outcome))
    return failed


def main(arguments: Sequence[str] | None = None) -> int:
    """Simulate all designs, print their table, write it as JSON; return 1 if a gate fails."""
    from .designs import all_designs

    parser = argparse.ArgumentParser(prog="python -m limes.stats.simulate", description=__doc__)
    parser.add_argument("--claims", type=int, default=2000, help="claims per rate design, half true, half false")
    parser.add_argument("--rule", default=None, help="simulate this rule only")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=None, help="write the table to this JSON file")
    options = parser.parse_args(arguments)
    designs = [design for design in all_designs() if options.rule in (None, design.rule)]
    outcomes: list[Outcome] = []
    sys.stdout.write(HEADER + "\n")
    for number, design in enumerate(designs):
        sys.stderr.write(f"[{number + 1}/{len(designs)}] {design.rule}: {design.name}\n")
        for outcome in run_design(design, options.claims // 2, options.seed):
            outcomes.append(outcome)
            sys.stdout.write(row(outcome) + "\n")
    failed = gates(outcomes)
    sys.stdout.write("\n".join(["gates: " + ("all met" if not failed else "FAILED"), *failed]) + "\n")
    if options.out is not None:
        table = {
            "claims": options.claims,
            "seed": options.seed,
            "alpha": ALPHA,
            "looks": list(LOOKS),
            "gates_failed": len(failed),
            "rows": [asdict(outcome) for outcome in outcomes],
        }
        options.out.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
