"""Units that were computed twice and came out differently: how far apart they are."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Conflict:
    """One unit that came out differently when it was computed again; the first payload stays.

    In the same environment this is non-determinism; in another one `difference` says how far the environments are
    apart: the largest $|a - b| / max(|a|, |b|)$ over all numbers, infinite where names or shapes differ or where only
    one of the two is finite, 0 where only a dtype, a sign of zero or a kind of NaN differs.
    """

    key: bytes
    params: str
    same_environment: bool
    difference: float
    environment: str


def same(first: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> bool:
    """Tell whether names, dtypes, shapes and bits agree; the padding of headers does not count."""
    return first.keys() == other.keys() and all(
        (a.dtype, a.shape, a.tobytes()) == (b.dtype, b.shape, b.tobytes())
        for a, b in ((first[name], other[name]) for name in first)
    )


def difference(first: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> float:
    r"""Give the largest relative difference $|a - b| / \max(|a|, |b|)$ over all numbers of two units."""
    if first.keys() != other.keys():
        return float("inf")
    return max((_relative(first[name], other[name]) for name in first), default=0.0)


def _relative(a: np.ndarray, b: np.ndarray) -> float:
    """Compare two arrays; equal infinities and two NaN agree."""
    if a.shape != b.shape:
        return float("inf")
    kind = np.complex128 if "c" in a.dtype.kind + b.dtype.kind else np.float64
    a, b = a.astype(kind), b.astype(kind)
    unequal = ~((a == b) | (np.isnan(a) & np.isnan(b)))
    if not unequal.any():
        return 0.0
    a, b = a[unequal], b[unequal]
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        return float("inf")
    scale = np.maximum(abs(a), abs(b))
    return float(np.max(abs(a / scale - b / scale)))
