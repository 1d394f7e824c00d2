"""Numbers as people read them."""

import math


def number(value: float | None) -> str:
    """Write a number with three or four significant digits, or "unknown"."""
    if value is None or not math.isfinite(value):
        return "unknown"
    if value == 0 or 1e-3 <= abs(value) < 1e5:
        text = f"{value:.4g}"
        return text if "e" not in text else f"{value:.0f}"
    return f"{value:.2e}"


def named(where: dict) -> str:
    """Write a slice as `d = 3, data = digits`."""
    return ", ".join(
        f"{name} = {number(value) if isinstance(value, float) else value}" for name, value in where.items()
    )
