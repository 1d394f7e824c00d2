"""`limes resume`: go on with the last run of a folder."""

import pathlib

import click

from . import options


@click.command("resume")
@options.out
@click.option("--quiet", is_flag=True, help="No progress on stderr.")
def command(out: str, quiet: bool) -> None:
    """Go on with the last `limes verify` of FOLDER, with the same claims and options.

    `limes verify` resumes by itself; this repeats its arguments for you.
    """
    from limes._errors import InputError

    from .session import Settings, execute, stop_abandoned_work, watcher
    from .stored import RUN, stored
    from .tables import print_outcome

    last = stored(out).get(RUN)
    if last is None:
        raise InputError(f"the ledger in {out!r} remembers no run of claims; start one with `limes verify --out {out}`")
    settings = Settings(**{**last, "targets": tuple(last["targets"])})
    outcome = execute(settings, pathlib.Path(out), fresh=False, watch=watcher(quiet=quiet))
    print_outcome(outcome)
    stop_abandoned_work(outcome.exit_code)
    raise click.exceptions.Exit(outcome.exit_code)
