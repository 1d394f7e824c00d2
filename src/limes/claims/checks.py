"""Check a claim when it is written: grids, predictions and controls against the signature of its measurement."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from limes._errors import InputError

from .experiment import Experiment, Value
from .grids import check_axis
from .kinds import Existence, Law, Limit, Prediction, Rate

_ID = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")
_VERDICTS = ("supported", "refuted", "inconclusive", "not supported")
_LAW_POINTS = 8


def named_predictions(predicts: Prediction | Mapping[str, Prediction]) -> dict[str, Prediction]:
    """Return predictions by name; a single one is named after its quantity."""
    return {predicts.q: predicts} if isinstance(predicts, Prediction) else dict(predicts)


def check_claim(claim: Any) -> None:
    """Raise `InputError` in one sentence where the parts of a claim do not fit together."""
    _check_words(claim)
    _check_predictions(claim)
    for which in ("grid", "quick"):
        _check_grid(claim, which, getattr(claim, which))
    for name, entry in claim.predictions.items():
        _check_over(claim, name, entry)
    if not claim.controls:
        raise InputError(
            f"claim {claim.id}: no control is given, so nothing shows that the test can fail; add controls=[Control(...)]"
        )
    for control in claim.controls:
        _check_control(claim, control)
        _check_judged(claim, control)


def _check_words(claim: Any) -> None:
    if not isinstance(claim.id, str) or not _ID.fullmatch(claim.id):
        raise InputError(
            f"Claim: id {claim.id!r} is not of the form group.statement in lower case; write for example 'mine.rate'"
        )
    for name in ("statement", "reading", "source"):
        if not isinstance(getattr(claim, name), str) or not getattr(claim, name).strip():
            raise InputError(f"claim {claim.id}: {name} must be a sentence, got {getattr(claim, name)!r}; fill it in")
    if isinstance(claim.assumes, str):
        raise InputError(
            f"claim {claim.id}: assumes must be a list of sentences, got {claim.assumes!r}; put them into [...]"
        )


def _check_over(claim: Any, name: str, entry: Prediction) -> None:
    """Check the axis or coordinate of a prediction, and the length of a curve that a law is judged on."""
    experiment = claim.experiment
    over, dims = getattr(entry, "over", None), experiment.outputs.get(entry.q, ())
    where = f"claim {claim.id}, prediction {name!r}"
    if over is not None and over not in (*experiment.axes, *dims):
        known = ", ".join((*experiment.axes, *dims)) or "none"
        raise InputError(
            f"{where}: over={over!r} is neither an axis nor a coordinate of {entry.q!r}; choose one of {known}"
        )
    if over in claim.grid and not all(isinstance(value, (int, float)) for value in claim.axes()[over]):
        raise InputError(f"{where}: over={over!r} has values that are no numbers; choose another axis")
    lengths = [len(experiment.coords[dim]) for dim in dims]
    if isinstance(entry, Law) and any(length > _LAW_POINTS for length in lengths):
        raise InputError(
            f"{where}: a law is judged on at most {_LAW_POINTS} points of a curve, got {max(lengths)}; choose fewer coordinates"
        )


def _check_predictions(claim: Any) -> None:
    predicts = claim.predicts
    entries = predicts.values() if isinstance(predicts, Mapping) else [predicts]
    if not entries or not all(isinstance(entry, Prediction) for entry in entries):
        raise InputError(
            f"claim {claim.id}: predicts must be a prediction such as Rate(...) or a dict of them, got {predicts!r}; see limes.claims.kinds"
        )
    for name, entry in claim.predictions.items():
        if not claim.experiment.random and isinstance(entry, (Rate, Limit)) and entry.resolution is None:
            raise InputError(
                f"claim {claim.id}: {entry.kind} {name!r} of an experiment that is not random needs resolution=, the numerical error of {entry.q!r} (0 for exact counts)"
            )


def _check_grid(claim: Any, which: str, grid: Mapping[str, Sequence[Value]]) -> None:
    wanted, where = claim.experiment.axes, f"claim {claim.id}: {which}"
    unknown = sorted(set(grid) - set(wanted))
    if unknown:
        raise InputError(
            f"{where} has an axis {unknown[0]!r} that {claim.experiment.name} does not take (its axes: {', '.join(wanted) or 'none'}); an axis is a keyword argument without default"
        )
    missing = [axis for axis in wanted if axis not in grid]
    if missing and which == "grid":
        raise InputError(
            f"{where} has no values for {missing[0]!r}, an argument of {claim.experiment.name} without default; add {{{missing[0]!r}: [...]}}"
        )
    for axis, values in grid.items():
        check_axis(f"{where}[{axis!r}]", values)


def _check_control(claim: Any, control: Any) -> None:
    where = f"claim {claim.id}, control {control.name!r}"
    experiment = claim.experiment.with_measure(control.measure)
    for name, value in control.change.items():
        _check_change(where, experiment, name, value)
    missing = [axis for axis in experiment.axes if axis not in {**claim.grid, **(control.grid or {})}]
    if missing:
        raise InputError(
            f"{where}: its measure has the axis {missing[0]!r} without values; add grid={{{missing[0]!r}: [...]}}"
        )
    for name, values in (control.grid or {}).items():
        check_axis(f"{where}: grid[{name!r}]", values)
        if name not in experiment.axes:
            raise InputError(
                f"{where}: grid names {name!r}, which is no axis of {experiment.name} ({', '.join(experiment.axes)}); use change for arguments with a default"
            )


def _check_judged(claim: Any, control: Any) -> None:
    """Check the predictions on which a control is judged, and what it must come out as."""
    where = f"claim {claim.id}, control {control.name!r}"
    predictions = claim.predictions if control.predicts is None else named_predictions(control.predicts)
    names = [control.on] if isinstance(control.on, str) else list(predictions if control.on is None else control.on)
    if not names:
        raise InputError(f"{where}: it is judged on no prediction; name one in on=, or leave on and predicts out")
    lost = [name for name in names if name not in predictions]
    if lost:
        raise InputError(
            f"{where}: on names {lost[0]!r}, which is no prediction ({', '.join(predictions)}); correct the name"
        )
    if control.expect is not None and control.expect not in _VERDICTS:
        raise InputError(f"{where}: expect={control.expect!r} is not one of {', '.join(_VERDICTS)}; choose one")
    impossible = [name for name in names if control.expect == "refuted" and isinstance(predictions[name], Existence)]
    if impossible:
        raise InputError(
            f"{where}: expect='refuted' for the existence claim {impossible[0]!r}, which no experiment can refute; use expect='not supported'"
        )


def _check_change(where: str, experiment: Experiment, name: str, value: Value) -> None:
    if name in experiment.axes:
        raise InputError(f"{where}: change names the grid axis {name!r}; use grid={{{name!r}: [...]}} instead")
    if name not in experiment.overrides:
        raise InputError(
            f"{where}: change names {name!r}, which is no argument of {experiment.name} with a default ({', '.join(experiment.overrides) or 'none'}); correct the name"
        )
    default = experiment.overrides[name]
    same = type(value) is type(default) or (
        isinstance(default, float) and isinstance(value, int) and not isinstance(value, bool)
    )
    if not same:
        raise InputError(
            f"{where}: change[{name!r}] = {value!r} is of type {type(value).__name__}, the default {default!r} of type {type(default).__name__}; give the same type"
        )
    if value == default:
        raise InputError(
            f"{where}: change[{name!r}] = {value!r} is the default already, so the control changes nothing; give another value"
        )
