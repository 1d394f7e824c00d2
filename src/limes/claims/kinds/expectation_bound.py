"""Bounds on an expectation, judged along an axis."""

from dataclasses import KW_ONLY, dataclass
from typing import ClassVar

import numpy as np

from limes.stats import Decision, rules

from .chart import Mark
from .prediction import Along
from .slices import Slice, Spec


@dataclass(frozen=True)
class ExpectationBound(Along):
    """The mean of `q` is at most `below` at every size (five sizes or more, clearly below)."""

    _: KW_ONLY
    below: Spec

    scale: ClassVar[str] = "largest mean over bound"
    against: ClassVar[str] = "bound"
    least: ClassVar[int] = 32
    logarithmic: ClassVar[bool] = True

    def predicted(self, part: Slice) -> float:
        """Return 1: the mean over its bound may not exceed it."""
        del part
        return 1.0

    def _bounds(self, part: Slice) -> np.ndarray:
        return np.broadcast_to(np.asarray(part.resolve(self.below), dtype=float), part.measured(self.q).shape)

    def decide(self, part: Slice, level: float) -> Decision:
        """Judge one slice."""
        resolution = part.optional(self.resolution)
        return rules.expectation_bound(
            part.measured(self.q), self._bounds(part), level=level, resolution=resolution, largest=self.largest
        )

    def marks(self, part: Slice) -> list[Mark]:
        """Return the bound, averaged over seeds where it was measured."""
        return [Mark("bound", "bound", self._bounds(part).mean(axis=0))]
