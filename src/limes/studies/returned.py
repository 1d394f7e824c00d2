"""Hold what a measurement returns against its declaration, and every cell against the first."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from limes._errors import MeasureError
from limes.claims.experiment import TAKEN, Cell

from .keys import Variant

Signature = dict[str, tuple[tuple[int, ...], str]]  # shape of one unit and kind of number, by name


@dataclass
class Returned:
    """The names, shapes and types that each measurement returned first."""

    _first: dict[Any, Signature] = field(default_factory=dict)

    def check_names(self, variant: Variant, cell: Cell, result: Any) -> None:
        """Raise `MeasureError` unless the result is a dictionary with the declared names."""
        if not isinstance(result, Mapping) or not result or not all(isinstance(name, str) for name in result):
            raise MeasureError(
                f"{place(variant, cell)}: measure must return a dict of named arrays, got {_short(result)}; "
                "return for example {'error': error}"
            )
        lost = [name for name in variant.experiment.outputs if name not in result]
        if lost:
            raise MeasureError(
                f"{place(variant, cell)}: outputs declares {lost[0]!r}, which measure does not return "
                f"(it returns {', '.join(result)}); correct one of them"
            )
        taken = [name for name in result if name in (*TAKEN, *variant.experiment.axes, *variant.experiment.coords)]
        if taken:
            raise MeasureError(
                f"{place(variant, cell)}: the name {taken[0]!r} is taken (by datasets or an axis); choose another"
            )

    def check(self, variant: Variant, cell: Cell, found: Signature) -> None:
        """Raise `MeasureError` unless shapes and types are those declared, and those of the first cell."""
        for name, (shape, letter) in found.items():
            _check_one(variant, cell, name, shape, letter)
        first = self._first.setdefault((variant.source, variant.x64), found)
        if found != first:
            names = sorted(name for name in {*found, *first} if found.get(name) != first.get(name))
            raise MeasureError(
                f"{place(variant, cell)}: {names[0]!r} differs in name, shape or type from the first cell; "
                "every cell must return the same"
            )


def _check_one(variant: Variant, cell: Cell, name: str, shape: tuple[int, ...], letter: str) -> None:
    experiment = variant.experiment
    wanted = tuple(len(experiment.coords[dim]) for dim in experiment.outputs.get(name, ()))
    if shape != wanted:
        declared = (
            f"outputs declares {wanted}"
            if name in experiment.outputs
            else "it must be a scalar unless outputs declares its coordinates"
        )
        raise MeasureError(f"{place(variant, cell)}: {name!r} has shape {shape}, but {declared}; return that shape")
    if letter not in "bif":
        raise MeasureError(f"{place(variant, cell)}: {name!r} is neither real nor boolean; return real numbers")


def kind(dtype: Any) -> str:
    """Return b, i, f or another letter for a type of number; signed and unsigned count as one."""
    letter = np.dtype(dtype).kind
    return "i" if letter in "iu" else letter


def place(variant: Variant, cell: Cell) -> str:
    """Name a cell for a message: `measure at width=16`."""
    where = ", ".join(f"{name}={value!r}" for name, value in {**variant.change, **cell}.items())
    name = variant.experiment.name.split(":")[-1]
    return f"{name} at {where}" if where else name


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) < 60 else f"{text[:57]}..."
