"""The local engine: compile each program once, run eight seeds a call, check what comes back."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from limes._errors import MeasureError
from limes.claims.experiment import Cell, Experiment, Value

from .keys import Variant
from .returned import Returned, kind, place

Unit = dict[str, np.ndarray]
_PREPARED = 32  # results of `prepare` kept at a time


@dataclass
class Costs:
    """What a run has spent: programs compiled, seconds by phase, largest memory of a program in bytes."""

    programs: int = 0
    trace: float = 0.0
    compile: float = 0.0
    run: float = 0.0
    memory: int = 0

    def __sub__(self, other: "Costs") -> "Costs":
        return Costs(
            self.programs - other.programs,
            self.trace - other.trace,
            self.compile - other.compile,
            self.run - other.run,
            self.memory,
        )

    def copy(self) -> "Costs":
        """Return a snapshot."""
        return Costs(self.programs, self.trace, self.compile, self.run, self.memory)


@dataclass
class Local:
    """Run units of experiments in this process; programs are kept for the life of the object."""

    costs: Costs = field(default_factory=Costs)
    _programs: dict[Any, Callable[..., Any]] = field(default_factory=dict)
    _prepared: dict[Any, Any] = field(default_factory=dict)  # by random key; the last few only
    _returned: Returned = field(default_factory=Returned)

    def call(self, variant: Variant, cell: Cell, seeds: list[int]) -> list[Unit]:
        """Run the given seeds of one cell and return one dictionary of arrays per seed.

        A batch always holds the seeds of its block of eight, whichever are asked for, so
        the result of a seed does not depend on what else was stored already. Raises
        `MeasureError` when `measure` raises or returns something else than declared.
        """
        import jax

        with jax.enable_x64(variant.x64):
            try:
                if variant.experiment.host:
                    return [self._host(variant, cell, seed) for seed in seeds]
                if not variant.batch:
                    return [self._alone(variant, cell, seed) for seed in seeds]
                return self._batch(variant, cell, seeds)
            except MeasureError:
                raise
            except (Exception, SystemExit) as error:  # a person's function may raise anything
                raise MeasureError(f"{place(variant, cell)} raised {_sentence(error)}") from error

    def expect(self, variant: Variant, cell: Cell, unit: Unit) -> None:
        """Hold a unit against the declaration, and later units against this one."""
        self._returned.check(variant, cell, {name: (value.shape, kind(value.dtype)) for name, value in unit.items()})

    def _host(self, variant: Variant, cell: Cell, seed: int) -> Unit:
        started = time.perf_counter()
        arguments = variant.arguments(cell) | self._given(variant, cell, [seed], alone=True)
        result = variant.experiment.measure(_keys(variant, cell, [seed])[0], **arguments)
        self._returned.check_names(variant, cell, result)
        unit = {name: _stored(value, variant.x64) for name, value in result.items()}
        self.expect(variant, cell, unit)
        self.costs.run += time.perf_counter() - started
        return unit

    def _alone(self, variant: Variant, cell: Cell, seed: int) -> Unit:
        out = self._run(variant, cell, [seed], alone=True)
        return {name: np.asarray(value) for name, value in out.items()}

    def _batch(self, variant: Variant, cell: Cell, seeds: list[int]) -> list[Unit]:
        units: dict[int, Unit] = {}
        for start in sorted({seed - seed % variant.batch for seed in seeds}):
            block = list(range(start, start + variant.batch))
            out = {name: np.asarray(value) for name, value in self._run(variant, cell, block, alone=False).items()}
            units |= {seed: {name: value[i] for name, value in out.items()} for i, seed in enumerate(block)}
        return [units[seed] for seed in seeds]

    def _run(self, variant: Variant, cell: Cell, seeds: list[int], *, alone: bool) -> Mapping[str, Any]:
        import jax

        static, traced = split(variant, cell)
        keys = _keys(variant, cell, seeds)
        given = self._given(variant, cell, seeds, alone=alone).get("given")
        inputs = (keys[0] if alone else keys, given, traced)
        program = self._program(variant, cell, static, inputs, alone=alone)
        started = time.perf_counter()
        out = jax.block_until_ready(program(*inputs))
        self.costs.run += time.perf_counter() - started
        return out

    def _given(self, variant: Variant, cell: Cell, seeds: list[int], *, alone: bool) -> dict[str, Any]:
        """Return `given` for a call: loaded data, or what `prepare` makes once per random key."""
        import jax

        experiment = variant.experiment
        if experiment.prepare is None:
            return {"given": variant.given} if experiment.given is not None else {}
        name = (variant.source, alone, variant.x64, *(variant.random_key(cell, seed) for seed in seeds))
        if name not in self._prepared:
            while len(self._prepared) >= _PREPARED:
                self._prepared.pop(next(iter(self._prepared)))
            keys = _fold(_keys(variant, cell, seeds))
            prepare = experiment.prepare
            if not experiment.host:
                known = (variant.source, "prepare", alone, variant.x64)
                if known not in self._programs:
                    self._programs[known] = jax.jit(prepare if alone else jax.vmap(prepare))
                    self.costs.programs += 1
                self._prepared[name] = self._programs[known](keys[0] if alone else keys)
            else:
                self._prepared[name] = prepare(keys[0])
        return {"given": self._prepared[name]}

    def _program(
        self, variant: Variant, cell: Cell, static: dict[str, Value], inputs: tuple[Any, ...], *, alone: bool
    ) -> Callable[..., Any]:
        import jax

        leaves, structure = jax.tree.flatten(inputs)
        types = tuple((leaf.shape, str(leaf.dtype)) for leaf in leaves)
        fixed = tuple(sorted(static.items(), key=lambda item: item[0]))
        name = (variant.source, variant.x64, alone, fixed, str(structure), types)
        if name not in self._programs:
            self._programs[name] = self._compile(variant, cell, static, inputs, alone=alone)
        return self._programs[name]

    def _compile(
        self, variant: Variant, cell: Cell, static: dict[str, Value], inputs: tuple[Any, ...], *, alone: bool
    ) -> Callable[..., Any]:
        import jax

        experiment = variant.experiment

        def unit(key: Any, given: Any, traced: dict[str, Any]) -> dict[str, Any]:
            extra = {"given": given} if experiment.takes_given else {}
            out = experiment.measure(key, **static, **traced, **extra)
            self._returned.check_names(variant, cell, out)
            return {label: jax.numpy.asarray(value) for label, value in out.items()}

        axes = (0, None if experiment.prepare is None else 0, None)
        function = unit if alone else jax.vmap(unit, in_axes=axes)
        started = time.perf_counter()
        traced = jax.jit(function).trace(*inputs)
        shapes = {
            label: (info.shape if alone else info.shape[1:], kind(info.dtype))
            for label, info in traced.out_info.items()
        }
        self._returned.check(variant, cell, shapes)
        lowered = time.perf_counter()
        program = traced.lower().compile()
        self.costs.trace += lowered - started
        self.costs.compile += time.perf_counter() - lowered
        self.costs.programs += 1
        self.costs.memory = max(self.costs.memory, _memory(program))
        return program


def split(variant: Variant, cell: Cell) -> tuple[dict[str, Value], dict[str, Any]]:
    """Split the arguments of a cell into static ones and arrays that enter the program traced."""
    import jax.numpy as jnp

    experiment: Experiment = variant.experiment
    static: dict[str, Value] = {}
    traced: dict[str, Any] = {}
    for name, value in variant.arguments(cell).items():
        if experiment.is_traced(name, value):
            traced[name] = jnp.asarray(value, dtype=float if isinstance(value, float) else int)
        else:
            static[name] = value
        if name in experiment.pad:
            static[f"{name}_pad"] = experiment.bucket(name, value)
    return static, traced


def _keys(variant: Variant, cell: Cell, seeds: list[int]) -> Any:
    import jax
    import jax.numpy

    data = np.stack([np.frombuffer(variant.random_key(cell, seed), dtype="<u4") for seed in seeds]).astype(np.uint32)
    return jax.random.wrap_key_data(jax.numpy.asarray(data), impl="threefry2x32")


def _fold(keys: Any) -> Any:
    """Give `prepare` draws of its own, independent of those of `measure`."""
    import jax

    return jax.vmap(lambda key: jax.random.fold_in(key, 1))(keys)


def _stored(value: Any, x64: bool) -> np.ndarray:
    array = np.asarray(value)
    return array.astype(float if x64 else np.float32) if array.dtype.kind == "f" else array


def _memory(program: Any) -> int:
    analysis = program.memory_analysis()
    if analysis is None:
        return 0
    return int(analysis.temp_size_in_bytes + analysis.argument_size_in_bytes + analysis.output_size_in_bytes)


def _sentence(error: BaseException) -> str:
    first = str(error).strip().splitlines()
    return f"{type(error).__name__}: {first[0]}" if first else type(error).__name__
