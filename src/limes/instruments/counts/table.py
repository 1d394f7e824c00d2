"""The table of counting rules: one documented row for every primitive."""

from . import (
    contraction,
    control,
    elementwise,
    factorizations,
    fourier,
    indexing,
    moves,
    opaque,
    random,
    reductions,
    solves,
    sorting,
    special,
    spectra,
    windows,
)
from .rule import Rule

GROUPS = (
    *(elementwise, special, reductions, contraction, moves, indexing, windows, fourier, sorting),
    *(factorizations, solves, spectra, random, control, opaque),
)

TABLE: dict[str, Rule] = {row.name: row for group in GROUPS for row in group.RULES}


def rules() -> list[Rule]:
    """The rows of the table by group, in the order of the files."""
    return list(TABLE.values())
