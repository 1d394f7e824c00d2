"""Limits: a quantity vanishes, at a given rate."""

from dataclasses import dataclass

from limes.stats import Decision, rules

from .prediction import Prediction
from .rate import Rate
from .slices import Slice


@dataclass(frozen=True)
class Limit(Rate):
    """The quantity vanishes at the rate `exponent`: exponent in the band and no visible floor.

    Refuted when the quantity does not vanish; a slower decay is inconclusive.
    """

    def decide(self, part: Slice, level: float) -> Decision:
        """Judge the exponent and the floor of one slice."""
        return rules.limit(
            part.measured(self.q),
            part.sizes,
            slope=self.predicted(part),
            level=level,
            band=self.band,
            statistic=self.statistic,
            **self._common(part),
        )

    def wiring(self) -> dict[str, Prediction]:
        """Return nothing: a wrong rate does not refute a limit."""
        return {}
