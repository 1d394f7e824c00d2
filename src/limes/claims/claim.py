"""A claim: a statement, what should come out of its experiment, and the controls that must fail."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from limes._errors import InputError

from .experiment import Cell, Experiment, Value, as_experiment
from .kinds import Existence, Limit, Prediction, Rate

Grid = dict[str, tuple[Value, ...]]
_ID = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")
_VERDICTS = ("supported", "refuted", "inconclusive", "not supported")


@dataclass(frozen=True)
class Assume:
    """An assumption of the statement; `holds` names the measured boolean that checks it."""

    text: str
    holds: str | None = None


@dataclass(frozen=True)
class Control:
    """A variant of the experiment that must fail, and fails only for the reason it names.

    `change` gives other values to arguments with a default, `grid` to grid axes, `measure`
    another measurement; `predicts` replaces the predictions. It is judged on the predictions
    named by `on` (default all), each of which must come out as `expect`: *refuted*, or
    *not supported* for existence.
    """

    name: str
    why: str
    change: Mapping[str, Value] = field(default_factory=dict)
    measure: Callable[..., Mapping[str, Any]] | Experiment | None = None
    predicts: Prediction | Mapping[str, Prediction] | None = None
    grid: Mapping[str, Sequence[Value]] | None = None
    on: str | Sequence[str] | None = None
    expect: str | None = None

    @property
    def role(self) -> str:
        """`assumption` when it needs new units, `wiring` when it re-reads the same ones."""
        return "assumption" if self.change or self.grid or self.measure is not None else "wiring"


@dataclass(frozen=True)
class Claim:
    r"""A statement of the theory with the experiment that checks it.

    `statement` is LaTeX without dollars, `reading` one plain sentence, `source` a key of the
    bibliography with a theorem number (free text in a person's own claim). `predicts` is one
    prediction or a dictionary of them; `grid` gives the values of every axis of `measure`,
    `quick` those of a fast run. At least one control is required.

    `illustrate(key, given) -> dict of arrays` and `picture(data) -> Picture` replace the
    standard figure. Raises `InputError` when the parts do not fit together.
    """

    id: str
    statement: str
    reading: str
    source: str
    assumes: Sequence[str | Assume] = ()
    predicts: Prediction | Mapping[str, Prediction] = field(kw_only=True)
    grid: Mapping[str, Sequence[Value]] = field(kw_only=True)
    quick: Mapping[str, Sequence[Value]] = field(default_factory=dict, kw_only=True)
    measure: Callable[..., Mapping[str, Any]] | Experiment = field(kw_only=True)
    controls: Sequence[Control] = field(default=(), kw_only=True)
    illustrate: Callable[..., Mapping[str, Any]] | None = field(default=None, kw_only=True)
    picture: Callable[[Mapping[str, Any]], Any] | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        if not isinstance(self.id, str) or not _ID.fullmatch(self.id):
            raise InputError(
                f"Claim: id {self.id!r} is not of the form group.statement in lower case; write for example 'mine.rate'"
            )
        for name in ("statement", "reading", "source"):
            if not isinstance(getattr(self, name), str) or not getattr(self, name).strip():
                raise InputError(f"claim {self.id}: {name} must be a sentence, got {getattr(self, name)!r}; fill it in")
        _check_predictions(self)
        for which in ("grid", "quick"):
            _check_grid(self, which, getattr(self, which))
        if not self.controls:
            raise InputError(
                f"claim {self.id}: no control is given, so nothing shows that the test can fail; add controls=[Control(...)]"
            )
        for control in self.controls:
            _check_control(self, control)

    @cached_property
    def experiment(self) -> Experiment:
        """The experiment, also where a bare function was given."""
        return as_experiment(self.measure)

    @property
    def predictions(self) -> dict[str, Prediction]:
        """The predictions by name; a single one is named after its quantity."""
        return named_predictions(self.predicts)

    @property
    def assumptions(self) -> list[Assume]:
        """The assumptions, checked and unchecked."""
        return [a if isinstance(a, Assume) else Assume(a) for a in self.assumes]

    def axes(self, quick: bool = False) -> Grid:
        """Return the values of every axis; an axis with one float is a float axis."""
        chosen = {**self.grid, **(self.quick if quick else {})}
        return normalized(chosen)

    def controlled(self, control: Control) -> dict[str, Prediction]:
        """Return the predictions on which a control is judged."""
        predictions = self.predictions if control.predicts is None else named_predictions(control.predicts)
        if control.on is None:
            return predictions
        names = [control.on] if isinstance(control.on, str) else list(control.on)
        return {name: predictions[name] for name in names}


def named_predictions(predicts: Prediction | Mapping[str, Prediction]) -> dict[str, Prediction]:
    """Return predictions by name; a single one is named after its quantity."""
    return {predicts.q: predicts} if isinstance(predicts, Prediction) else dict(predicts)


def normalized(grid: Mapping[str, Sequence[Value]]) -> Grid:
    """Give every axis one type: all float as soon as one value is."""
    axes: Grid = {}
    for name, values in grid.items():
        plain = tuple(_plain(value) for value in values)
        has_float = any(isinstance(value, float) for value in plain)
        axes[name] = tuple(float(v) if has_float and isinstance(v, int) else v for v in plain)  # pyright: ignore[reportAssignmentType]
    return axes


def _plain(value: Any) -> Any:
    """Unwrap a NumPy scalar."""
    return value.item() if hasattr(value, "item") else value


def cells(experiment: Experiment, grid: Grid) -> tuple[list[Cell], list[Cell]]:
    """Return the cells of a grid to run, and those declared hopeless by `skip`."""
    product: list[Cell] = [{}]
    for name in experiment.axes:
        product = [cell | {name: value} for cell in product for value in grid[name]]
    skipped = [cell for cell in product if experiment.skips(cell)]
    return [cell for cell in product if cell not in skipped], skipped


def _check_predictions(claim: Claim) -> None:
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


def _check_grid(claim: Claim, which: str, grid: Mapping[str, Sequence[Value]]) -> None:
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
        _check_axis(f"{where}[{axis!r}]", values)


def _check_axis(where: str, values: Any) -> None:
    if isinstance(values, str) or not isinstance(values, Sequence) or not values:
        raise InputError(f"{where} must be a list of values, got {values!r}; write for example [16, 64, 256]")
    plain = [_plain(value) for value in values]
    kinds = {type(value) for value in plain}
    if not kinds <= {int, float} and not kinds <= {str} and not kinds <= {bool}:
        raise InputError(
            f"{where} mixes or contains types that are not numbers, strings or booleans: {values!r}; use one type"
        )
    if any(isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))) for value in plain):
        raise InputError(f"{where} contains a value that is not finite: {values!r}; remove it")
    if len(set(plain)) < len(plain):
        raise InputError(f"{where} repeats a value: {values!r}; give each value once")


def _check_control(claim: Claim, control: Control) -> None:
    where = f"claim {claim.id}, control {control.name!r}"
    experiment = claim.experiment.with_measure(control.measure)
    for name, value in control.change.items():
        _check_change(where, experiment, name, value)
    for name in control.grid or {}:
        if name not in experiment.axes:
            raise InputError(
                f"{where}: grid names {name!r}, which is no axis of {experiment.name} ({', '.join(experiment.axes)}); use change for arguments with a default"
            )
    predictions = claim.predictions if control.predicts is None else named_predictions(control.predicts)
    names = [control.on] if isinstance(control.on, str) else list(control.on or predictions)
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
