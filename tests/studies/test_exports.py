"""Exports are whole, verified copies; damage and deleted parts are found, in Zarr too."""

import csv
import importlib
import random
import sys

import numpy as np
import pytest
import xarray as xr

from limes._errors import InputError, StorageError
from limes.studies import exports

ATTRIBUTES = {"study": "0a1b", "seeds": 3, "alpha": 0.05, "grid": {"width": [16, 64]}}


def dataset(missing=2):
    """Two widths, two activations, three seeds; all types, awkward numbers, some units missing."""
    rng = np.random.default_rng(0)
    shape, axes = (2, 2, 3), ("width", "activation", "seed")
    present = np.ones(shape, bool)
    present.ravel()[:missing] = False
    error = rng.normal(size=shape)
    error.ravel()[-4:] = (-0.0, np.inf, 5e-324, 0.1 + 0.2)
    return xr.Dataset(
        {
            "error": (axes, np.where(present, error, np.nan)),
            "count": (axes, rng.integers(0, 2**62, shape)),
            "single": (axes[:1], np.float32([0.1, 3])),
            "fourier": (axes[:1], np.array([1 + 2j, -0.5j])),
            "curve": ((*axes, "time"), rng.normal(size=(*shape, 4))),
            "total": ((), 1.5),
            "state": (axes, np.where(present, "finite", "missing")),
            "present": (axes, present),
        },
        coords={
            "width": [16, 64],
            "activation": ["relu", 'tanh \u221e, "quoted"'],
            "seed": [0, 1, 2],
            "time": [0.0, 0.25, 0.5, 1.0],
            "depth": ("width", [1, 2]),
        },
        attrs=ATTRIBUTES,
    )


def has(*modules):
    try:
        return all(importlib.import_module(module) for module in modules)
    except ImportError:
        return False


zarr = pytest.mark.skipif(not has("zarr"), reason="the extra limes[files] is not installed: zarr")
netcdf = pytest.mark.skipif(
    not has("h5netcdf", "h5py"), reason="the extra limes[files] is not installed: h5netcdf, h5py"
)
FORMATS = [
    pytest.param(exports.to_zarr, exports.from_zarr, "s.zarr", marks=zarr, id="zarr"),
    pytest.param(exports.to_netcdf, exports.from_netcdf, "s.nc", marks=netcdf, id="netcdf"),
]
ALL = [*FORMATS, pytest.param(exports.to_csv, None, "s.csv", id="csv")]


def whole(found):
    """Join the two parts of complex variables again."""
    if "fourier_real" in found:
        found = found.assign(fourier=found["fourier_real"] + 1j * found["fourier_imag"])
    return found


@pytest.mark.parametrize(("write", "read", "name"), FORMATS)
def test_an_export_reads_back_equal(tmp_path, write, read, name):
    ds = dataset()
    write(ds, tmp_path / name)
    found = whole(read(tmp_path / name))
    for variable in ds.variables:
        values, expected = found[variable].values, ds[variable].values
        assert found[variable].dims == ds[variable].dims
        if expected.dtype.kind in "biuf":
            assert (values.dtype, values.tobytes()) == (expected.dtype, expected.tobytes()), variable
        else:
            assert np.array_equal(values.astype(expected.dtype), expected), variable
    assert {key: found.attrs[key] for key in ("study", "seeds", "alpha")} == {
        "study": "0a1b",
        "seeds": 3,
        "alpha": 0.05,
    }
    assert found.attrs[exports.PRESENT] == 10
    assert ds.attrs == ATTRIBUTES  # the caller's Dataset is untouched
    assert [path.name for path in tmp_path.iterdir()] == [name]


@zarr
def test_every_flipped_bit_of_a_zarr_chunk_is_found(tmp_path):
    exports.to_zarr(dataset(), tmp_path / "s.zarr")
    chunks = [path for path in sorted((tmp_path / "s.zarr").rglob("*")) if path.is_file() and path.name != "zarr.json"]
    assert len(chunks) >= 10
    chance = random.Random(0)
    for _ in range(120):
        chunk = chance.choice(chunks)
        sound = chunk.read_bytes()
        data = bytearray(sound)
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        chunk.write_bytes(data)
        with pytest.raises(StorageError, match=r"s\.zarr"):
            exports.from_zarr(tmp_path / "s.zarr")
        chunk.write_bytes(sound)
    exports.from_zarr(tmp_path / "s.zarr")


