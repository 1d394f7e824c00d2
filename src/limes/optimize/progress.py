"""Progress of a descent on stderr: a live line in a terminal, a plain one now and then elsewhere, or nothing."""

import sys
import time
from collections.abc import Callable, Mapping
from typing import Any, TextIO

import numpy as np

_TERMINAL, _PLAIN = 0.2, 5.0


class Progress:
    """Says where a descent stands and when it will end.

    The time to the end follows from the chunks after the first one, which compiles.
    """

    def __init__(
        self,
        steps: int,
        *,
        stream: TextIO | None = None,
        clock: Callable[[], float] = time.monotonic,
        wanted: bool = True,
    ) -> None:
        self.steps = steps
        self.stream = stream or sys.stderr
        self.clock = clock
        self.wanted = wanted
        self.live = wanted and self.stream.isatty()
        self.every = _TERMINAL if self.live else _PLAIN
        self.said = clock()
        self.first: tuple[int, float] | None = None

    def update(self, step: int, row: Mapping[str, Any], alive: Any) -> None:
        """Take a finished chunk into account; prints at most one line every few seconds."""
        now = self.clock()
        if self.first is None and step > 0:
            self.first = (step, now)
        if self.wanted and now - self.said >= self.every:
            self.said = now
            self._say(f"minimize: {self.line(step, row, alive, now)}")

    def line(self, step: int, row: Mapping[str, Any], alive: Any, now: float) -> str:
        """Return one line for a person."""
        parts = [f"step {step:,} of {self.steps:,}", *risk_text(row), *frozen_text(alive)]
        return f"{', '.join(parts)} · {self._remaining(step, now)}"

    def _remaining(self, step: int, now: float) -> str:
        if self.first is None or step <= self.first[0]:
            return "compiling"
        pace = (now - self.first[1]) / (step - self.first[0])
        return f"{duration(pace * (self.steps - step))} to go"

    def warn(self, text: str) -> None:
        """Print what asks for attention."""
        if self.wanted:
            self.stream.write(f"\r\x1b[2Kminimize: {text}\n" if self.live else f"minimize: {text}\n")
            self.stream.flush()

    def close(self, step: int, alive: Any, *, interrupted: bool = False) -> None:
        """Clear the live line; report an interruption and replicas that diverged."""
        if self.live:
            self.stream.write("\r\x1b[2K")
        if self.wanted and interrupted:
            self.stream.write(f"minimize: interrupted after {step:,} of {self.steps:,} steps, which are returned\n")
        if self.wanted and (frozen := frozen_text(alive)):
            self.stream.write(f"minimize: {frozen[0]} in {step:,} steps; see status and carry.taken\n")
        self.stream.flush()

    def _say(self, text: str) -> None:
        self.stream.write(f"\r\x1b[2K{text}" if self.live else f"{text}\n")
        self.stream.flush()


def risk_text(row: Mapping[str, Any]) -> list[str]:
    """Return the risk in words: its value, or the middle one of several replicas."""
    for name in ("risk", "batch_risk"):
        if name in row:
            values = np.asarray(row[name], float).ravel()
            values = values[np.isfinite(values)]
            middle = "median " if np.ndim(row[name]) else ""
            return [f"{middle}{name.replace('_', ' ')} {np.median(values):.3g}"] if values.size else []
    return []


def frozen_text(alive: Any) -> list[str]:
    """Return how many replicas diverged, in words."""
    alive = np.asarray(alive)
    frozen = int(np.sum(~alive))
    if not frozen:
        return []
    return [f"{frozen} of {alive.size} replicas diverged" if alive.ndim else "diverged"]


def duration(seconds: float) -> str:
    """Return a rough time in words."""
    for unit, size in (("h", 3600.0), ("min", 60.0)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{max(seconds, 1.0):.0f} s"
