"""Numbers in labels and sentences: counts, shares, values of nodes."""

from __future__ import annotations

from typing import Any

import numpy as np

from .symbols import short

UNITS = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))
SPACE = "\u202f"


def amount(count: int) -> str:
    """A count in three digits: `7`, `46.3 k`, `3.51 M`."""
    for unit, letter in UNITS:
        if count >= 0.9995 * unit and count >= 10000:
            return f"{count / unit:.3g}{SPACE}{letter}"
    return grouped(count)


def grouped(count: int) -> str:
    """A count in full, its digits in groups of three from ten thousand on."""
    return f"{count:,}".replace(",", SPACE) if abs(count) >= 10000 else str(count)


def percent(part: float, whole: float) -> str:
    """A share in percent, two digits."""
    if not whole:
        return "0\u00a0%"
    share = 100 * part / whole
    return ("under 0.1" if 0 < share < 0.1 else f"{share:.2g}" if share < 99.5 else f"{share:.0f}") + "\u00a0%"


def multiple(part: float, whole: float) -> str:
    """How many times the whole: `2.86`, `1477`, `21.8 M`."""
    if not whole:
        return "\u2013"
    ratio = part / whole
    return f"{ratio:.2f}".rstrip("0").rstrip(".") if ratio < 100 else amount(round(ratio))


def plural(count: int, noun: str) -> str:
    """`1 input`, `2 inputs`."""
    return f"{grouped(count)} {noun}{'' if count == 1 else 's'}"


def brief(value: Any) -> str:
    """A value of a node: the number itself, or the norm of an array."""
    array = _plain(value)
    if array is None:
        return ""
    if array.shape == ():
        return short(array)
    if array.dtype.kind in "biu":
        return f"{short(array.min())} \u2026 {short(array.max())}" if array.size else ""
    return f"\u2016{short(np.float64(np.linalg.norm(array.ravel())))}\u2016"


def described(value: Any) -> str:
    """A value of a node in a few words: the number in full, or range and norm."""
    array = _plain(value)
    if array is None:
        return "none"
    if array.shape == ():
        return str(array.item())
    if not array.size:
        return "empty"
    if array.dtype.kind == "c":
        return f"norm {short(np.linalg.norm(array.ravel()))}"
    entries = array.ravel()
    if array.size <= 6:
        return f"[{', '.join(short(entry) for entry in entries)}]"
    low, high = short(entries.min()), short(entries.max())
    norm = "" if array.dtype.kind in "biu" else f", norm {short(np.float64(np.linalg.norm(entries)))}"
    return f"from {low} to {high}{norm}"


def _plain(value: Any) -> np.ndarray | None:
    """An array of ordinary numbers; `None` for what is absent, or a random key."""
    if value is None or getattr(getattr(value, "dtype", None), "kind", "V") not in "biufcV":
        return None
    try:
        array = np.asarray(value)
    except TypeError:
        return None
    if array.dtype.kind == "V":
        array = array.astype(np.float32)
    return array
