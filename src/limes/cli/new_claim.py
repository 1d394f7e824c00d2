"""`limes new-claim`: a commented claim file that runs as it is."""

import pathlib
import re

import click


@click.command("new-claim")
@click.argument("name", metavar="NAME")
def command(name: str) -> None:
    """Write NAME.py into the current folder: a commented claim that runs as it is."""
    from limes._errors import InputError

    stem = name.removesuffix(".py")
    if not re.fullmatch(r"[a-z][a-z0-9_]*", stem):
        raise InputError(f"name must be lower-case letters, digits and underscores, such as my_claim, got {name!r}")
    path = pathlib.Path(f"{stem}.py")
    template = pathlib.Path(__file__).with_name("new_claim.txt").read_text(encoding="utf-8")
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(template.replace("NAME", stem))
    except FileExistsError as error:
        raise InputError(f"{path} exists already and was left as it is; choose another name") from error
    except OSError as error:
        raise InputError(f"{path} cannot be written ({error.strerror}); change to a folder of yours") from error
    click.echo(f"{path} written; run it with: limes verify {path}")
