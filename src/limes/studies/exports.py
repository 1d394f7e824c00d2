"""Copies of a study for other programs: Zarr, netCDF, CSV. The ledger stays the truth.

A deleted chunk of a Zarr store reads as its fill value, without error: every export therefore carries `state` and
`present`, the number of present units, and the SHA-256 of all its values, which `from_zarr` and `from_netcdf` check.
"""

import csv
import hashlib
import importlib
import itertools
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import xarray as xr

from limes._errors import InputError, StorageError

from .files import whole
from .records import canonical
from .schema import guard

HASH = "limes_sha256"
PRESENT = "limes_units_present"


def to_zarr(ds: xr.Dataset, path: str | Path) -> None:
    """Write a Zarr 3 store with a crc32c checksum in every chunk, read it again, then give it its name.

    Raises InputError without `state` and `present` or without zarr, StorageError if `path` exists or the disk refuses.
    """
    codecs = _extra("zarr.codecs", "Zarr")
    ds = _stamped(ds)
    compressors = (codecs.ZstdCodec(level=3), codecs.Crc32cCodec())
    encoding = {name: {"compressors": compressors} for name in ds.variables}
    with guard(Path(path)), whole(Path(path)) as part:
        ds.to_zarr(part, mode="w-", zarr_format=3, consolidated=False, encoding=encoding)
        from_zarr(part)


def from_zarr(path: str | Path) -> xr.Dataset:
    """Read a store of `to_zarr` and check it; StorageError for any damage, a deleted chunk included."""
    _extra("zarr", "Zarr")
    return _read(Path(path), engine="zarr", consolidated=False)


def to_netcdf(ds: xr.Dataset, path: str | Path) -> None:
    """Write a netCDF 4 file with Fletcher-32 checksums, read it again, then give it its name.

    A complex variable `z`, which netCDF does not have, becomes `z_real` and `z_imag`.

    Raises InputError without `state` and `present` or without h5netcdf, StorageError if `path` exists or the disk
    refuses.
    """
    _extra("h5netcdf", "netCDF")
    _extra("h5py", "netCDF")
    ds = _stamped(_split_complex(ds))
    checked = [name for name, variable in ds.variables.items() if variable.ndim and variable.dtype.kind in "biuf"]
    with guard(Path(path)), whole(Path(path)) as part:
        ds.to_netcdf(part, engine="h5netcdf", encoding={name: {"fletcher32": True} for name in checked})
        from_netcdf(part)


def from_netcdf(path: str | Path) -> xr.Dataset:
    """Read a file of `to_netcdf` and check it; StorageError for any damage."""
    _extra("h5netcdf", "netCDF")
    _extra("h5py", "netCDF")
    return _read(Path(path), engine="h5netcdf")


def to_csv(ds: xr.Dataset, path: str | Path) -> None:
    """Write one row per unit, missing ones included; numbers keep all their digits.

    The axes of `present` make the rows. Further axes of a quantity become columns such as `curve[time=0.5]`, a complex
    quantity `z` becomes `z_real` and `z_imag`. The text is read again before the file gets its name.

    Raises InputError without `state` and `present`, StorageError if `path` exists or the disk refuses.
    """
    ds = _split_complex(_checked(ds))
    columns = dict(_columns(ds))
    rows = [list(columns), *(list(map(_cell, row)) for row in zip(*columns.values(), strict=True))]
    with guard(Path(path)), whole(Path(path)) as part:
        with part.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(rows)
        with part.open(encoding="utf-8", newline="") as file:
            if list(csv.reader(file)) != rows:
                raise StorageError(f"{path}: what was written reads back differently; check the disk, write it again")


