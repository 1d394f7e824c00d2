"""Existence: one witness is enough, and no experiment can refute it."""

from dataclasses import KW_ONLY, dataclass
from typing import ClassVar

import numpy as np

from limes.stats import Decision, rules

from .chart import Mark
from .prediction import Counted
from .slices import Slice, Spec


@dataclass(frozen=True)
class Existence(Counted):
    """There are parameters with `q` at most `below`: one witness per cell supports, nothing refutes.

    `resolution` is the numerical error of `q`; a witness must clear the bound by it.
    """

    _: KW_ONLY
    below: Spec

    scale: ClassVar[str] = "best value"
    against: ClassVar[str] = "bound"
    logarithmic: ClassVar[bool] = True
    fails_as: ClassVar[str] = "not supported"

    def predicted(self, part: Slice) -> float:
        """Return the bound that a witness must meet."""
        return float(np.max(np.asarray(part.resolve(self.below))))

    def decide(self, part: Slice, level: float) -> Decision:
        """Judge one cell by its best unit."""
        del level
        kept = part.first(self.cases)
        resolution = kept.optional(self.resolution)
        slack = 0.0 if resolution is None else resolution
        return rules.existence(kept.measured(self.q), bound=kept.resolve(self.below), resolution=slack)

    def marks(self, part: Slice) -> list[Mark]:
        """Return the bound."""
        return [Mark("bound", "bound", self.predicted(part))]
