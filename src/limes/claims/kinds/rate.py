"""Rates: a quantity falls or grows like a power of a size."""

from collections.abc import Iterator
from dataclasses import KW_ONLY, dataclass
from typing import Any

import numpy as np

from limes.stats import Decision, rules
from limes.stats.design import Plan, plan_rate
from limes.stats.simulate import own_rates

from .chart import Mark
from .numbers import number
from .power import Power
from .prediction import Prediction
from .slices import Slice, Spec

SIMULATED = 400  # claims of known truth, true and false ones each, simulated beside a verdict


@dataclass(frozen=True)
class Rate(Power):
    r"""The exponent is `exponent`, within `band`, after corrections $p^{-b}$ for each declared $b$.

    `statistic="per_seed"` averages the exponents of the seeds, "mean" takes the slope of
    $\log E q$ and "mean_square" that of $\log \sqrt{E q^2}$, with jackknife intervals.
    `resolution` is required where the experiment is not random.
    """

    _: KW_ONLY
    exponent: Spec
    band: float = 0.1
    statistic: str = "per_seed"

    def predicted(self, part: Slice) -> float:
        """Return the predicted log-log slope."""
        return float(np.mean(np.asarray(part.resolve(self.exponent))))

    def decide(self, part: Slice, level: float) -> Decision:
        """Judge the exponent of one slice."""
        return rules.rate(
            part.measured(self.q),
            part.sizes,
            slope=self.predicted(part),
            level=level,
            band=self.band,
            statistic=self.statistic,
            **self._common(part),
        )

    def forecast(self, part: Slice, budget: int) -> Plan | None:
        """Return seeds and chance of support, from the noise of the pilot."""
        plan = plan_rate(
            part.measured(self.q),
            part.sizes,
            band=self.band,
            corrections=self.corrections,
            log_power=self.log_power,
            statistic=self.statistic,
            resolution=part.optional(self.resolution),
            budget=budget,
        )
        return plan if isinstance(plan, Plan) else None

    def simulated(self, part: Slice, seeds: int) -> dict[str, float] | None:
        """Return how often this design, with the noise of its data, is wrongly supported and wrongly refuted.

        False claims have slopes two and three bands away; sizes, noise and looks are those of the slice.
        """
        values = part.measured(self.q)
        if len(values) < 3 or not (np.isfinite(values) & (values > 0)).all() or (values == values[:1]).all():
            return None
        x, noise = part.sizes, np.log(values).std(axis=0, ddof=1)
        slope = self.predicted(part)

        def decide(values: np.ndarray, level: float) -> Decision:
            settings = {"band": self.band, "corrections": self.corrections, "statistic": self.statistic}
            return rules.rate(values, x, slope=slope, level=level, **settings)

        def world(slopes: list[float]) -> Any:
            def draw(rng: np.random.Generator, num: int) -> Iterator[np.ndarray]:
                for _ in range(num):
                    yield np.exp(rng.choice(slopes) * np.log(x) + noise * rng.standard_normal((seeds, len(x))))

            return draw

        wrong = [slope + k * self.band for k in (-3, -2, 2, 3)]
        support, refute = own_rates(decide, world([slope]), world(wrong), SIMULATED)
        return {"claims": SIMULATED, "false_support": support, "false_refute": refute}

    def wiring(self) -> dict[str, Prediction]:
        """Return the claim with exponents three bands away."""
        if not isinstance(self.exponent, (int, float)):
            return {}
        return {
            f"exponent {number(e)}": self.changed(exponent=e)
            for e in (self.exponent - 3 * self.band, self.exponent + 3 * self.band)
        }

    def marks(self, part: Slice) -> list[Mark]:
        """Return the straight fit and the predicted slope through the middle of the data."""
        slope = self.predicted(part)
        x, error = part.sizes, np.abs(part.measured(self.q).astype(float))
        with np.errstate(all="ignore"):
            factor = np.log(x) ** self.log_power if self.log_power else 1.0
            log = np.log(np.where(error > 0, error, np.nan)) - np.log(x**slope * factor)
        if not np.isfinite(log).any():
            return []
        y = np.exp(np.nanmean(log)) * x**slope * factor
        return [Mark("predicted", f"predicted slope {number(slope)}", y), *self._fit(part)]
