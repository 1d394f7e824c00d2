"""Plan before spending: run the first look of a claim and predict seeds, time and memory of the rest."""

from typing import Any

from limes.stats.design import claim_probability

from .collect import Collector
from .plan import Entry, Job, programs


def pilot(entry: Entry, collector: Collector) -> dict[str, Any]:
    """Run look 1 of a claim and its controls; return what the whole claim will cost and its chance.

    The units of the pilot are those of the first look, not extra data. `chance` is a lower
    limit of the probability that a true claim is supported within the budget of seeds,
    `hopeless` lists the predictions for which it is below 5 %.
    """
    jobs = [entry.main, *entry.controls]
    collector.engine.costs.memory = 0
    before = collector.engine.costs.copy()
    for job in jobs:
        for _ in collector.collect(job, job.stages[0]):
            pass
    spent = collector.engine.costs - before
    forecasts = _forecasts(entry.main, collector)
    chances = [forecast.probability for _, forecast in forecasts]
    looks = [max(1, -(-_needed(job, forecasts) // job.stages[0])) for job in jobs]
    return {
        "id": entry.claim.id,
        "cells": len(entry.main.cells),
        "skipped": len(entry.main.skipped),
        "controls": len(entry.controls),
        "programs": programs(jobs),
        "seeds": _needed(entry.main, forecasts),
        "chance": claim_probability(min(chances), len(chances)) if chances else None,
        "compile seconds": round(spent.trace + spent.compile, 2),
        "pilot seconds": round(spent.run, 2),
        "run seconds": round(spent.run / len(jobs) * sum(looks), 2),
        "memory bytes": spent.memory,
        "hopeless": [f"{name}: {forecast.reason}" for name, forecast in forecasts if forecast.hopeless],
        "weak": [
            f"{name}: {forecast.reason}"
            for name, forecast in forecasts
            if not forecast.hopeless and forecast.probability < 0.9
        ],
    }


def _forecasts(job: Job, collector: Collector) -> list[tuple[str, Any]]:
    measured = collector.measured(job, job.stages[0])
    found = []
    for name, prediction in job.predictions.items():
        for part in prediction.cut(measured):
            forecast = prediction.forecast(part, job.seeds) if job.variant.experiment.random else None
            if forecast is not None:
                where = ", ".join(f"{k}={v}" for k, v in part.where.items())
                found.append((f"{name} at {where}" if where else name, forecast))
    return found


def _needed(job: Job, forecasts: list[tuple[str, Any]]) -> int:
    """Return the units a cell at which the job is expected to be settled: the first look with enough seeds."""
    wanted = max((forecast.seeds or job.seeds for _, forecast in forecasts), default=0) if job.control is None else 0
    return next((stage for stage in job.stages if stage >= wanted), job.stages[-1])
