"""Exact identities."""

from dataclasses import KW_ONLY, dataclass
from typing import ClassVar

import numpy as np

from limes.stats import Decision, rules

from .chart import Mark
from .prediction import Counted
from .slices import Slice, Spec


@dataclass(frozen=True)
class Identity(Counted):
    """The defect `q` of an exact identity is within `tolerance` (plus `resolution`) in every unit.

    Supported by all cases, refuted by one violation that is certified in float64.
    """

    _: KW_ONLY
    tolerance: Spec

    scale: ClassVar[str] = "largest defect"
    against: ClassVar[str] = "tolerance"
    logarithmic: ClassVar[bool] = True

    def predicted(self, part: Slice) -> float:
        """Return the tolerance."""
        return float(np.max(self._allowed(part)))

    def _allowed(self, part: Slice) -> np.ndarray:
        resolution = part.optional(self.resolution)
        return np.asarray(part.resolve(self.tolerance)) + (0.0 if resolution is None else np.asarray(resolution))

    def decide(self, part: Slice, level: float) -> Decision:
        """Judge one cell by its worst unit."""
        del level
        kept = part.first(self.cases)
        return rules.identity(kept.measured(self.q), tolerance=self._allowed(kept))

    def violation(self, part: Slice) -> int | None:
        """Return the seed of the worst violating unit."""
        allowed = self._allowed(part)
        above, below = self._worst(part, allowed), self._worst(part, -allowed, -1.0)
        return above if above is not None else below

    def marks(self, part: Slice) -> list[Mark]:
        """Return the tolerance."""
        return [Mark("bound", "tolerance", self.predicted(part))]
