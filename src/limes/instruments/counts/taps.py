"""Sliding windows: how many of their taps fall on real entries."""

import functools
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Dimension:
    """One axis: output `o`, tap `k` reads position `o stride - low + k dilation` of the entries spread by `base_dilation`."""

    entries: int
    window: int
    outputs: int
    stride: int = 1
    low: int = 0
    dilation: int = 1
    base_dilation: int = 1


@functools.lru_cache(maxsize=4096)
def _along(axis: Dimension) -> tuple[int, int]:
    """The number of taps on entries, and of outputs with at least one such tap, along one axis."""
    starts = np.arange(axis.outputs)[:, None] * axis.stride - axis.low
    position = starts + np.arange(axis.window)[None, :] * axis.dilation
    inside = (position >= 0) & (position <= (axis.entries - 1) * axis.base_dilation)
    touched = inside & (position % axis.base_dilation == 0)
    return int(touched.sum()), int(touched.any(axis=1).sum())


def tap_counts(axes: Iterable[Dimension]) -> tuple[int, int]:
    """The number of taps that touch an entry, and of outputs that have one: products over the axes."""
    taps = reached = 1
    for axis in axes:
        along = _along(axis)
        taps, reached = taps * along[0], reached * along[1]
    return taps, reached
