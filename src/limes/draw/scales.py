"""Limits and ticks of an axis, chosen by hand: few labels, at the sizes that were measured.

Pure Python; knows numbers and strings only. A label is (text, is it mathematics).
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

Number = int | float


@dataclass(frozen=True)
class Scale:
    """Limits, labeled ticks and bare minor ticks of one axis."""

    low: float
    high: float
    log: bool
    ticks: tuple[float, ...]
    labels: tuple[tuple[str, bool], ...]
    minor: tuple[float, ...] = ()

    def place(self, value: float) -> float:
        """Position of a value on the axis: 0 at the lower end, 1 at the upper, both kept."""
        if not self.log:
            part = (value - self.low) / (self.high - self.low)
        elif value <= 0:
            return 0.0
        else:
            part = (math.log(value) - math.log(self.low)) / (math.log(self.high) - math.log(self.low))
        return min(max(part, 0.0), 1.0)


def finite(values: Iterable[object] | None) -> list[float]:
    """The finite numbers among values; null, text and what float cannot hold are left out."""
    return [x for x in (number(v) for v in values or ()) if x is not None]


def number(value: object) -> float | None:
    """A finite float, or None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        x = float(value)
    except OverflowError:
        return None
    return x if math.isfinite(x) else None


def log_scale(values: Sequence[float], wanted: Sequence[float] = (), room: int = 6) -> Scale:
    """Logarithmic axis around the positive values; the rest sits on its lower edge.

    `wanted` are sizes to label themselves (measured widths) when at most `room` of them.
    Without a positive value the axis spans 1e-17 to 1e-15, rounding of order one.
    """
    positive = [v for v in values if v > 1e-305] or [1e-17, 1e-15]
    first, last = math.log10(min(positive)), math.log10(max(positive))
    pad = max((last - first) * 0.06, 0.08)
    under = max(pad, 0.3) if len(positive) < len(values) else pad
    low, high = 10 ** max(first - under, -307.0), 10 ** min(last + pad, 308.0)
    ticks, minor = _log_ticks(low, high, sorted(set(wanted)), room)
    return Scale(low, high, True, ticks, _log_labels(ticks), minor)


def _log_labels(ticks: Sequence[float]) -> tuple[tuple[str, bool], ...]:
    """Plain digits, or powers of ten for all decades where one of them needs it."""
    labels = tuple(label(t, log=True) for t in ticks)
    if not any(math_ for _, math_ in labels):
        return labels
    powers = [math.log10(t) for t in ticks]
    if any(abs(p - round(p)) > 1e-9 for p in powers):
        return labels
    return tuple((f"$10^{{{round(p)}}}$", True) for p in powers)


def _log_ticks(
    low: float, high: float, wanted: Sequence[float], room: int
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    span = math.log10(high) - math.log10(low)
    first, last = math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9)
    minor = tuple(
        m * 10.0**k
        for k in range(first - 1, last + 1)
        for m in range(2, 10)
        if span <= 9 and low <= m * 10.0**k <= high
    )
    if wanted:
        return _thin(tuple(w for w in wanted if low <= w <= high), room), ()
    if last - first >= 2:
        step = max(1, math.ceil((last - first) / max(room - 1, 2)))
        return tuple(10.0**k for k in range(first, last + 1) if k % step == 0), minor
    if span >= 0.6:
        ticks = tuple(m * 10.0**k for k in range(first - 1, last + 1) for m in (1, 2, 5))
        return tuple(t for t in ticks if low <= t <= high), minor
    return _nice(low, high, room), ()


def _thin(ticks: tuple[float, ...], room: int) -> tuple[float, ...]:
    step = max(1, math.ceil(len(ticks) / room))
    return tuple(reversed(ticks[::-1][::step]))


def linear_scale(values: Sequence[float], wanted: Sequence[float] = (), room: int = 6) -> Scale:
    """Linear axis around the values with ticks at multiples of 1, 2, 2.5 or 5."""
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    if high - low <= 1e-12 * max(abs(low), abs(high)):
        half = abs(low) * 0.5 or 0.5
        low, high = low - half, high + half
    pad = (high - low) * 0.05
    low, high = low - pad, high + pad
    chosen = tuple(sorted(set(wanted)))
    ticks = chosen if 0 < len(chosen) <= room else _nice(low, high, room)
    step = min((b - a for a, b in pairwise(ticks)), default=abs(high - low))
    return Scale(low, high, False, ticks, tuple(label(t, step=step) for t in ticks))


def _nice(low: float, high: float, room: int) -> tuple[float, ...]:
    raw = (high - low) / max(room - 1, 2)
    if not math.isfinite(raw) or raw <= 0:
        return (low,)
    power = 10.0 ** math.floor(math.log10(raw))
    step = power * next(m for m in (1, 2, 2.5, 5, 10) if m * power >= raw * 0.999)
    first = math.ceil(low / step - 1e-9)
    count = math.floor(high / step + 1e-9) - first + 1
    return tuple((first + k) * step for k in range(min(count, 40)))


def categories(names: Sequence[str]) -> Scale:
    """Axis of names, one place each, in the order given."""
    last = max(len(names) - 1, 0)
    labels = tuple((name, False) for name in names)
    return Scale(-0.6, last + 0.6, False, tuple(float(k) for k in range(len(names))), labels)


def label(value: float, *, log: bool = False, step: float | None = None) -> tuple[str, bool]:
    """Text of a tick: plain digits where they are short, powers of ten elsewhere."""
    size = abs(value)
    if size < (step or 0) * 1e-6 or value == 0:
        return "0", False
    if 1e-3 <= size < 1e5 or (step and step >= 1e-3 and size < 1e6):
        return _plain(value, step), False
    exponent = math.floor(math.log10(size) + 1e-12)
    digits = value / 10.0**exponent if exponent > -300 else value * 1e300 / 10.0 ** (exponent + 300)
    if log and abs(abs(digits) - 1) < 1e-9:
        return f"$10^{{{exponent}}}$", True
    decimals = _decimals(step / 10.0**exponent) if step else (0 if abs(digits - round(digits)) < 1e-9 else 1)
    return rf"${digits:.{min(decimals, 6)}f}{{\times}}10^{{{exponent}}}$", True


def _plain(value: float, step: float | None) -> str:
    if step is None:
        return f"{value:.6g}".replace("-", "\u2212")
    return f"{value:.{min(_decimals(step), 12)}f}".replace("-", "\u2212")


def _decimals(step: float) -> int:
    for decimals in range(13):
        scaled = step * 10**decimals
        if abs(scaled - round(scaled)) < 1e-6 * max(scaled, 1e-3) and round(scaled) > 0:
            return decimals
    return 12
