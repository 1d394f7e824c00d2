"""`limes show`: one claim in full."""

import json
from typing import Any

import click

from . import options


def indexed(claim: str) -> dict[str, Any]:
    """Return the index entry of a claim; raises `InputError` with the nearest name."""
    from limes._errors import InputError
    from limes.claims.index import read

    entries = read()
    if claim not in entries:
        import difflib

        near = difflib.get_close_matches(claim, entries, n=1, cutoff=0.4)
        hint = f"did you mean {near[0]!r}?" if near else "`limes list` shows them all"
        raise InputError(f"no claim is called {claim!r}; {hint}")
    return entries[claim]


def _axis(axis: str, values: list[Any]) -> str:
    return f"{axis} = {', '.join(map(str, values))}"


@click.command("show")
@click.argument("claim", metavar="CLAIM")
@options.as_json
def command(claim: str, as_json: bool) -> None:
    """Show a claim: statement, reading, source, assumptions, predictions, grids, controls."""
    entry = indexed(claim)
    if as_json:
        click.echo(json.dumps({"schema": 1, **entry}, indent=1))
        return
    click.echo(click.style(entry["id"], bold=True))
    click.echo(click.wrap_text(entry["reading"], width=88, initial_indent="  ", subsequent_indent="  "))
    rows = [
        ("statement", [entry["statement"]]),
        ("source", [f"{entry['source']}: {entry['citation']}"]),
        ("assumes", entry["assumes"]),
        ("predicts", [f"{name}: {kind}({entry['predicts'][name]})" for name, kind in entry["kinds"].items()]),
        ("grid", [_axis(*pair) for pair in entry["grid"].items()]),
        ("quick", [_axis(*pair) for pair in entry["quick"].items()]),
        ("controls", entry["controls"]),
        ("verify", [f"limes verify {entry['id']}"]),
    ]
    for name, lines in rows:
        for i, line in enumerate(lines):
            head = click.style(f"{name:10}", dim=True) if i == 0 else " " * 10
            wrapped = line if name == "statement" else click.wrap_text(line, width=96, subsequent_indent=" " * 12)
            click.echo(f"  {head}{wrapped}")
