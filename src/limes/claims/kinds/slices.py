"""Cut the measured units of a study into the slices that are judged one by one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from limes._errors import InputError
from limes.claims.experiment import call_with

Spec = float | str | Callable[..., Any]


@dataclass(frozen=True)
class Measured:
    """One cell with its units: every output has shape `(seeds, *coordinates)`, NaN where missing."""

    cell: Mapping[str, Any]
    values: Mapping[str, np.ndarray]
    dims: Mapping[str, tuple[str, ...]]
    coords: Mapping[str, tuple[float, ...]]


@dataclass(frozen=True)
class Slice:
    """What one judgment sees: units of one cell, or of all cells along the axis `over`.

    `values[name]` has shape `(seeds,)`, or `(seeds, sizes)` where there is an `over`;
    `bindings[i]` holds every axis and coordinate at size `i`, `cells[i]` its axes alone.
    """

    where: dict[str, Any]
    over: str | None
    bindings: list[dict[str, Any]]
    cells: list[dict[str, Any]]
    values: dict[str, np.ndarray] = field(repr=False)

    @property
    def sizes(self) -> np.ndarray:
        """The values of the `over` axis."""
        values = [binding[str(self.over)] for binding in self.bindings]
        if not all(isinstance(value, (int, float)) for value in values):
            raise InputError(
                f"prediction: over={self.over!r} has values that are no numbers, such as {values[0]!r}; choose another axis"
            )
        return np.array(values, dtype=float)

    def measured(self, name: str) -> np.ndarray:
        """Return a measured quantity; raises `InputError` when no output has that name."""
        if name not in self.values:
            raise InputError(
                f"prediction: no measured quantity {name!r}; use one that measure returns: {', '.join(sorted(self.values))}"
            )
        return self.values[name]

    def first(self, seeds: int) -> "Slice":
        """Keep the first seeds only: what an earlier look saw."""
        kept = {name: value[:seeds] for name, value in self.values.items()}
        return Slice(self.where, self.over, self.bindings, self.cells, kept)

    def optional(self, spec: Spec | None) -> np.ndarray | float | None:
        """Evaluate a specification where there is one."""
        return None if spec is None else self.resolve(spec)

    def resolve(self, spec: Spec) -> np.ndarray | float:
        """Evaluate a number, the name of a measured quantity, or a function of the axes."""
        if isinstance(spec, (int, float, np.generic)):
            return float(spec)
        if isinstance(spec, str):
            return self.measured(spec)
        points = np.array([call(spec, binding) for binding in self.bindings], dtype=float)
        return points if self.over is not None else float(points[0])


def call(function: Callable[..., Any], binding: Mapping[str, Any]) -> float:
    """Evaluate a law at the axes that its signature names; raises `InputError` where it gives no number."""
    value = call_with(function, binding, "prediction")
    try:
        return float(value)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"prediction: {getattr(function, '__name__', function)} returned {value!r}; return one number"
        ) from error


def slices(measured: list[Measured], q: str, over: str | None) -> list[Slice]:
    """Cut units into slices for the quantity `q` along `over` (an axis, or a coordinate of `q`)."""
    if not measured or not measured[0].values:
        return []
    if q not in measured[0].values:
        raise InputError(
            f"prediction: no measured quantity {q!r}; use one that measure returns: {', '.join(sorted(measured[0].values))}"
        )
    points = [point for unit in measured for point in _points(unit, q)]
    if over is None:
        return [Slice(binding, None, [binding], [cell], values) for binding, cell, values in points]
    known = {*measured[0].cell, *measured[0].dims.get(q, ())}
    if over not in known:
        raise InputError(
            f"prediction: over={over!r} is neither an axis nor a coordinate of {q!r}; choose one of {', '.join(sorted(known)) or 'none'}"
        )
    groups: dict[tuple[Any, ...], list[tuple[dict, dict, dict]]] = {}
    for point in points:
        rest = tuple((k, v) for k, v in point[0].items() if k != over)
        groups.setdefault(rest, []).append(point)
    return [_along(dict(rest), over, group) for rest, group in groups.items()]


def _along(where: dict[str, Any], over: str, group: list[tuple[dict, dict, dict]]) -> Slice:
    group = sorted(group, key=lambda point: point[0][over])
    values = {name: np.stack([point[2][name] for point in group], axis=1) for name in group[0][2]}
    return Slice(where, over, [point[0] for point in group], [point[1] for point in group], values)


def _points(unit: Measured, q: str) -> list[tuple[dict[str, Any], dict[str, Any], dict[str, np.ndarray]]]:
    """List every coordinate position of `q` in one cell, with the quantities that share it."""
    dims = unit.dims.get(q, ())
    padding = padded(unit.values[q], dims)
    shape = tuple(len(unit.coords[dim]) for dim in dims)
    cell = dict(unit.cell)
    points = []
    for index in np.ndindex(*shape):
        binding = cell | {dim: unit.coords[dim][i] for dim, i in zip(dims, index, strict=True)}
        here = dict(zip(dims, index, strict=True))
        values = {}
        for name, value in unit.values.items():
            own = unit.dims.get(name, ())
            if all(dim in here for dim in own):
                values[name] = value[(slice(None), *(here[dim] for dim in own))]
        if not padding[index]:
            points.append((binding, cell, values))
    return points


def padded(value: np.ndarray, dims: tuple[str, ...]) -> np.ndarray:
    """Say which coordinate positions are padding: NaN in every unit from there to the end of the last coordinate.

    A curve without any finite value is no padding but a failure of all its units.
    """
    lost = np.isnan(value).all(axis=0) if value.dtype.kind == "f" else np.zeros(value.shape[1:], dtype=bool)
    if not dims:
        return np.zeros(lost.shape, dtype=bool)
    tail = np.flip(np.logical_and.accumulate(np.flip(lost, axis=-1), axis=-1), axis=-1)
    return tail & ~lost.all(axis=-1, keepdims=True)
