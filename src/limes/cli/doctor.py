"""`limes doctor`: what this installation runs on, as text to paste."""

import json
import os
import pathlib
from typing import Any

import click

from . import options


@click.command("doctor")
@options.out
@options.as_json
def command(out: str, as_json: bool) -> None:
    """Print versions, devices, precision, threads, caches, and whether FOLDER can be written."""
    facts = findings(out)
    if as_json:
        click.echo(json.dumps({"schema": 1, **facts}, indent=1))
        return
    for name, value in facts.items():
        click.echo(f"{name:14} {', '.join(map(str, value)) if isinstance(value, list) else value}")


def findings(out: str) -> dict[str, Any]:
    """Collect the facts."""
    import jax

    from limes._compat import keep_compiled_programs
    from limes.studies.environment import environment, version

    optional = ("pyarrow", "safetensors", "h5netcdf", "zarr", "marimo", "distributed")
    cache = keep_compiled_programs()
    return {
        **environment(True),
        "devices": [f"{d.platform}:{d.id} {d.device_kind}" for d in jax.devices()],
        "memory": _memory(),
        "packages": [
            f"{name} {version(name)}"
            for name in (
                "equinox",
                "optax",
                "diffrax",
                "lineax",
                "optimistix",
                "matfree",
                "scipy",
                "xarray",
                "matplotlib",
            )
        ],
        "extras": [f"{name} {version(name)}" for name in optional],
        "program cache": str(cache) if cache else "not writable: every start compiles again",
        "results": _store(out),
    }


def _memory() -> str:
    pages, size = os.sysconf("SC_AVPHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    return f"{pages * size / 2**30:.1f} GiB free"


def _store(out: str) -> str:
    """Try a ledger in the folder (or its nearest existing parent) and remove it again."""
    import tempfile

    from limes._errors import StorageError
    from limes.studies.ledger import Ledger

    folder = pathlib.Path(out).absolute()
    while not folder.exists():
        folder = folder.parent
    try:
        with tempfile.TemporaryDirectory(dir=folder) as trial, Ledger(pathlib.Path(trial) / "ledger.sqlite") as ledger:
            ledger.finish()
    except (OSError, StorageError) as error:
        return f"{out} cannot hold a ledger: {error}"
    return f"{out} can hold a ledger"
