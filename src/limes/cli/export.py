"""`limes export`: a verified copy of a ledger."""

import pathlib

import click

from . import options


@click.command("export")
@click.argument("target", metavar="FILE")
@options.out
def command(target: str, out: str) -> None:
    """Write a verified, self-contained copy of the ledger of --out to FILE.

    Never copy the ledger of a running study by hand: while it is open it is three files.
    """
    from limes._errors import InputError
    from limes.studies.ledger import Ledger

    path = pathlib.Path(out) / "ledger.sqlite"
    if not path.is_file():
        raise InputError(f"no ledger at {str(path)!r}; name the folder of a run with --out")
    with Ledger.read(path) as ledger:
        ledger.backup(target)
    click.echo(target)
