"""The record of a judged claim: plain data, from which report, tables and JSON are made."""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from limes.claims.claim import Claim
from limes.claims.index import CHAPTERS, read
from limes.claims.kinds import Measured
from limes.claims.kinds.chart import plain
from limes.claims.kinds.power import Power
from limes.claims.kinds.slices import padded
from limes.stats import ALPHA
from limes.stats.intervals import t_interval

from .environment import environment
from .judge import Judgment, Pair, control_met, expected, meets, outcome, wiring
from .plan import Entry, Plan
from .wording import claim_words

STATES = ("finite", "overflow", "nan", "zero", "timeout", "killed", "missing")
Record = dict[str, Any]


def record(
    entry: Entry,
    plan: Plan,
    main: Judgment,
    controls: Sequence[Judgment],
    verdict: tuple[str, str, list[str]],
    context: Mapping[str, Any],
) -> Record:
    """Assemble the result of one claim; `context` holds measured cells, unit states, flags and seconds."""
    measured: list[Measured] = context["measured"]
    name, reason, notes = verdict
    derived = [_wired(label, pairs) for label, _, pairs in wiring(main)]
    result = {
        "id": entry.claim.id,
        "verdict": name,
        "reason": reason,
        "notes": notes,
        "p_value": main.p_value,
        "predictions": [
            row | {"simulated": pair.prediction.simulated(pair.part, entry.main.seeds)}
            for row, pair in zip(predictions(main), main.pairs, strict=True)
        ],
        "units": count_states(main, measured, context["states"]),
        "seeds": main.units,
        "cells": len(entry.main.cells),
        "skipped": [dict(cell) for cell in entry.main.skipped],
        "controls": [
            control_record(judgment, fresh=fresh) for judgment, fresh in zip(controls, context["fresh"], strict=True)
        ]
        + derived,
        "seconds": round(context["seconds"], 3),
        "programs": context["programs"],
    }
    return finite_json(result | {"page": page(entry, plan, main, measured, context, result)})


def predictions(judgment: Judgment) -> list[Record]:
    """Describe every judged pair."""
    return [_pair(pair) for pair in judgment.pairs]


def _pair(pair: Pair) -> Record:
    standing = pair.standing
    return {
        "name": pair.name,
        "kind": pair.prediction.kind,
        "quantity": pair.prediction.q,
        "where": dict(pair.part.where),
        "scale": pair.prediction.scale,
        "predicted": pair.prediction.predicted(pair.part),
        "estimate": standing.estimate,
        "interval": list(standing.interval) if standing.interval is not None else None,
        "verdict": standing.verdict,
        "reason": standing.reason,
    }


def control_record(judgment: Judgment, *, fresh: bool) -> Record:
    """Describe one control; it is an assumption control only if it measured units of its own."""
    control = judgment.job.control
    assert control is not None
    wanted = {expected(control, p) for p in judgment.job.predictions.values()}
    verdicts = {outcome(judgment, name) for name in judgment.job.predictions}
    return {
        "name": control.name,
        "why": control.why,
        "role": "assumption" if fresh else "wiring",
        "expect": " / ".join(sorted(wanted)),
        "verdict": " / ".join(sorted(verdicts)),
        "met": control_met(judgment),
        "predictions": predictions(judgment),
        "seeds": judgment.units,
        "cells": len(judgment.job.cells),
        "charts": charts(judgment),
    }


def _wired(label: str, pairs: list[Pair]) -> Record:
    verdict = "refuted" if any(pair.standing.verdict == "refuted" for pair in pairs) else pairs[0].standing.verdict
    return {
        "name": label,
        "why": "a wrong prediction on the same units",
        "role": "wiring",
        "expect": "refuted",
        "verdict": verdict,
        "met": meets(verdict, "refuted"),
        "predictions": [_pair(pair) for pair in pairs],
        "seeds": None,
        "cells": len(pairs),
        "charts": [],
    }


def charts(judgment: Judgment) -> list[Record]:
    """Return the standard figures of all predictions."""
    drawn = []
    for name, prediction in judgment.job.predictions.items():
        pairs = judgment.of(name)
        drawn += prediction.chart(name, [(pair.part, pair.standing) for pair in pairs])
    return drawn


def page(
    entry: Entry, plan: Plan, main: Judgment, measured: list[Measured], context: Mapping[str, Any], result: Record
) -> Record:
    """Return what only the report shows."""
    claim = entry.claim
    chapter = claim.id.split(".")[0]
    indexed = read().get(claim.id, {})
    return {
        "chapter": chapter if chapter in CHAPTERS else None,
        "statement": claim.statement,
        "reading": claim.reading,
        "source": claim.source,
        "citation": indexed.get("citation", ""),
        "assumes": _assumptions(claim, context["assumptions"]),
        "charts": charts(main),
        "picture": context.get("picture"),
        "words": claim_words(result, main),
        "grid": {name: list(values) for name, values in claim.axes(plan.quick).items()},
        "quick": plan.quick,
        "settings": {
            "seeds": plan.seeds,
            "alpha": ALPHA,
            "looks": entry.main.stages,
            "claims": plan.family,
            "x64": plan.x64,
        },
        "environment": environment(plan.x64),
        "data": table(measured),
    }


