"""`limes cite`: BibTeX of a theorem and of limes."""

import click


@click.command("cite")
@click.argument("claim", metavar="[CLAIM]", required=False)
def command(claim: str | None) -> None:
    """Print BibTeX: the source of CLAIM, and limes itself."""
    from .show import indexed

    if claim is not None:
        entry = indexed(claim)
        click.echo(f"% {entry['id']}: {entry['source']}")
        click.echo(entry["bibtex"] + "\n")
    click.echo(library())


def library() -> str:
    """Return the BibTeX entry of the installed version of limes."""
    import importlib.metadata

    version = importlib.metadata.version("limes")
    return (
        "@software{limes,\n"
        "  title = {limes: the mathematics of neural networks, measured},\n"
        "  author = {{The limes developers}},\n"
        f"  version = {{{version}}},\n"
        "  license = {Apache-2.0}\n"
        "}"
    )
