"""`limes plan`: seeds, time, memory and programs of claims, before they are run."""

import json
import pathlib
from typing import Any

import click

from . import options


@click.command("plan")
@options.targets
@options.running
@options.out
@options.as_json
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
) -> None:
    """Run the first look of claims as a pilot and predict the rest.

    Prints cells, programs, seeds to a verdict, the chance that a true claim is supported,
    time and memory; the pilot's units are kept in FOLDER for `limes verify`. Exit code 3
    when a design is hopeless: then verify would only spend time.
    """
    from .session import Settings, pilots, watcher

    settings = Settings(targets, quick, seeds, x64, device, engine, timeout)
    rows = pilots(settings, pathlib.Path(out), watch=watcher(quiet=quiet))
    if as_json:
        click.echo(json.dumps({"schema": 1, "claims": rows}, indent=1))
    else:
        _print(rows)
    raise click.exceptions.Exit(3 if any(row["hopeless"] for row in rows) else 0)


def _print(rows: list[dict[str, Any]]) -> None:
    from rich.table import Table

    from .tables import seconds, wide_console

    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    for name in ("claim", "cells", "controls", "programs", "seeds", "chance", "compile", "run", "memory"):
        table.add_column(name, justify="left" if name == "claim" else "right", no_wrap=True)
    for row in rows:
        chance = "-" if row["chance"] is None else f"{row['chance']:.1%}"
        cost = [seconds(row["compile seconds"]), seconds(row["run seconds"]), f"{row['memory bytes'] / 2**20:.0f} MiB"]
        table.add_row(
            row["id"], *(str(row[name]) for name in ("cells", "controls", "programs", "seeds")), chance, *cost
        )
    console = wide_console()
    console.print(table)
    for row in rows:
        for text in (*row["hopeless"], *row["weak"]):
            console.print(f"{row['id']}: {text}", markup=False)
