"""How a verdict is worded: evidence on the sizes that were run, never a proof."""

from collections.abc import Mapping
from typing import Any

from limes.claims.kinds import Bound, Existence, ExpectationBound, Identity, Law, Limit, Rate
from limes.claims.kinds.numbers import named, number
from limes.claims.kinds.power import Power

from .judge import Judgment, Pair

_TYPE = {
    Identity: "identity",
    Bound: "universal bound",
    Existence: "existence claim",
    ExpectationBound: "bound on a mean",
    Law: "exact law",
    Limit: "limit",
    Rate: "rate claim",
}


def claim_words(result: Mapping[str, Any], judgment: Judgment) -> str:
    """Word the verdict of a claim: what was predicted, where the data place it, with which controls."""
    parts = [_head(result)]
    for name in judgment.job.predictions:
        pairs = judgment.of(name)
        if pairs:
            parts.append(prediction_words(pairs, judgment.units) + _simulated(result, name))
    parts.append(_units(result))
    parts += [_control(control) for control in result["controls"] if control["role"] == "assumption"]
    if result["verdict"] == "supported":
        parts.append("This is evidence on these sizes, not a proof.")
    return " ".join(part for part in parts if part)


def _head(result: Mapping[str, Any]) -> str:
    verdict = str(result["verdict"])
    reason = f": {result['reason']}" if result["reason"] else ""
    return f"{verdict[0].upper()}{verdict[1:]}{reason.rstrip('.')}."


def prediction_words(pairs: list[Pair], units: int) -> str:
    """Word one prediction over its slices."""
    first = pairs[0]
    kind = next((word for kind, word in _TYPE.items() if type(first.prediction) is kind), first.prediction.kind.lower())
    if len(pairs) > 1:
        good = sum(pair.standing.verdict == "supported" for pair in pairs)
        worst = _worst(pairs)
        return f"{first.name} ({kind}): {good} of {len(pairs)} cells or slices as predicted; {_one(worst, units)}"
    return f"{first.name} ({kind}): {_one(first, units)}"


def _worst(pairs: list[Pair]) -> Pair:
    undecided = [pair for pair in pairs if pair.standing.verdict != "supported"]
    return undecided[0] if undecided else max(pairs, key=_distance)


def _distance(pair: Pair) -> float:
    """Say how near a pair is to failing: far from what is predicted, but close to a tolerance or a bound."""
    wanted, found = pair.prediction.predicted(pair.part), pair.standing.estimate
    gap = abs(found - wanted) if wanted is not None and found is not None else 0.0
    return -gap if isinstance(pair.prediction, (Identity, Bound)) else gap


def _one(pair: Pair, units: int) -> str:
    prediction, standing, part = pair.prediction, pair.standing, pair.part
    where = f" at {named(part.where)}" if part.where else ""
    text = prediction.words(part, standing) + where
    if isinstance(prediction, Power):
        sizes = part.sizes
        slowest = min(prediction.corrections) if prediction.corrections else None
        values = part.measured(prediction.q)[:units]
        kind = "without noise" if (values == values[:1]).all() else f"t interval over {units} seeds"
        text += f" ({kind}, {len(sizes)} values of {part.over} from {number(sizes[0])} to {number(sizes[-1])}"
        text += f", assuming corrections no slower than {part.over}^-{number(slowest)})" if slowest else ")"
    if standing.reason and not isinstance(prediction, Identity):
        text += f"; {standing.reason}"
    return text.rstrip(".") + "."


def _simulated(result: Mapping[str, Any], name: str) -> str:
    """Word the error rates of this very design, where they were simulated."""
    found = [row["simulated"] for row in result["predictions"] if row["name"] == name and row.get("simulated")]
    if not found:
        return ""
    num = found[0]["claims"]
    wrong = [round(num * max(entry[side] for entry in found)) for side in ("false_support", "false_refute")]
    return f" Of {num} false and {num} true simulated claims of this design, {wrong[0]} were supported and {wrong[1]} refuted."


def _units(result: Mapping[str, Any]) -> str:
    total = sum(result["units"].values())
    bad = total - result["units"].get("finite", 0)
    if not total:
        return ""
    if not bad:
        return f"All {total} units are finite."
    states = ", ".join(f"{count} {state}" for state, count in result["units"].items() if count and state != "finite")
    return f"{bad} of {total} units are not finite ({states})."


def _control(control: Mapping[str, Any]) -> str:
    met = "as it must be" if control["met"] else f"although {control['expect']} was expected"
    return f"Control, {control['name']}: {control['verdict']}, {met}."
