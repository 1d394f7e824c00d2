"""What one look at the data of one prediction says."""

from dataclasses import dataclass
from math import isfinite

SUPPORTED = "supported"
REFUTED = "refuted"
INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True)
class Decision:
    """The outcome of one rule at one look: verdict, numbers and the reason in words.

    `estimate` and `interval` are on the scale of the prediction (slope, ratio, value);
    both are finite or None, never NaN. `p_value` belongs to the refutation at this look,
    uncorrected for looks: for every level, the rule refutes at that level if and only if
    `p_value <= level`. It is 0.0 for a violation that only needs certification.
    """

    verdict: str
    estimate: float | None = None
    interval: tuple[float, float] | None = None
    reason: str = ""
    p_value: float = 1.0

    def __post_init__(self) -> None:
        """Turn numbers into plain floats, and those that are not finite into None."""
        if self.estimate is not None:
            estimate = float(self.estimate)
            object.__setattr__(self, "estimate", estimate if isfinite(estimate) else None)
        if self.interval is not None:
            low, high = float(self.interval[0]), float(self.interval[1])
            object.__setattr__(self, "interval", (low, high) if isfinite(low) and isfinite(high) else None)
        p_value = float(self.p_value)
        object.__setattr__(self, "p_value", p_value if isfinite(p_value) else 1.0)


def inconclusive(reason: str) -> Decision:
    """Make the decision that says nothing, with the cause and what would settle it."""
    return Decision(INCONCLUSIVE, reason=reason)
