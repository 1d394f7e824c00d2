"""The command `limes`: commands are imported when they are called."""

import difflib
import importlib
import os
import sys
from typing import Any

import click

from limes._errors import LimesError

COMMANDS = {
    "verify": "verify",
    "list": "list_claims",
    "show": "show",
    "cite": "cite",
    "plan": "plan",
    "resume": "resume",
    "graph": "graph",
    "figure": "figure",
    "export": "export",
    "doctor": "doctor",
    "new-claim": "new_claim",
}


class Commands(click.Group):
    """A group that finds its commands in `limes.cli.<module>` and suggests the nearest name."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order in which a person meets them."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module = COMMANDS[cmd_name]
        return importlib.import_module(f"limes.cli.{module}").command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Name the nearest command, or say how to verify a claim whose id was given bare."""
        if args and args[0] not in COMMANDS:
            raise click.UsageError(_unknown(args[0]), ctx)
        return super().resolve_command(ctx, args)


def _unknown(name: str) -> str:
    from limes.claims.index import CHAPTERS, statements

    if name in (*statements(), *CHAPTERS):
        return f"{name!r} is a claim or chapter, not a command; write `limes verify {name}`"
    near = difflib.get_close_matches(name, COMMANDS, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"the commands are {', '.join(COMMANDS)}"
    return f"no command is called {name!r}; {hint}"


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="limes", message="limes %(version)s")
def limes() -> None:
    """The mathematics of neural networks, measured: theorems as executable claims."""


def main(args: list[str] | None = None) -> None:
    """Run the command line; every expected failure ends in one sentence and an exit code."""
    _leave_current_folder()
    try:
        code = limes.main(args=args, prog_name="limes", standalone_mode=False)
    except click.ClickException as error:
        _complain(error.format_message())
        code = error.exit_code
    except LimesError as error:
        _complain(str(error))
        code = error.exit_code
    except (KeyboardInterrupt, click.Abort):
        _complain("interrupted; what was committed is kept, `limes resume` goes on")
        code = 130
    except BrokenPipeError:
        code = 0
        sys.stdout = None  # pyright: ignore[reportAttributeAccessIssue]
    except Exception as error:
        if os.environ.get("LIMES_TRACEBACK"):
            raise
        _complain(
            f"a defect of limes: {type(error).__name__}: {error}; please report it (LIMES_TRACEBACK=1 shows where)"
        )
        code = 4
    sys.exit(code if isinstance(code, int) else 0)


def _complain(text: str) -> None:
    sentence = " ".join(text.split())
    click.echo(f"limes: {sentence[:1].lower() + sentence[1:] if sentence[1:2].islower() else sentence}", err=True)


def _leave_current_folder() -> None:
    """Take the current folder off the import path: a file there must never shadow a library."""
    sys.path[:] = [entry for entry in sys.path if entry not in ("", ".")]


def exit_with(code: int) -> Any:
    """End the command with a code."""
    raise click.exceptions.Exit(code)
