"""Trends: a quantity rises or falls along an axis, whatever its shape."""

from dataclasses import KW_ONLY, dataclass
from typing import ClassVar

from limes.stats import Decision, rules

from .prediction import Along, Prediction
from .slices import Slice


@dataclass(frozen=True)
class Trend(Along):
    """The quantity rises along `over` (falls with `increasing=False`): Kendall's tau of each seed."""

    _: KW_ONLY
    increasing: bool = True

    scale: ClassVar[str] = "Kendall's tau"

    def predicted(self, part: Slice) -> float:
        """Return the tau of a perfect trend."""
        del part
        return 1.0 if self.increasing else -1.0

    def decide(self, part: Slice, level: float) -> Decision:
        """Judge the direction in one slice."""
        resolution = part.optional(self.resolution)
        return rules.trend(
            part.measured(self.q),
            part.sizes,
            increasing=self.increasing,
            level=level,
            resolution=0.0 if resolution is None else resolution,
        )

    def wiring(self) -> dict[str, Prediction]:
        """Return the opposite trend."""
        return {"opposite trend": self.changed(increasing=not self.increasing)}
