"""Simulated claims of known truth for the rules that are not about power laws."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from .worlds import SEEDS


def positive_draws(rng: np.random.Generator, kind: str, shape: tuple[int, ...]) -> np.ndarray:
    """Return draws of mean 1, named by shape and standard deviation.

    normal:s, lognormal:s (s in log), gamma:s, and t3:s (symmetric, heavy).
    """
    name, size = kind.split(":")
    s = float(size)
    if name == "normal":
        return 1 + s * rng.standard_normal(shape)
    if name == "lognormal":
        return np.exp(s * rng.standard_normal(shape) - s * s / 2)
    if name == "gamma":
        return rng.gamma(1 / s**2, s**2, shape)
    return 1 + s * rng.standard_t(3, shape) / np.sqrt(3)


@dataclass(frozen=True)
class Ratios:
    """Claims of a law: units with the true ratio `ratio` of `center` to the prediction 1."""

    kind: str
    ratio: float = 1.0
    center: str = "mean"
    seeds: int = SEEDS

    def __call__(self, rng: np.random.Generator, num: int) -> Iterator[np.ndarray]:
        """Yield `num` arrays of shape (seeds,)."""
        s = float(self.kind.split(":")[1])
        skewed = self.kind.startswith("lognormal") and self.center != "mean"
        shift = np.exp(s * s / 2) if skewed else 1.0
        for _ in range(num):
            yield self.ratio * shift * positive_draws(rng, self.kind, (self.seeds,))


@dataclass(frozen=True)
class Bounds:
    """Claims of an expectation bound 1 on 7 sizes, with mean `ratio` and correlated sizes."""

    kind: str
    ratio: float
    correlation: float = 0.0
    sizes: int = 7
    seeds: int = SEEDS

    def __call__(self, rng: np.random.Generator, num: int) -> Iterator[np.ndarray]:
        """Yield `num` arrays of shape (seeds, sizes)."""
        for _ in range(num):
            draws = positive_draws(rng, self.kind, (self.seeds, self.sizes))
            if self.correlation:
                shared = positive_draws(rng, self.kind, (self.seeds, 1))
                weight = np.sqrt(self.correlation)
                draws = 1 + weight * (shared - 1) + np.sqrt(1 - self.correlation) * (draws - 1)
            yield self.ratio * draws


@dataclass(frozen=True)
class Descents:
    r"""Claims of a contraction: gaps $\rho^k (1 + 5 e^{-g k}) +$ floor, noise in log, per seed."""

    factor: float
    transient: float
    steps: int = 160
    noise: float = 0.2
    floor: float = 1e-6
    seeds: int = SEEDS

    def __call__(self, rng: np.random.Generator, num: int) -> Iterator[np.ndarray]:
        """Yield `num` arrays of shape (seeds, steps)."""
        k = np.arange(self.steps)
        clean = self.factor**k * (1 + 5 * np.exp(-self.transient * k))
        for _ in range(num):
            effect = rng.standard_normal((self.seeds, 1))
            noise = self.noise * rng.standard_normal((self.seeds, self.steps))
            yield clean * np.exp(effect + noise) + self.floor


@dataclass(frozen=True)
class Trends:
    """Claims of a rising trend: drift per size in units of the noise, with missing cells."""

    drift: float
    sizes: int = 7
    missing: int = 0
    paired: bool = False
    seeds: int = SEEDS

    def __call__(self, rng: np.random.Generator, num: int) -> Iterator[np.ndarray]:
        """Yield `num` arrays of shape (seeds, sizes)."""
        ramp = self.drift * np.arange(self.sizes)
        for _ in range(num):
            values = ramp + rng.standard_t(3, (self.seeds, self.sizes))
            if self.paired:
                values = values + 3 * rng.standard_normal((self.seeds, 1))
            for _ in range(self.missing):
                values[rng.integers(self.seeds), rng.integers(self.sizes)] = np.nan
            yield values


@dataclass(frozen=True)
class Cases:
    """Claims about every case: each violates 1 with the given chance; some are not finite."""

    chance: float
    num_cases: int = 8
    broken: int = 0

    def __call__(self, rng: np.random.Generator, num: int) -> Iterator[np.ndarray]:
        """Yield `num` arrays of shape (cases,)."""
        for _ in range(num):
            values = np.where(rng.random(self.num_cases) < self.chance, 1.5, rng.random(self.num_cases))
            values[: self.broken] = np.inf
            yield values
