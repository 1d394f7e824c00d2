"""Progress on stderr: a live line in a terminal, a plain line now and then elsewhere, or nothing."""

import sys
import time
from typing import Any

from limes.studies.events import Committed, Event, Failed, Look, Started, Verdict
from limes.studies.plan import Plan

from .tables import seconds, verdict_text


class Silent:
    """No progress."""

    def event(self, event: Event) -> None:
        """Ignore an event."""

    def warn(self, text: str) -> None:
        """Print a warning all the same: it asks for attention."""
        print(f"limes: {text}", file=sys.stderr)  # noqa: T201

    def close(self) -> None:
        """Do nothing."""


class Pace:
    """Where a run stands, in words: claim, seeds, and the time to the end of what is known."""

    def __init__(self, plan: Plan) -> None:
        self.total = len(plan.entries)
        self.number = 0
        self.claim = ""
        self.job = ""
        self.seeds = 0
        self.remaining = 0
        self.seconds: list[float] = []
        self.waiting = {e.claim.id: sum(len(j.calls(j.stages[0])) for j in (e.main, *e.controls)) for e in plan.entries}

    def follow(self, event: Event) -> None:
        """Take an event into account."""
        if isinstance(event, Started):
            self.number += 1
            self.claim = self.job = event.claim
            self.remaining = self.waiting.pop(event.claim, 0)
            self.seeds = 0
        elif isinstance(event, Committed):
            self.job, self.seeds, self.remaining = event.job, event.seeds[-1] + 1, event.remaining
            self.seconds.append(event.seconds)

    @property
    def eta(self) -> str:
        """The time that the calls known today still take; later looks may add to it."""
        if not self.seconds:
            return "first call: compiling"
        recent = sorted(self.seconds[-20:])
        calls = self.remaining + sum(self.waiting.values())
        return f"at least {seconds(recent[len(recent) // 2] * calls)} to go" if calls else "almost done"

    @property
    def line(self) -> str:
        """One line for a person."""
        units = f", seeds to {self.seeds}" if self.seeds else ""
        return f"claim {self.number} of {self.total}: {self.job}{units} · {self.eta}"


class Plain:
    """One line when a claim begins and ends, and every ten seconds between."""

    def __init__(self, plan: Plan, every: float = 10.0) -> None:
        self.pace = Pace(plan)
        self.every = every
        self.last = time.monotonic()

    def event(self, event: Event) -> None:
        """Print what matters."""
        self.pace.follow(event)
        now = time.monotonic()
        if isinstance(event, Verdict):
            self._say(f"{event.claim}: {verdict_text(event.result['verdict'])} ({seconds(event.result['seconds'])})")
        elif isinstance(event, Failed):
            self._say(f"{event.job}: {event.state}, {event.note}")
        elif isinstance(event, Started) or now - self.last > self.every:
            self._say(self.pace.line)

    def _say(self, text: str) -> None:
        self.last = time.monotonic()
        print(text, file=sys.stderr, flush=True)  # noqa: T201

    def warn(self, text: str) -> None:
        """Print a warning."""
        self._say(f"limes: {text}")

    def close(self) -> None:
        """Do nothing."""


class Terminal:
    """A live status line, with the verdicts printed above it as they come."""

    def __init__(self, plan: Plan) -> None:
        from rich.console import Console

        self.pace = Pace(plan)
        self.console = Console(stderr=True, highlight=False)
        self.status = self.console.status("starting")
        self.status.start()

    def event(self, event: Event) -> None:
        """Update the line."""
        self.pace.follow(event)
        if isinstance(event, Verdict):
            from .tables import STYLES

            verdict = event.result["verdict"]
            self.console.print(
                f"[{STYLES.get(verdict, '')}]{verdict_text(verdict):20}[/] {event.claim}  [dim]{seconds(event.result['seconds'])}[/]"
            )
        elif isinstance(event, Failed):
            self.console.print(f"{event.job}: {event.state}, {event.note}", markup=False)
        elif not isinstance(event, Look):
            self.status.update(self.pace.line)

    def warn(self, text: str) -> None:
        """Print a warning above the line."""
        self.console.print(f"limes: {text}", markup=False)

    def close(self) -> None:
        """Remove the line."""
        self.status.stop()


def progress_for(plan: Plan) -> Any:
    """Return the display that suits stderr."""
    return Terminal(plan) if sys.stderr.isatty() else Plain(plan)
