"""`limes verify`: run claims, print verdicts, write the report."""

import json
import pathlib

import click

from . import options


@click.command("verify")
@options.targets
@options.running
@options.out
@options.as_json
@click.option("--fresh", is_flag=True, help="Set an earlier ledger aside and compute everything again.")
@click.option(
    "--keep-going/--fail-fast", "keep_going", default=True, help="After a claim that raises: go on (default) or stop."
)
def command(
    targets: tuple[str, ...],
    quick: bool,
    seeds: int | None,
    x64: bool,
    device: str | None,
    engine: str,
    timeout: float | None,
    quiet: bool,
    out: str,
    as_json: bool,
    fresh: bool,
    keep_going: bool,
) -> None:
    """Run claims over their grids and write FOLDER/report.html.

    CLAIM is an id (risk.overfitting), a chapter (risk), or a file of your own (my_claim.py);
    none means every claim. What an earlier run computed is used again.

    Exit codes: 0 all supported with controls met; 1 something refuted; 2 wrong use;
    3 something inconclusive or an assumption not met; 4 a cell raised or storage failed;
    130 interrupted.
    """
    from .session import Settings, execute, stop_abandoned_work, watcher

    settings = Settings(targets, quick, seeds, x64, device, engine, timeout, not keep_going)
    outcome = execute(settings, pathlib.Path(out), fresh=fresh, watch=watcher(quiet=quiet))
    if as_json:
        from limes.report import public

        click.echo(json.dumps(public(outcome.results, outcome.environment), indent=1, allow_nan=False))
    else:
        from .tables import print_outcome

        print_outcome(outcome)
    stop_abandoned_work(outcome.exit_code)
    raise click.exceptions.Exit(outcome.exit_code)
