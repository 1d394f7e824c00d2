"""`limes list`: every claim with its plain reading."""

import json

import click

from . import options


@click.command("list")
@click.argument("targets", nargs=-1, metavar="[CHAPTER]...")
@options.as_json
def command(targets: tuple[str, ...], as_json: bool) -> None:
    """List the claims, of all chapters or of those named."""
    from limes._errors import InputError
    from limes.claims.index import CHAPTERS, read

    for target in targets:
        if target not in CHAPTERS:
            raise InputError(f"no chapter is called {target!r}; the chapters are {', '.join(CHAPTERS)}")
    entries = [entry for name, entry in read().items() if not targets or name.split(".")[0] in targets]
    if as_json:
        click.echo(json.dumps({"schema": 1, "claims": entries}, indent=1))
        return
    if not entries:
        click.echo("no claims there yet; the lecture map of the documentation says what is planned")
        return
    width = max(len(entry["id"]) for entry in entries)
    for entry in entries:
        text = click.wrap_text(
            entry["reading"], width=88, initial_indent=" " * (width + 2), subsequent_indent=" " * (width + 2)
        )
        click.echo(click.style(f"{entry['id']:{width}}", bold=True) + text[width:])
