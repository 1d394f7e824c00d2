"""Verdicts in the terminal."""

from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from .session import Outcome

GLYPHS = {"supported": "✓", "refuted": "✗", "inconclusive": "?", "assumption not met": "∅", "error": "!"}
STYLES = {
    "supported": "green",
    "refuted": "red",
    "inconclusive": "yellow",
    "assumption not met": "magenta",
    "error": "bold red",
}


def verdict_text(verdict: str) -> str:
    """Write a verdict with its glyph, so that color is never alone."""
    return f"{GLYPHS.get(verdict, ' ')} {verdict}"


def print_outcome(outcome: "Outcome") -> None:
    """Print the table of verdicts, the reasons of what is not supported, and where the report is."""
    console = wide_console()
    if outcome.results:
        console.print(verdict_table(outcome.results))
    for result in outcome.results:
        if result["verdict"] != "supported":
            console.print(f"{result['id']}: {result['reason']}", markup=False, style=STYLES.get(result["verdict"], ""))
    if outcome.interrupted:
        console.print(f"interrupted; everything committed is kept: limes resume --out {outcome.out}", markup=False)
    if outcome.report is not None:
        console.print(f"report: {outcome.report}", markup=False, soft_wrap=True)


def wide_console() -> Console:
    """Return a console on stdout that has room for a table also when it is no terminal."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=160)


def verdict_table(results: list[dict[str, Any]]) -> Table:
    """Lay results out as a table: claim, verdict, what was measured, controls, seeds, time."""
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    for name in ("claim", "verdict", "measured", "controls", "seeds", "time"):
        table.add_column(name, no_wrap=name != "measured", justify="right" if name in ("seeds", "time") else "left")
    for result in results:
        verdict = result["verdict"]
        table.add_row(
            result["id"],
            f"[{STYLES.get(verdict, '')}]{verdict_text(verdict)}[/]",
            Text(summary(result)),
            controls(result),
            str(result["seeds"]),
            seconds(result["seconds"]),
        )
    return table


def summary(result: dict[str, Any]) -> str:
    """Say in a few words what the predictions gave."""
    parts = []
    for name in dict.fromkeys(entry["name"] for entry in result["predictions"]):
        entries = [entry for entry in result["predictions"] if entry["name"] == name]
        if len(entries) == 1:
            parts.append(_one(entries[0]))
        else:
            good = sum(entry["verdict"] == "supported" for entry in entries)
            parts.append(f"{name}: {good} of {len(entries)} cells as predicted")
    return "\n".join(parts)


def _one(entry: dict[str, Any]) -> str:
    from limes.claims.kinds.numbers import number

    text = f"{entry['name']}: {entry['scale']} {number(entry['estimate'])}"
    if entry["interval"] is not None:
        text += f" in [{number(entry['interval'][0])}, {number(entry['interval'][1])}]"
    return f"{text}, predicted {number(entry['predicted'])}"


def controls(result: dict[str, Any]) -> str:
    """Count the controls that came out as they must."""
    fresh = [control for control in result["controls"] if control["role"] == "assumption"]
    met = sum(control["met"] for control in fresh)
    return f"{met} of {len(fresh)} met" if fresh else "none"


def seconds(value: float) -> str:
    """Write a duration."""
    if value < 60:
        return f"{value:.1f} s"
    return f"{int(value // 60)} min {int(value % 60):02d} s"
