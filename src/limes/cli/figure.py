"""`limes figure`: the figures of a judged claim as files, redrawn without computing."""

import pathlib

import click

from . import options

FORMATS = ("svg", "pdf", "pgf")


@click.command("figure")
@click.argument("claim", metavar="CLAIM")
@options.out
@click.option("--format", "form", type=click.Choice(FORMATS), default="svg", show_default=True, help="File format.")
@click.option("--width", default="5.5in", show_default=True, metavar="LENGTH", help="Width, such as 3.25in or 8cm.")
@click.option("--to", "folder", default=None, metavar="FOLDER", help="Where to write; default FOLDER/figures.")
def command(claim: str, out: str, form: str, width: str, folder: str | None) -> None:
    """Write the figures of CLAIM as SVG, PDF or PGF, at the width of your paper."""
    from limes._errors import InputError
    from limes.report.figures import figures

    from .stored import claim_id, own_picture_of, result_of

    inches = parsed_width(width)
    result = result_of(claim_id(claim), out)
    found = figures(result)
    if not found:
        raise InputError(f"claim {claim!r} has no figure in {out!r}; run `limes verify {claim}` again")
    target = pathlib.Path(folder) if folder else pathlib.Path(out) / "figures"
    for number, figure in enumerate(found):
        path = target / f"{figure.name}.{form}"
        target.mkdir(parents=True, exist_ok=True)
        redrawn = number == 0 and form != "svg" and result["page"]["picture"] is not None
        picture = (own_picture_of(claim, out) if redrawn else None) or figure.picture
        picture.save(path, inches)
        click.echo(str(path))


def parsed_width(text: str) -> float:
    """Turn `3.25in`, `8cm` or `80mm` into inches; raises `InputError` for anything else."""
    import re

    from limes._errors import InputError

    match = re.fullmatch(r"(\d+(?:\.\d*)?)\s*(in|cm|mm)?", text.strip())
    inches = float(match[1]) / {"in": 1.0, "cm": 2.54, "mm": 25.4, None: 1.0}[match[2]] if match else 0.0
    if not 1.5 <= inches <= 20.0:
        raise InputError(f"width must be a length from 1.5in to 20in such as 3.25in or 8cm, got {text!r}")
    return inches
