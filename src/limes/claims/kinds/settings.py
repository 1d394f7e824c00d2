"""Check the settings of a prediction when it is written, not when it is judged."""

import math
from collections.abc import Sequence
from dataclasses import fields
from numbers import Real
from typing import Any

import numpy as np

from limes._errors import InputError

SPECS = ("exponent", "equals", "below", "above", "tolerance", "factor", "resolution")
POSITIVE = ("band", "largest")
STATISTICS = {
    "Rate": ("per_seed", "mean", "mean_square"),
    "Limit": ("per_seed", "mean", "mean_square"),
    "Law": ("mean", "median", "mean_log"),
}


def check_settings(prediction: Any) -> None:
    """Raise `InputError` in one sentence for a setting that cannot be meant."""
    kind = type(prediction).__name__
    for field in fields(prediction):
        value = getattr(prediction, field.name)
        if value is None and field.default is None:
            continue
        message = _wrong(kind, field.name, value)
        if message:
            raise InputError(f"{kind}({prediction.q!r}): {field.name} must be {message}, got {value!r}; correct it")


def _wrong(kind: str, name: str, value: Any) -> str | None:
    """Say what a setting must be, where it is not."""
    if name in ("q", "over"):
        return None if isinstance(value, str) and value else "the name of a measured quantity or axis"
    if name in SPECS:
        good = _number(value) or callable(value) or (isinstance(value, str) and value)
        return None if good else "a finite number, the name of a measured quantity, or a function of the axes"
    if name == "corrections":
        good = isinstance(value, Sequence) and not isinstance(value, str) and all(_number(v) and v > 0 for v in value)
        return None if good else "a tuple of positive exponents such as (0.5, 1.0)"
    if name == "cases":
        good = isinstance(value, int) and not isinstance(value, bool) and value >= 1
        return None if good else "a whole number of units, 1 or more"
    if name == "statistic":
        return None if value in STATISTICS[kind] else f"one of {', '.join(STATISTICS[kind])}"
    if name in POSITIVE:
        return None if _number(value) and value > 0 else "a positive number"
    if name in ("margin", "log_power"):
        return None if _number(value) else "a finite number"
    return None


def _number(value: Any) -> bool:
    real = isinstance(value, (Real, np.generic)) and not isinstance(value, (bool, np.bool_))
    return real and math.isfinite(float(value))
