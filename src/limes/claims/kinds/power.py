"""Power laws: the common part of rates, limits and divergences."""

from dataclasses import KW_ONLY, dataclass
from typing import Any, ClassVar

from limes.stats.exponent import fitted_line

from .chart import Mark
from .prediction import Along
from .slices import Slice


@dataclass(frozen=True)
class Power(Along):
    r"""A power law $q \sim C p^{m} (1 + k p^{-b} + \dots)$ along `over`; base of Rate, Limit and Divergence.

    `corrections` are the declared exponents $b$, `log_power` the power of a known factor
    $\log p$. The exponent $m$ is the log-log slope: negative means decay.
    """

    _: KW_ONLY
    corrections: tuple[float, ...] = (0.5, 1.0)
    log_power: float = 0.0

    scale: ClassVar[str] = "exponent"
    logarithmic: ClassVar[bool] = True

    def _common(self, part: Slice) -> dict[str, Any]:
        return {
            "corrections": tuple(self.corrections),
            "log_power": self.log_power,
            "resolution": part.optional(self.resolution),
            "largest": self.largest,
        }

    def _fit(self, part: Slice) -> list[Mark]:
        x, y = fitted_line(
            part.measured(self.q),
            part.sizes,
            corrections=self.corrections,
            log_power=self.log_power,
            statistic=getattr(self, "statistic", "per_seed"),
        )
        return [Mark("fit", "fit with corrections", y, x)] if len(x) else []
