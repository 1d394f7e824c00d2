"""Contraction: a gap shrinks by a constant factor at every step."""

from dataclasses import KW_ONLY, dataclass
from typing import ClassVar

import numpy as np

from limes.stats import Decision, rules

from .chart import Mark
from .numbers import number
from .prediction import Along, Prediction
from .slices import Slice, Spec


@dataclass(frozen=True)
class Contraction(Along):
    r"""Linear convergence: $q_k \sim C \rho^k$ with $\rho$ = `factor`, within `band`.

    Fitted on the windows that drop the first 1/3, 1/2 and 2/3 of the steps; all must agree.
    For a bound on every single step use `Bound` on the ratio of successive gaps.
    """

    _: KW_ONLY
    factor: Spec
    band: float = 0.02

    scale: ClassVar[str] = "factor"
    logarithmic: ClassVar[bool] = True

    def predicted(self, part: Slice) -> float:
        """Return the predicted factor per step."""
        return float(np.mean(np.asarray(part.resolve(self.factor))))

    def decide(self, part: Slice, level: float) -> Decision:
        """Judge the factor of one slice."""
        return rules.contraction(
            part.measured(self.q),
            part.sizes,
            factor=self.predicted(part),
            level=level,
            band=self.band,
            resolution=part.optional(self.resolution),
        )

    def wiring(self) -> dict[str, Prediction]:
        """Return the claim with factors three bands away."""
        if not isinstance(self.factor, (int, float)):
            return {}
        wrong = [f for f in (self.factor - 3 * self.band, self.factor + 3 * self.band) if 0 < f < 1]
        return {f"factor {number(f)}": self.changed(factor=f) for f in wrong}

    def marks(self, part: Slice) -> list[Mark]:
        """Return the predicted decay through the last point."""
        k, last = part.sizes, np.nanmedian(part.measured(self.q)[:, -1])
        if not last > 0:
            return []
        factor = self.predicted(part)
        return [Mark("predicted", f"predicted factor {number(factor)}", last * factor ** (k - k[-1]))]
