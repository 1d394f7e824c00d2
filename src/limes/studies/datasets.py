"""Units as an `xarray.Dataset`: one dimension per axis, seeds first, coordinates of a run last."""

from typing import TYPE_CHECKING, Any

import numpy as np

from limes.claims.experiment import Experiment
from limes.claims.kinds import Measured

if TYPE_CHECKING:
    import xarray


def dataset(
    experiment: Experiment, measured: list[Measured], states: list[str], attrs: dict[str, Any] | None = None
) -> "xarray.Dataset":
    """Lay measured cells out on their grid; absent units are NaN.

    `states` holds the ledger's state of every unit, cell by cell; `present` says which
    units are stored, `state` how each one ended: finite, overflow, nan, timeout, killed, missing.
    """
    import xarray

    axes = {
        name: sorted({cell.cell[name] for cell in measured}, key=lambda v: (str(type(v)), v))
        for name in experiment.axes
    }
    place = {name: {value: i for i, value in enumerate(values)} for name, values in axes.items()}
    shape = tuple(len(values) for values in axes.values())
    seeds = len(states) // max(1, len(measured))
    state = np.full((*shape, seeds), "skipped", dtype="U8")
    variables: dict[str, tuple[tuple[str, ...], np.ndarray]] = {}
    for name, value in (measured[0].values if measured else {}).items():
        array = np.full((*shape, *value.shape), np.nan)
        for cell in measured:
            array[tuple(place[axis][cell.cell[axis]] for axis in axes)] = cell.values[name]
        variables[name] = ((*axes, "seed", *measured[0].dims[name]), array)
    for i, cell in enumerate(measured):
        row = [_state(cell, seed, states[i * seeds + seed]) for seed in range(seeds)]
        state[tuple(place[axis][cell.cell[axis]] for axis in axes)] = row
    used = {dim for dims, _ in variables.values() for dim in dims}
    coords = {**axes, "seed": list(range(seeds)), **{k: list(v) for k, v in experiment.coords.items() if k in used}}
    stored = np.isin(state, ("finite", "overflow", "nan"))
    units = {"state": ((*axes, "seed"), state), "present": ((*axes, "seed"), stored)}
    return xarray.Dataset({**variables, **units}, coords=coords, attrs=attrs or {})


def _state(cell: Measured, seed: int, attempt: str) -> str:
    if attempt != "present":
        return attempt if attempt in ("timeout", "killed") else "missing"
    values = np.concatenate([value[seed].ravel() for value in cell.values.values()])
    if np.isinf(values).any():
        return "overflow"
    return "nan" if np.isnan(values).any() else "finite"
