"""Options that several commands share."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])
OUT = "limes-out"

_TARGETS = "CLAIM is an id (risk.overfitting), a chapter (risk), or a file of your own (my_claim.py); none means all."


def targets(function: F) -> F:
    """Add the arguments that name claims."""
    return click.argument("targets", nargs=-1, metavar="[CLAIM]...")(function)


def out(function: F) -> F:
    """Add the folder of results."""
    return click.option("--out", default=OUT, show_default=True, metavar="FOLDER", help="Folder of ledger and report.")(
        function
    )


def as_json(function: F) -> F:
    """Add `--json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout instead of text.")(function)


def running(function: F) -> F:
    """Add the options of commands that compute."""
    for option in reversed(
        [
            click.option("--quick", is_flag=True, help="Use the quick grids: fewer sizes, same verdict rules."),
            click.option(
                "--seeds",
                type=int,
                default=None,
                metavar="N",
                help="Largest number of seeds: 8, 16, 32, 64 (default), 128, ...",
            ),
            click.option("--x64/--x32", "x64", default=True, help="Double (default) or single precision."),
            click.option(
                "--device", default=None, metavar="NAME", help="cpu, gpu or gpu:0; default is what JAX chooses."
            ),
            click.option(
                "--engine", default="local", show_default=True, metavar="NAME", help="Where the work runs: local."
            ),
            click.option(
                "--timeout",
                type=float,
                default=None,
                metavar="S",
                help="Give a call up after S seconds (state timeout).",
            ),
            click.option("--quiet", is_flag=True, help="No progress on stderr."),
        ]
    ):
        function = option(function)
    return function
