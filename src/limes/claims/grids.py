"""Grids: the values of every axis, one type an axis, and the cells that they span."""

from collections.abc import Mapping, Sequence
from typing import Any

from limes._errors import InputError

from .experiment import Cell, Experiment, Value

Grid = dict[str, tuple[Value, ...]]


def normalized(grid: Mapping[str, Sequence[Value]], others: Sequence[Mapping[str, Sequence[Value]]] = ()) -> Grid:
    """Give every axis one type: all float as soon as one value is, in this grid or in `others`."""
    axes: Grid = {}
    for name, values in grid.items():
        plain = [_plain(value) for value in values]
        seen = [*plain, *(_plain(value) for other in others for value in other.get(name, ()))]
        is_float = any(isinstance(value, float) for value in seen)
        axes[name] = tuple(float(v) if is_float and isinstance(v, int) else v for v in plain)
    return axes


def _plain(value: Any) -> Any:
    """Unwrap a NumPy scalar."""
    return value.item() if hasattr(value, "item") else value


def cells(experiment: Experiment, grid: Grid) -> tuple[list[Cell], list[Cell]]:
    """Return the cells of a grid to run, and those declared hopeless by `skip`."""
    product: list[Cell] = [{}]
    for name in experiment.axes:
        product = [cell | {name: value} for cell in product for value in grid[name]]
    skipped = [cell for cell in product if experiment.skips(cell)]
    return [cell for cell in product if cell not in skipped], skipped


def check_axis(where: str, values: Any) -> None:
    """Raise `InputError` for values of an axis that cannot be run."""
    if isinstance(values, str) or not isinstance(values, Sequence) or not values:
        raise InputError(f"{where} must be a list of values, got {values!r}; write for example [16, 64, 256]")
    plain = [_plain(value) for value in values]
    kinds = {type(value) for value in plain}
    if not kinds <= {int, float} and not kinds <= {str} and not kinds <= {bool}:
        raise InputError(
            f"{where} mixes or contains types that are not numbers, strings or booleans: {values!r}; use one type"
        )
    if any(isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))) for value in plain):
        raise InputError(f"{where} contains a value that is not finite: {values!r}; remove it")
    if len(set(plain)) < len(plain):
        raise InputError(f"{where} repeats a value: {values!r}; give each value once")
