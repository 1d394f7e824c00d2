"""Confidence limits for a handful of seeds, and their worst case over missing values."""

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from scipy import special

from limes._errors import InputError

MAX_AFFECTED = 10


@lru_cache(maxsize=4096)
def t_quantile(level: float, dof: int) -> float:
    """Return the upper quantile of Student's t: it is exceeded with probability `level`."""
    return float(special.stdtrit(dof, 1 - level))


def t_interval(values: np.ndarray, level: float) -> tuple[float, float]:
    r"""Return $\bar v \pm t_{1-\text{level}, S-1}\, s / \sqrt{S}$, the t interval of a mean.

    `level` is one-sided: each end is missed with that probability. It covers 95-96 % (nominal
    95 %) at 5-8 values for normal, t3 and exponential noise; a percentile bootstrap of so few
    values covers 83-88 %. Source: student:1908.

    Raises:
        InputError: fewer than two values.
    """
    values = np.asarray(values, float)
    if len(values) < 2:
        raise InputError(f"a t interval needs at least two values; got {len(values)}; run more seeds.")
    return Sample(values[None]).interval(level)


@lru_cache(maxsize=4096)
def median_rank(num: int, level: float) -> int:
    r"""Return the largest k with $P(\mathrm{Bin}(n, 1/2) < k) \le$ level: $x_{(k)}$ is a lower limit.

    It is 0 where no order statistic is low enough: 0.0125 needs at least 7 values.
    """
    below = special.bdtr(np.arange(num), num, 0.5)
    return int(np.sum(below <= level))


def median_interval(values: np.ndarray, level: float) -> tuple[float, float]:
    r"""Return $[x_{(k)}, x_{(n+1-k)}]$, the distribution-free interval of a median.

    Each end is missed with probability at most `level`, for any distribution, ties included.
    With too few values the ends are infinite. Infinite values stand for missing ones at their
    worst place. Source: thompson:1936.
    """
    ordered = np.sort(np.asarray(values, float))
    rank = median_rank(len(ordered), level)
    if rank == 0:
        return -np.inf, np.inf
    return float(ordered[rank - 1]), float(ordered[-rank])


def skew_p_value(values: np.ndarray, edge: float, *, above: bool) -> float:
    r"""Return the p-value of a mean on the wrong side of `edge`, corrected for skewness.

    Student's t with the numerator moved by the third moment: $t + \gamma (1 + 2 t^2) / (6
    \sqrt{S})$, $\gamma$ the sample skewness. A plain t limit of a long-tailed mean is missed
    too often on the side of the tail. Source: johnson:1978.
    """
    num = len(values)
    centered = values - values.mean()
    spread = np.sqrt(np.mean(centered**2))
    t = (values.mean() - edge) / (spread / np.sqrt(num - 1))
    shifted = t + np.mean((centered / spread) ** 3) * (1 + 2 * t * t) / (6 * np.sqrt(num))
    return float(special.stdtr(num - 1, -shifted if above else shifted))


def sign_p_value(successes: int, num: int) -> float:
    r"""Return $P(\mathrm{Bin}(n, 1/2) \ge k)$, the p-value of a one-sided sign test."""
    return 1.0 if successes <= 0 else float(special.bdtrc(successes - 1, num, 0.5))


def binomial_upper(violations: int, num: int, level: float = 0.05) -> float:
    r"""Return the exact upper limit of a rate after k violations in n cases.

    The p with $P(\mathrm{Bin}(n, p) \le k) =$ level. Source: clopper:1934.

    Raises:
        InputError: not 0 <= violations <= num, or no case.
    """
    if not 0 <= violations <= num or num < 1:
        raise InputError(f"violations must lie between 0 and num >= 1; got {violations} of {num}.")
    return 1.0 if violations == num else float(special.betaincinv(violations + 1, num - violations, 1 - level))


def rule_of_three(num: int) -> float:
    """Return min(1, 3 / n), the upper 95 % limit of a rate after n clean cases. Source: hanley:1983."""
    return min(1.0, 3 / num) if num > 0 else 1.0


def completions(low: np.ndarray, high: np.ndarray) -> np.ndarray:
    r"""Return all $2^{m}$ vertices of the box $[v^-, v^+]$ in which m of S values differ.

    Upper limits (mean plus t times standard deviation) are convex and lower limits concave
    in the values, so the vertices give the exact worst case over the whole box.

    Raises:
        InputError: more than ten values are open.
    """
    (affected,) = np.nonzero(low != high)
    if len(affected) > MAX_AFFECTED:
        raise InputError(f"at most {MAX_AFFECTED} seeds may have missing values; got {len(affected)}.")
    rows = np.repeat(np.asarray(low, float)[None], 2 ** len(affected), axis=0)
    for bit, seed in enumerate(affected):
        rows[(np.arange(len(rows)) >> bit) & 1 == 1, seed] = high[seed]
    return rows


@dataclass(frozen=True)
class Sample:
    r"""One number per seed, whose mean is judged by Student's t.

    Each row of `rows` is one completion of the missing values (one row if none is missing);
    every answer is the worst over the rows. With `half` given the numbers are exact up to
    that half-width (deterministic measurements) and no noise is estimated.
    """

    rows: np.ndarray
    half: float | None = None

    @cached_property
    def means(self) -> np.ndarray:
        """Mean of each completion."""
        return np.add.reduce(self.rows, axis=1) / self.rows.shape[1]

    @cached_property
    def errors(self) -> np.ndarray:
        """Standard error of each mean; 0 where no noise is estimated."""
        num = self.rows.shape[1]
        if self.half is not None:
            return np.zeros(len(self.rows))
        centered = self.rows - self.means[:, None]
        return np.sqrt(np.einsum("vs,vs->v", centered, centered) / ((num - 1) * num))

    @property
    def seeds(self) -> int:
        """Number of seeds."""
        return self.rows.shape[1]

    @property
    def estimate(self) -> float:
        """Mean over seeds, averaged over the completions."""
        return float(self.means.mean())

    def interval(self, level: float) -> tuple[float, float]:
        """Return the interval with one-sided `level` at each end, widest over completions."""
        width = self.half
        if width is None:
            width = t_quantile(level, self.seeds - 1) * self.errors
        return float((self.means - width).min()), float((self.means + width).max())

    def p_above(self, edge: float) -> float:
        """Return the p-value of "mean <= edge": small if the data place the mean above."""
        return self._p_value(self.means - edge)

    def p_below(self, edge: float) -> float:
        """Return the p-value of "mean >= edge": small if the data place the mean below."""
        return self._p_value(edge - self.means)

    def _p_value(self, excess: np.ndarray) -> float:
        if self.half is not None:
            return 0.0 if bool((excess > self.half).all()) else 1.0
        errors = np.maximum(self.errors, 1e-300)
        return float(special.stdtr(self.seeds - 1, -excess / errors).max())
