"""What a run tells those who watch it: ledger, progress and live table consume the same events."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from limes.claims.experiment import Cell


@dataclass(frozen=True)
class Started:
    """A claim begins; `programs` is an upper bound on what it compiles."""

    claim: str
    cells: int
    programs: int


@dataclass(frozen=True)
class Committed:
    """A call came back and its units are on the disk; `remaining` counts calls up to the next look."""

    job: str
    cell: Cell
    seeds: list[int]
    seconds: float
    remaining: int


@dataclass(frozen=True)
class Look:
    """A job was judged after `units` units a cell; `open` predictions are still undecided."""

    job: str
    units: int
    settled: int
    open: int


@dataclass(frozen=True)
class Failed:
    """A call did not come back: it raised, or ran out of time."""

    job: str
    cell: Cell
    state: str
    note: str


@dataclass(frozen=True)
class Verdict:
    """A claim is judged; `result` is the record that the ledger keeps."""

    claim: str
    result: dict[str, Any] = field(repr=False)


@dataclass(frozen=True)
class Interrupted:
    """The run was asked to stop; everything committed stays."""

    claim: str


Event = Started | Committed | Look | Failed | Verdict | Interrupted
Stop = Callable[[], bool]


class Interrupt(Exception):  # noqa: N818
    """Raised inside a run when it was asked to stop between two calls."""
