"""`limes export`: a verified copy of a ledger, or the units of one claim for other programs."""

import pathlib

import click

from . import options


@click.command("export")
@click.argument("target", metavar="FILE")
@options.out
@click.option("--claim", default=None, metavar="CLAIM", help="Export the units of one claim (an id, or your own file).")
def command(target: str, out: str, claim: str | None) -> None:
    """Write a copy of the results of --out to FILE; an existing file is never overwritten.

    FILE.sqlite is a self-contained copy of the whole ledger (never copy the ledger of a
    running study by hand: while it is open it is three files). With --claim, FILE.zarr,
    FILE.nc or FILE.csv hold the units of one claim: values, seeds, and how each unit ended.
    """
    from limes._errors import InputError

    path = pathlib.Path(out) / "ledger.sqlite"
    if not path.is_file():
        raise InputError(f"no ledger at {str(path)!r}; name the folder of a run with --out")
    suffix = pathlib.Path(target).suffix
    if claim is None:
        if suffix != ".sqlite":
            raise InputError(
                f"FILE must end in .sqlite for a copy of the ledger, got {target!r}; add --claim CLAIM to write .zarr, .nc or .csv"
            )
        from limes.studies.ledger import Ledger

        with Ledger.read(path) as ledger:
            ledger.backup(target)
    else:
        _units(claim, out, target, suffix)
    click.echo(target)


def _units(claim: str, out: str, target: str, suffix: str) -> None:
    from limes._errors import InputError
    from limes.studies import exports

    from .stored import dataset_of

    writers = {".zarr": exports.to_zarr, ".nc": exports.to_netcdf, ".csv": exports.to_csv}
    if suffix not in writers:
        raise InputError(
            f"FILE must end in {', '.join(writers)} for the units of a claim, got {target!r}; choose one of these"
        )
    writers[suffix](dataset_of(claim, out), target)
