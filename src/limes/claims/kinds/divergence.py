"""Divergences: a quantity grows at least like a power."""

from dataclasses import KW_ONLY, dataclass

from limes.stats import Decision, rules

from .chart import Mark
from .power import Power
from .slices import Slice


@dataclass(frozen=True)
class Divergence(Power):
    """The quantity grows: its exponent exceeds `margin`; overflow counts after observed growth."""

    _: KW_ONLY
    margin: float

    def predicted(self, part: Slice) -> float:
        """Return the margin that the exponent must exceed."""
        del part
        return self.margin

    def decide(self, part: Slice, level: float) -> Decision:
        """Judge the growth of one slice."""
        return rules.divergence(
            part.measured(self.q), part.sizes, margin=self.margin, level=level, **self._common(part)
        )

    def marks(self, part: Slice) -> list[Mark]:
        """Return the straight fit."""
        return self._fit(part)
