"""A claim: a statement, what should come out of its experiment, and the controls that must fail."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from .checks import check_claim, named_predictions
from .experiment import Experiment, Value, as_experiment
from .grids import Grid, normalized
from .kinds import Prediction


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
        check_claim(self)

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
        return self._typed({**self.grid, **(self.quick if quick else {})})

    def control_axes(self, control: Control, quick: bool = False) -> Grid:
        """Return the values of every axis under a control."""
        return self._typed({**self.grid, **(self.quick if quick else {}), **(control.grid or {})})

    def _typed(self, grid: Mapping[str, Sequence[Value]]) -> Grid:
        """Decide once for all grids of the claim which axes are float."""
        return normalized(grid, [self.grid, self.quick, *(c.grid for c in self.controls if c.grid)])

    def controlled(self, control: Control) -> dict[str, Prediction]:
        """Return the predictions on which a control is judged."""
        predictions = self.predictions if control.predicts is None else named_predictions(control.predicts)
        if control.on is None:
            return predictions
        names = [control.on] if isinstance(control.on, str) else list(control.on)
        return {name: predictions[name] for name in names}
