"""Universal bounds: true in every single unit."""

from dataclasses import KW_ONLY, dataclass
from typing import ClassVar

import numpy as np

from limes._errors import InputError
from limes.stats import Decision, rules

from .chart import Mark
from .prediction import Counted
from .slices import Slice, Spec


@dataclass(frozen=True)
class Bound(Counted):
    """A universal bound: `q` is at most `below` and at least `above` in every unit.

    `resolution` is the numerical error of `q`; a violation must exceed it.
    """

    _: KW_ONLY
    below: Spec | None = None
    above: Spec | None = None

    scale: ClassVar[str] = "worst value"
    against: ClassVar[str] = "bound"
    logarithmic: ClassVar[bool] = True

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.below is None and self.above is None:
            raise InputError(f"Bound({self.q!r}): neither below nor above is given, so nothing is claimed; give one")

    def predicted(self, part: Slice) -> float:
        """Return the bound (the upper one, if both are given)."""
        if self.below is not None:
            return float(np.min(np.asarray(part.resolve(self.below))))
        return float(np.max(np.asarray(part.optional(self.above))))

    def _limits(self, part: Slice) -> dict[str, np.ndarray | float | None]:
        return {name: part.optional(getattr(self, name)) for name in ("below", "above")}

    def decide(self, part: Slice, level: float) -> Decision:
        """Judge one cell by its worst unit."""
        del level
        kept = part.first(self.cases)
        resolution = kept.optional(self.resolution)
        return rules.bound(
            kept.measured(self.q), **self._limits(kept), resolution=0.0 if resolution is None else resolution
        )

    def violation(self, part: Slice) -> int | None:
        """Return the seed of the worst violating unit."""
        resolution = part.optional(self.resolution)
        slack = 0.0 if resolution is None else resolution
        limits = self._limits(part)
        for name, sign in (("below", 1.0), ("above", -1.0)):
            limit = limits[name]
            seed = None if limit is None else self._worst(part, limit + sign * slack, sign)
            if seed is not None:
                return seed
        return None

    def marks(self, part: Slice) -> list[Mark]:
        """Return the bounds."""
        limits = self._limits(part)
        words = {"below": "upper bound", "above": "lower bound"}
        return [
            Mark("bound", words[name], float(np.mean(np.asarray(limit))))
            for name, limit in limits.items()
            if limit is not None
        ]