@zarr
def test_every_deleted_zarr_chunk_is_found(tmp_path):
    """Zarr itself reads such chunks as fill values, without error."""
    exports.to_zarr(dataset(missing=0), tmp_path / "s.zarr")
    chunks = [path for path in (tmp_path / "s.zarr").rglob("*") if path.is_file() and path.name != "zarr.json"]
    for chunk in chunks:
        sound = chunk.read_bytes()
        chunk.unlink()
        with pytest.raises(StorageError, match="damaged or missing"):
            exports.from_zarr(tmp_path / "s.zarr")
        chunk.write_bytes(sound)


@netcdf
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # h5netcdf's finalizer on damaged files
def test_flipped_bits_of_a_netcdf_file_give_no_wrong_number(tmp_path):
    ds = dataset()
    exports.to_netcdf(ds, tmp_path / "s.nc")
    sound = (tmp_path / "s.nc").read_bytes()
    chance = random.Random(0)
    refused = 0
    for _ in range(100):
        data = bytearray(sound)
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        (tmp_path / "s.nc").write_bytes(data)
        try:
            found = whole(exports.from_netcdf(tmp_path / "s.nc"))
        except StorageError:
            refused += 1
        else:
            assert all(np.array_equal(found[name], ds[name], equal_nan=ds[name].dtype.kind == "f") for name in ds)
    assert refused > 0


def test_a_table_has_one_row_per_unit_and_all_digits(tmp_path):
    ds = dataset()
    exports.to_csv(ds, tmp_path / "s.csv")
    with (tmp_path / "s.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 12
    assert sum(row["present"] == "True" for row in rows) == 10
    for row in rows:
        at = {"width": int(row["width"]), "activation": row["activation"], "seed": int(row["seed"])}
        unit = ds.sel(at)
        assert row["state"] == unit["state"].item()
        assert row["depth"] == str(unit["depth"].item())
        assert np.float64(row["error"]).tobytes() == unit["error"].values.tobytes() or not unit["present"]
        assert int(row["count"]) == unit["count"].item()
        assert float(row["total"]) == 1.5
        assert complex(float(row["fourier_real"]), float(row["fourier_imag"])) == unit["fourier"].item()
        assert [float(row[f"curve[time={t}]"]) for t in ds["time"].values] == unit["curve"].values.tolist()


@pytest.mark.parametrize(("write", "read", "name"), ALL)
def test_nothing_is_overwritten(tmp_path, write, read, name):
    (tmp_path / name).write_text("a person's file")
    with pytest.raises(StorageError, match="exists already"):
        write(dataset(), tmp_path / name)
    assert (tmp_path / name).read_text() == "a person's file"


@pytest.mark.parametrize(("write", "read", "name"), ALL)
def test_a_failed_export_leaves_nothing(tmp_path, monkeypatch, write, read, name):
    def fail(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(xr.Dataset, "to_zarr", fail)
    monkeypatch.setattr(xr.Dataset, "to_netcdf", fail)
    monkeypatch.setattr(csv, "writer", fail)
    with pytest.raises(StorageError, match="No space left"):
        write(dataset(), tmp_path / name)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("write", "read", "name"), ALL)
def test_a_dataset_without_states_is_refused(tmp_path, write, read, name):
    for ds in (dataset().drop_vars("present"), dataset().drop_vars("state"), dataset().assign(present=1.0)):
        with pytest.raises(InputError, match="'state' and 'present'"):
            write(ds, tmp_path / name)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("act", "module"),
    [
        (exports.to_zarr, "zarr.codecs"),
        (exports.to_netcdf, "h5netcdf"),
        (lambda _, path: exports.from_zarr(path), "zarr"),
        (lambda _, path: exports.from_netcdf(path), "h5netcdf"),
    ],
)
def test_a_missing_extra_is_one_sentence(tmp_path, monkeypatch, act, module):
    monkeypatch.setitem(sys.modules, module, None)
    package = module.split(".")[0]
    with pytest.raises(InputError, match=rf"need the package {package}, .*pip install 'limes\[files\]'") as caught:
        act(dataset(), tmp_path / "s")
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_parts_of_a_complex_variable_replace_nothing(tmp_path):
    with pytest.raises(InputError, match="rename"):
        exports.to_csv(dataset().assign(fourier_imag=1.0), tmp_path / "s.csv")
