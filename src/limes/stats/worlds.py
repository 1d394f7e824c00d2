"""Simulated power laws of known truth, with the noises and corrections that real curves show."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

KINDS = ("normal", "t3", "exponential")
CHUNK = 60
SEEDS = 64


def standard_noise(rng: np.random.Generator, kind: str, shape: tuple[int, ...]) -> np.ndarray:
    """Return noise of mean 0 and variance 1: normal, Student t3 or centered exponential."""
    if kind == "normal":
        return rng.standard_normal(shape)
    if kind == "t3":
        return rng.standard_t(3, shape) / np.sqrt(3)
    return rng.standard_exponential(shape) - 1


@dataclass(frozen=True)
class PowerLaws:
    r"""Claims $e_s(p) = p^{m} (1 + k\,p^{-b})\,(\log p)^q + \text{floor}$, times noise.

    Each claim draws its slope m, its k uniformly between the two ends of `k`, its b, and one
    of three noises of size `noise` in log e; half of the claims have an effect common to all
    sizes of a seed, half a variance that falls along the sizes. With `relative` the correction is
    $k (p/p_1)^{-b}$, far larger on the first sizes. `floor` is relative to the last clean value.
    """

    sizes: tuple[float, ...]
    noise: float
    slopes: Sequence[float]
    k: tuple[float, float] = (-0.8, 5.0)
    bs: Sequence[float] = (0.5, 1.0, 2.0)
    relative: bool = False
    floor: float = 0.0
    log_power: float = 0.0
    seed_effect: float = 0.5
    seeds: int = SEEDS

    def __call__(self, rng: np.random.Generator, num: int) -> Iterator[np.ndarray]:
        """Yield `num` arrays of shape (seeds, sizes)."""
        for done in range(0, num, CHUNK):
            kind = KINDS[(done // CHUNK) % len(KINDS)]
            yield from self._chunk(rng, min(CHUNK, num - done), kind)

    def clean(self, rng: np.random.Generator, num: int) -> np.ndarray:
        """Return the curves without noise, one row per claim."""
        p = np.asarray(self.sizes)
        slope = rng.choice(np.asarray(self.slopes, float), (num, 1))
        b = rng.choice(np.asarray(self.bs, float), (num, 1))
        k = rng.uniform(*self.k, (num, 1))
        base = p / p[0] if self.relative else p
        curve = p**slope * (1 + k * base**-b) * np.log(p) ** self.log_power
        return curve + self.floor * curve[:, -1:]

    def _chunk(self, rng: np.random.Generator, num: int, kind: str) -> np.ndarray:
        count = len(self.sizes)
        logs = standard_noise(rng, kind, (num, self.seeds, count))
        falling = np.linspace(1.5, 0.5, count)
        falling /= np.sqrt(np.mean(falling**2))
        scale = np.where(rng.random((num, 1, 1)) < 0.5, falling, 1.0)
        effect = np.where(rng.random((num, 1, 1)) < 0.5, self.seed_effect, 0.0)
        logs = self.noise * scale * logs + effect * rng.standard_normal((num, self.seeds, 1))
        return self.clean(rng, num)[:, None, :] * np.exp(logs)


@dataclass(frozen=True)
class Scaled:
    """Claims whose values are a clean power law times independent positive or signed draws.

    `kind` is gamma1 (exponential), gamma16 (mean of 16 of them), lognormal (sd 0.5 in log),
    gauss or t5 (signed) or rms16 (root mean square of 16 normals): the distribution only
    scales along the sizes, as for errors of sampled networks.
    """

    laws: PowerLaws
    kind: str

    def __call__(self, rng: np.random.Generator, num: int) -> Iterator[np.ndarray]:
        """Yield `num` arrays of shape (seeds, sizes)."""
        for curve in self.laws.clean(rng, num):
            yield curve * scaled_draws(rng, self.kind, (self.laws.seeds, len(curve)))


def scaled_draws(rng: np.random.Generator, kind: str, shape: tuple[int, ...]) -> np.ndarray:
    """Return draws whose distribution does not change along the sizes; see `Scaled`."""
    if kind.startswith("gamma"):
        num = float(kind[5:])
        return rng.gamma(num, 1 / num, shape)
    if kind == "rms16":
        return np.sqrt(rng.chisquare(16, shape) / 16)
    if kind == "lognormal":
        return np.exp(0.5 * rng.standard_normal(shape))
    return rng.standard_normal(shape) if kind == "gauss" else rng.standard_t(5, shape)


@dataclass(frozen=True)
class Holes:
    """Claims with missing cells: `cells` of each array, anywhere or on the last sizes."""

    laws: PowerLaws
    cells: int
    late: bool = False

    def __call__(self, rng: np.random.Generator, num: int) -> Iterator[np.ndarray]:
        """Yield `num` arrays of shape (seeds, sizes) with NaN where a value is missing."""
        count = len(self.laws.sizes)
        for values in self.laws(rng, num):
            columns = rng.integers(count - 2 if self.late else 0, count, self.cells)
            values[rng.integers(0, len(values), self.cells), columns] = np.nan
            yield values


@dataclass(frozen=True)
class Overflows:
    """Claims that overflow: geometric growth cut at 1e300, or infinities without growth.

    `growth` is the factor per unit of size (log-normal over seeds); with growth 1 each cell
    of the upper half of the grid is infinite with probability `chance`, whatever the rest does.
    """

    sizes: tuple[float, ...]
    growth: float
    chance: float = 0.0
    seeds: int = SEEDS

    def __call__(self, rng: np.random.Generator, num: int) -> Iterator[np.ndarray]:
        """Yield `num` arrays of shape (seeds, sizes) with inf where a value overflows."""
        p = np.asarray(self.sizes)
        for _ in range(num):
            rate = np.log(self.growth) * np.exp(0.3 * rng.standard_normal((self.seeds, 1)))
            logs = rate * p + 0.3 * rng.standard_normal((self.seeds, len(p)))
            values = np.where(logs > 690, np.inf, np.exp(np.minimum(logs, 690)))
            holes = (rng.random(values.shape) < self.chance) & (p >= np.sqrt(p[0] * p[-1]))
            yield np.where(holes, np.inf, values)