def _assumptions(claim: Claim, counts: Sequence[tuple[int, int] | None]) -> list[Record]:
    rows = []
    for assumption, count in zip(claim.assumptions, counts or [None] * len(claim.assumptions), strict=True):
        state = "not checked"
        if count is not None:
            held, seen = count
            state = f"held in {held} of {seen} units" if held == seen else f"false in {seen - held} of {seen} units"
        rows.append({"text": assumption.text, "state": state})
    return rows


def count_states(judgment: Judgment, measured: list[Measured], attempts: Sequence[str]) -> dict[str, int]:
    """Count the units of a job by state; every unit has exactly one."""
    counts: dict[str, int] = dict.fromkeys(STATES, 0)
    units, flat = judgment.units, 0
    logs = {p.q for p in judgment.job.predictions.values() if isinstance(p, Power)}
    quantities = sorted({p.q for p in judgment.job.predictions.values()})
    for cell in measured:
        for seed in range(units):
            attempt = attempts[flat] if flat < len(attempts) else "missing"
            flat += 1
            state = (
                attempt
                if attempt in ("timeout", "killed")
                else "missing"
                if attempt != "present"
                else _state(cell, seed, quantities, logs)
            )
            counts[state] += 1
    return counts


def _state(cell: Measured, seed: int, quantities: list[str], logs: set[str]) -> str:
    worst = "finite"
    for q in quantities:
        values = cell.values[q]
        padding = padded(values, cell.dims[q])
        here = values[seed][~padding] if cell.dims[q] else values[seed]
        if np.isnan(here).any():
            return "nan"
        if np.isinf(here).any():
            worst = "overflow"
        elif q in logs and (here == 0).any() and worst == "finite":
            worst = "zero"
    return worst


def table(measured: list[Measured]) -> Record:
    """Summarize every cell: axes and coordinates, then mean, 95 % interval and finite units of each quantity."""
    if not measured:
        return {"columns": [], "rows": []}
    first = measured[0]
    axes = list(first.cell)
    dims = sorted({dim for name in first.values for dim in first.dims.get(name, ())})
    columns = [*axes, *dims, "quantity", "mean", "low", "high", "smallest", "largest", "finite", "units"]
    rows = [row for cell in measured for name in sorted(cell.values) for row in _rows(cell, name, axes, dims)]
    return {"columns": columns, "rows": rows}


def _rows(cell: Measured, name: str, axes: list[str], dims: list[str]) -> list[list[Any]]:
    own = cell.dims.get(name, ())
    rows = []
    for index in np.ndindex(*(len(cell.coords[dim]) for dim in own)):
        place = {dim: cell.coords[dim][i] for dim, i in zip(own, index, strict=True)}
        values = cell.values[name][(slice(None), *index)]
        finite = values[np.isfinite(values)]
        low, high = t_interval(finite, 0.025) if finite.size > 1 else (math.nan, math.nan)
        summary = (
            [float(finite.mean()), low, high, float(finite.min()), float(finite.max())]
            if finite.size
            else [math.nan] * 5
        )
        rows.append(
            [
                *(cell.cell[axis] for axis in axes),
                *(place.get(dim) for dim in dims),
                name,
                *plain(summary),
                int(finite.size),
                int(values.size),
            ]
        )
    return rows


def finite_json(value: Any) -> Any:
    """Return JSON-ready data: NumPy scalars unwrapped, null for what is not finite."""
    if isinstance(value, Mapping):
        return {str(k): finite_json(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite_json(v) for v in value]
    if isinstance(value, np.ndarray):
        return finite_json(value.tolist())
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value


def failed(entry: Entry, plan: Plan, message: str, seconds: float) -> Record:
    """Return the result of a claim whose measurement raised or returned something else than declared."""
    result = {
        "id": entry.claim.id,
        "verdict": "error",
        "reason": message,
        "notes": [],
        "p_value": 1.0,
        "predictions": [],
        "units": dict.fromkeys(STATES, 0),
        "seeds": 0,
        "cells": len(entry.main.cells),
        "skipped": [dict(cell) for cell in entry.main.skipped],
        "controls": [],
        "seconds": round(seconds, 3),
        "programs": 0,
    }
    nothing = Judgment(entry.main, [], 0)
    context = {"assumptions": [], "measured": [], "states": []}
    return finite_json(result | {"page": page(entry, plan, nothing, [], context, result)})


def dumps(result: Record) -> str:
    """Return the result as JSON text."""
    return json.dumps(result, ensure_ascii=True, allow_nan=False, sort_keys=True)
