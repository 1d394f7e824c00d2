"""What every prediction is: a quantity, a rule that judges it, and words for a person."""

from abc import ABC, abstractmethod
from dataclasses import KW_ONLY, dataclass, replace
from typing import Any, ClassVar

import numpy as np

from limes.stats import Decision, looks_for

from .chart import Mark, chart
from .numbers import number
from .settings import check_settings
from .slices import Measured, Slice, Spec, slices


@dataclass(frozen=True)
class Prediction(ABC):
    """A predicted property of the measured quantity `q`.

    `resolution` is the size below which `q` is not resolved (a number or a measured
    quantity), `largest` the largest admissible value, used where units are missing.
    """

    q: str
    _: KW_ONLY
    resolution: Spec | None = None
    largest: float | None = None

    scale: ClassVar[str] = "value"
    against: ClassVar[str] = "predicted"
    least: ClassVar[int] = 8
    logarithmic: ClassVar[bool] = False
    fails_as: ClassVar[str] = "refuted"

    def __post_init__(self) -> None:
        check_settings(self)

    @property
    def kind(self) -> str:
        """The name of the kind, as in `Rate`."""
        return type(self).__name__

    def looks(self, seeds: int) -> tuple[int, ...]:
        """Return the numbers of seeds at which this prediction is judged, for a budget of `seeds`."""
        return tuple(look for look in looks_for(seeds) if look >= self.least)

    def cut(self, measured: list[Measured]) -> list[Slice]:
        """Cut the measured cells into the slices that this prediction judges."""
        return slices(measured, self.q, None)

    @abstractmethod
    def decide(self, part: Slice, level: float) -> Decision:
        """Judge one slice at one look with the one-sided level of that look."""

    def simulated(self, part: Slice, seeds: int) -> dict[str, float] | None:
        """Return simulated rates of false verdicts of this design, where this kind has them."""
        del part, seeds

    def forecast(self, part: Slice, budget: int) -> Any:
        """Return the plan that a pilot suggests for one slice, where this kind can be planned."""
        del part, budget

    @abstractmethod
    def predicted(self, part: Slice) -> float | None:
        """Return the predicted number on the scale of the estimate, if there is one."""

    def wiring(self) -> "dict[str, Prediction]":
        """Return wrong predictions that the same data must refute once this one is supported."""
        return {}

    def marks(self, part: Slice) -> list[Mark]:
        """Return the lines of the figure: what was predicted, fitted or allowed."""
        del part
        return []

    def chart(self, name: str, judged: list[tuple[Slice, Decision]]) -> list[dict[str, Any]]:
        """Return the figures of this prediction as plain data."""
        return chart(name, self, judged)

    def words(self, part: Slice, decision: Decision) -> str:
        """Say in one sentence what was measured against what was predicted."""
        measured = f"measured {self.scale} {number(decision.estimate)}"
        if decision.interval is not None:
            low, high = decision.interval
            measured += f", interval [{number(low)}, {number(high)}]"
        wanted = self.predicted(part)
        return measured if wanted is None else f"{measured}, {self.against} {number(wanted)}"

    def changed(self, **fields: Any) -> "Prediction":
        """Return this prediction with other settings."""
        return replace(self, **fields)


@dataclass(frozen=True)
class Along(Prediction):
    """A prediction judged along the axis or coordinate `over`, at every value of the others."""

    _: KW_ONLY
    over: str

    def cut(self, measured: list[Measured]) -> list[Slice]:
        """Cut the measured cells into one slice for each value of the other axes."""
        return slices(measured, self.q, self.over)


@dataclass(frozen=True)
class Counted(Prediction):
    """A prediction judged by counting cases, not by an interval over seeds: 8 units a cell, or `cases`."""

    _: KW_ONLY
    cases: int = 8

    def looks(self, seeds: int) -> tuple[int, ...]:
        """Return the one look at all cases; the budget of seeds does not bound them."""
        del seeds
        return (self.cases,)

    def violation(self, part: Slice) -> int | None:
        """Return the seed of the worst violating unit, if there is one."""
        del part
        return None

    def _worst(self, part: Slice, limit: Any, sign: float = 1.0) -> int | None:
        """Return the seed that exceeds its limit most (units that are not finite never do)."""
        values = np.asarray(part.measured(self.q), dtype=float)[: self.cases]
        limits = np.broadcast_to(np.asarray(limit, dtype=float), part.measured(self.q).shape)[: self.cases]
        excess = np.where(np.isfinite(values), sign * (values - limits), -np.inf)
        return int(np.argmax(excess)) if excess.size and excess.max() > 0 else None
