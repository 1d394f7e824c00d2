"""Errors that a person reads: one sentence with what was expected, what came and what to do."""


class LimesError(Exception):
    """Base of every error that limes raises on purpose; its text is one clear sentence."""

    exit_code = 4


class InputError(LimesError, ValueError):
    """Bad input: names the argument, its rule, the value that came and the remedy."""

    exit_code = 2


class StorageError(LimesError):
    """The ledger could not be opened or written: names the path, the cause and the remedy."""


class CorruptLedger(StorageError):  # noqa: N818
    """A stored ledger fails its checks: names the path and what is damaged."""


class MeasureError(LimesError):
    """A cell raised or returned wrong names, shapes or types: names the claim and the cell."""
