"""Laws: a Monte-Carlo value equals an exact prediction, cell by cell."""

from dataclasses import KW_ONLY, dataclass
from typing import ClassVar

import numpy as np

from limes.stats import Decision, rules
from limes.stats.design import Plan, plan_law

from .chart import Mark
from .prediction import Prediction
from .slices import Slice, Spec, call


@dataclass(frozen=True)
class Law(Prediction):
    """In every cell the mean (median, geometric mean) of `q` equals `equals`, within `band`.

    The preferred kind wherever an exact finite-size law exists. The prediction may not be
    0. A mean carried by one unit is refused: take `statistic="median"` there.
    """

    _: KW_ONLY
    equals: Spec
    band: float = 0.05
    statistic: str = "mean"

    scale: ClassVar[str] = "ratio to the law"
    logarithmic: ClassVar[bool] = True

    def predicted(self, part: Slice) -> float:
        """Return the predicted ratio, 1."""
        del part
        return 1.0

    def decide(self, part: Slice, level: float) -> Decision:
        """Judge one cell."""
        return rules.law(
            part.measured(self.q),
            part.resolve(self.equals),
            level=level,
            band=self.band,
            statistic=self.statistic,
            resolution=part.optional(self.resolution),
            largest=self.largest,
        )

    def forecast(self, part: Slice, budget: int) -> Plan:
        """Return seeds and chance of support, from the noise of the pilot."""
        return plan_law(
            part.measured(self.q), part.resolve(self.equals), band=self.band, statistic=self.statistic, budget=budget
        )

    def wiring(self) -> dict[str, Prediction]:
        """Return the law times 1 - 3 bands and 1 + 3 bands."""
        if isinstance(self.equals, str):
            return {}
        factors = [factor for factor in (1 - 3 * self.band, 1 + 3 * self.band) if factor > 0]
        return {f"law times {f:.7g}": self.changed(equals=_Scaled(self.equals, f)) for f in factors}

    def marks(self, part: Slice) -> list[Mark]:
        """Return the predicted value of this cell."""
        return [Mark("predicted", "exact law", np.nanmean(part.resolve(self.equals)))]


@dataclass(frozen=True)
class _Scaled:
    """A law multiplied by a factor, for the wiring controls."""

    law: Spec
    factor: float

    def __call__(self, **binding: float) -> float:
        base = self.law if isinstance(self.law, (int, float)) else call(self.law, binding)  # pyright: ignore[reportArgumentType]
        return self.factor * base
