"""Names of units: what was measured, with which arguments, seed, precision and source."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from limes.claims.experiment import Cell, Experiment, Value

from .records import canonical, unit_key
from .sources import source_hash

BATCH = 8  # seeds per call: part of the plan, never chosen by memory or workers


@dataclass(frozen=True)
class Variant:
    """An experiment with the overrides of a control, its arguments in one normal form."""

    experiment: Experiment
    change: Mapping[str, Value]
    x64: bool = True
    alone: bool = False  # one unit without batch: how a violation is certified

    @cached_property
    def source(self) -> str:
        """The source hash of the measurement (and of `prepare`)."""
        experiment = self.experiment
        functions = [experiment.measure] + ([experiment.prepare] if experiment.prepare else [])
        return hashlib.sha256("".join(source_hash(f) for f in functions).encode()).hexdigest()

    @cached_property
    def given(self) -> Any:
        """The loaded `given`, once per process."""
        return None if self.experiment.given is None else load_given(self.experiment.given, self.x64)

    @cached_property
    def given_hash(self) -> str | None:
        """The hash of `given`."""
        return None if self.experiment.given is None else tree_hash(self.given)

    @property
    def batch(self) -> int:
        """Seeds per call; 0 means one unit without batch axis."""
        return BATCH if self.experiment.random and not self.experiment.host and not self.alone else 0

    def arguments(self, cell: Cell) -> dict[str, Value]:
        """Return axes and overrides together, typed like the defaults."""
        return {
            **self.experiment.overrides,
            **{k: _like(v, self.experiment.overrides[k]) for k, v in self.change.items()},
            **cell,
        }

    def random_key(self, cell: Cell, seed: int) -> bytes:
        """Return the 8 bytes that seed the random key: measure, version, non-shared axes, changes, seed."""
        arguments = self.arguments(cell)
        named = {
            "measure": self.experiment.name,
            "version": self.experiment.version,
            "axes": {name: value for name, value in cell.items() if name not in self.experiment.shared},
            "changes": {name: arguments[name] for name in self.change},
            "seed": seed,
        }
        return hashlib.sha256(canonical(named).encode()).digest()[:8]

    def params(self, cell: Cell, seed: int) -> str:
        """Return the canonical JSON that names one unit; its SHA-256 is the unit's key."""
        return canonical(
            {
                "measure": self.experiment.name,
                "version": self.experiment.version,
                "arguments": self.arguments(cell),
                "seed": seed,
                "random": self.random_key(cell, seed).hex(),
                "dtype": "float64" if self.x64 else "float32",
                "batch": "alone" if self.alone else self.batch,
                "layout": self._layout(cell),
                "given": self.given_hash,
                "source": self.source,
            }
        )

    def name(self, cell: Cell, seed: int) -> tuple[str, bytes]:
        """Return parameters and key of one unit, worked out once."""
        place = (tuple(cell.values()), seed)
        if place not in self._names:
            params = self.params(cell, seed)
            self._names[place] = (params, unit_key(params))
        return self._names[place]

    def key(self, cell: Cell, seed: int) -> bytes:
        """Return the key of one unit."""
        return self.name(cell, seed)[1]

    @cached_property
    def _names(self) -> dict[Any, tuple[str, bytes]]:
        return {}

    def _layout(self, cell: Cell) -> dict[str, Any]:
        """Return what else decides the numbers: buckets, declared outputs and their coordinates."""
        experiment, arguments = self.experiment, self.arguments(cell)
        return {
            "pads": {name: experiment.bucket(name, arguments[name]) for name in experiment.pad},
            "outputs": {name: list(dims) for name, dims in experiment.outputs.items()},
            "coords": {name: [float(value) for value in values] for name, values in experiment.coords.items()},
        }


def _like(value: Value, default: Value) -> Value:
    return float(value) if isinstance(default, float) and isinstance(value, int) else value


_loaded: dict[Any, Any] = {}


def load_given(loader: Any, x64: bool) -> Any:
    """Run a `given` loader once per process and precision."""
    import jax

    if (loader, x64) not in _loaded:
        with jax.enable_x64(x64):
            _loaded[loader, x64] = loader()
    return _loaded[loader, x64]


def tree_hash(tree: Any) -> str:
    """Hash the structure and the arrays of a pytree."""
    import jax

    leaves, structure = jax.tree.flatten(tree)
    digest = hashlib.sha256(str(structure).encode())
    for leaf in leaves:
        array = np.asarray(leaf, order="C")
        digest.update(f"{array.dtype.str}{array.shape}".encode() + array.tobytes())
    return digest.hexdigest()