def _extra(module: str, what: str) -> ModuleType:
    """Import an optional package."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise InputError(
            f"{what} files need the package {module.split('.')[0]}, which is not installed; "
            "install it with: pip install 'limes[files]'"
        ) from error


def _checked(ds: xr.Dataset) -> xr.Dataset:
    """Refuse a Dataset that does not tell which units are present."""
    missing = [name for name in ("state", "present") if name not in ds.data_vars]
    if missing or ds["present"].dtype != bool or ds["state"].dims != ds["present"].dims:
        raise InputError(
            "an export needs the variables 'state' and 'present' (bool) over the same axes, "
            f"got {sorted(map(str, ds.data_vars))}; use the Dataset that a study returns"
        )
    return ds


def _stamped(ds: xr.Dataset) -> xr.Dataset:
    """Prepare strings and attributes for files; add the number of present units and the hash of all values."""
    ds = _checked(ds).drop_encoding().load()
    texts = {name: variable.astype(object) for name, variable in ds.variables.items() if variable.dtype.kind == "U"}
    ds = ds.assign_coords({name: texts[name] for name in texts if name in ds.coords})
    ds = ds.assign({name: texts[name] for name in texts if name not in ds.coords})
    ds.attrs = {str(name): _attribute(value) for name, value in ds.attrs.items()}
    ds.attrs[PRESENT] = int(ds["present"].sum())
    ds.attrs[HASH] = _hash(ds)
    return ds


def _attribute(value: object) -> str | int | float:
    """Keep what every format keeps; the rest becomes JSON text."""
    simple = isinstance(value, str | int | float) and not isinstance(value, bool)
    return value if simple else canonical(value)  # pyright: ignore[reportReturnType]


def _split_complex(ds: xr.Dataset) -> xr.Dataset:
    """Replace each complex variable by its two parts."""
    for name in [name for name, variable in ds.variables.items() if variable.dtype.kind == "c"]:
        parts = {f"{name}_real": ds[name].real, f"{name}_imag": ds[name].imag}
        if any(part in ds.variables for part in parts):
            raise InputError(f"the parts of the complex variable {name!r} would replace {sorted(parts)}; rename those")
        ds = (ds.assign_coords(parts) if name in ds.coords else ds.assign(parts)).drop_vars(str(name))
    return ds


def _read(path: Path, **options: Any) -> xr.Dataset:
    """Open, load and check an export; whatever a reader raises for a damaged file becomes one sentence."""
    try:
        with xr.open_dataset(path, **options) as file:
            ds = file.load()
        counted = ds.attrs.get(PRESENT) == int(ds["present"].sum())
        sound = counted and ds.attrs.get(HASH) == _hash(ds)
    except Exception as error:  # the readers raise whatever their parsers raise
        raise StorageError(f"{path}: the export cannot be read ({error}); export the ledger again") from error
    if not sound:
        raise StorageError(f"{path}: values are damaged or missing; export the ledger again")
    return ds


def _hash(ds: xr.Dataset) -> str:
    """Hash names, axes, types and values of all variables, and the other attributes."""
    total = hashlib.sha256()
    attributes = {str(name): str(value) for name, value in ds.attrs.items() if name != HASH}
    total.update(canonical(attributes).encode())
    for name in sorted(ds.variables, key=str):
        variable = ds.variables[name]
        data = _bytes(np.asarray(variable.values))
        head = canonical([str(name), list(map(str, variable.dims)), list(variable.shape), len(data)])
        total.update(head.encode() + data)
    return total.hexdigest()


def _bytes(values: np.ndarray) -> bytes:
    """Give type and values as bytes; strings of all kinds are one type, all NaN are one number."""
    if values.dtype.kind not in "biufc":
        return canonical([str(text) for text in values.ravel()]).encode()
    values = np.asarray(values, dtype=values.dtype.newbyteorder("<"), order="C")
    if values.dtype.kind == "f":
        values = np.where(np.isnan(values), values.dtype.type(np.nan), values)
    return values.dtype.str.encode() + values.tobytes()


def _columns(ds: xr.Dataset) -> Iterator[tuple[str, list]]:
    """Give the columns of the table: axes of the units, their other coordinates, then the quantities."""
    axes = ds["present"].dims
    like = ds["present"]
    for name in [*axes, *(name for name in [*ds.coords, *ds.data_vars] if name not in axes)]:
        array = ds[name]
        further = [axis for axis in array.dims if axis not in axes]
        if name in further:
            continue  # its values are in the labels
        for place in itertools.product(*(range(array.sizes[axis]) for axis in further)):
            at = dict(zip(further, place, strict=True))
            label = ",".join(f"{axis}={ds[axis].values[index]}" for axis, index in at.items())
            values = array.isel(at, drop=True).broadcast_like(like).transpose(*axes).values
            yield f"{name}[{label}]" if label else str(name), values.ravel().tolist()


def _cell(value: object) -> str:
    """Write one value; `repr` of a float keeps all its digits."""
    return repr(value) if isinstance(value, float) else str(value)
