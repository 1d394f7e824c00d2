"""An experiment: how something is measured, one seed of one cell at a time."""

import functools
import inspect
import pathlib
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from limes._errors import InputError

_RESERVED = ("key", "given")
TAKEN = ("seed", "state", "present")  # names that datasets use for themselves
Value = int | float | str | bool | None
Cell = dict[str, Value]


@dataclass(frozen=True)
class Experiment:
    """A measurement `measure(key, *, given=None, axis..., override=default...)` and how to run it.

    `measure` returns a dictionary of arrays with the same names, shapes and types in every
    cell. Keyword arguments without a default are grid axes; those with a default are overrides
    that a control may change. Float arguments are traced; integers and strings are static (one
    compiled program a value) unless named in `traced`, or in `pad`, where axis `D` arrives
    traced beside the static `D_pad`, the smallest bucket that holds it.

    - `shared`: axes left out of the random key, so that seeds are paired over them.
    - `skip(**axes) -> bool`: cells declared hopeless before the run.
    - `given`: loader without arguments; its arrays reach `measure` traced, as `given`.
    - `prepare(key) -> pytree`: runs once per random key, its result is passed as `given`.
    - `outputs`, `coords`: `outputs={"risk": ("step",)}` declares a curve inside a run over
      `coords={"step": STEPS}`; whatever is not named is a scalar.
    - `random=False`: one unit per cell; `host=True`: plain Python per unit, nothing compiled.
    - `version`: raise it when the mathematics changes in a way that the source hash cannot see.

    Raises `InputError` when the signature and these declarations disagree.
    """

    measure: Callable[..., Mapping[str, Any]]
    traced: tuple[str, ...] = ()
    pad: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    shared: tuple[str, ...] = ()
    skip: Callable[..., bool] | None = None
    given: Callable[[], Any] | None = None
    prepare: Callable[..., Any] | None = None
    outputs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    coords: Mapping[str, Sequence[float]] = field(default_factory=dict)
    random: bool = True
    host: bool = False
    version: int = 1

    def __post_init__(self) -> None:
        if not callable(self.measure):
            raise InputError(
                f"Experiment: measure must be a function, got {self.measure!r}; pass measure(key, *, axis)"
            )
        self._check_signature()
        known = {*self.axes, *self.overrides}
        for name in ("traced", "pad", "shared"):
            unknown = sorted(set(getattr(self, name)) - known)
            if unknown:
                raise InputError(
                    f"Experiment: {name} names {unknown[0]!r}, which is not an argument of "
                    f"{self.name} (it has {', '.join(sorted(known)) or 'none'}); correct the name"
                )
        for output, dims in self.outputs.items():
            lost = [dim for dim in dims if dim not in self.coords]
            if lost:
                raise InputError(
                    f"Experiment: output {output!r} runs over {lost[0]!r}, which coords does not define; add coords={{{lost[0]!r}: [...]}}"
                )
        self._check_names()
        if self.given is not None and self.prepare is not None:
            raise InputError(
                "Experiment: both given and prepare are set, but measure receives one of them as `given`; drop one"
            )

    def _check_names(self) -> None:
        for name in (*self.axes, *self.coords, *self.outputs):
            if name in TAKEN or (name in self.axes and (name in self.coords or name in self.outputs)):
                raise InputError(f"Experiment: the name {name!r} is taken (by datasets, or by an axis); choose another")
        for name, default in self.overrides.items():
            if default is not None and not isinstance(default, (bool, int, float, str)):
                raise InputError(
                    f"Experiment: the default of {name!r} in {self.name} is {default!r}; "
                    "use a number, a string or a boolean, which a control can change"
                )

    def _check_signature(self) -> None:
        parameters = self._signature.parameters
        if "key" not in parameters:
            raise InputError(
                f"Experiment: {self.name} must take `key` as its first argument; define measure(key, *, axis, ...)"
            )
        for parameter in parameters.values():
            if parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL):
                raise InputError(
                    f"Experiment: {self.name} takes *{parameter.name}, so its axes are unknown; name every argument"
                )
        if (self.given or self.prepare) and "given" not in parameters:
            raise InputError(
                f"Experiment: {self.name} must take given=None, since the experiment sets given or prepare; add the argument"
            )

    @cached_property
    def _signature(self) -> inspect.Signature:
        return inspect.signature(self.measure)

    @property
    def name(self) -> str:
        """The address `module:qualname` of the measurement."""
        function = inspect.unwrap(self.measure)
        while isinstance(function, functools.partial):
            function = inspect.unwrap(function.func)
        return f"{module_name(function)}:{getattr(function, '__qualname__', type(function).__qualname__)}"

    @property
    def takes_given(self) -> bool:
        """Whether `measure` has an argument `given`."""
        return "given" in self._signature.parameters

    @cached_property
    def axes(self) -> tuple[str, ...]:
        """Names of the grid axes: arguments without default."""
        pads = {f"{name}_pad" for name in self.pad}
        return tuple(
            p.name
            for p in self._signature.parameters.values()
            if p.default is p.empty and p.name not in (*_RESERVED, *pads)
        )

    @cached_property
    def overrides(self) -> dict[str, Value]:
        """Arguments with a default, which a control may change."""
        return {
            p.name: p.default
            for p in self._signature.parameters.values()
            if p.default is not p.empty and p.name not in _RESERVED
        }

    def is_traced(self, name: str, value: Value) -> bool:
        """Tell whether an argument reaches the compiled program as a traced number."""
        if self.host:
            return False
        return isinstance(value, float) or name in self.traced or name in self.pad

    def bucket(self, name: str, value: Value) -> int:
        """Return the padded size that holds `value`; raises `InputError` when none does."""
        for size in sorted(self.pad[name]):
            if isinstance(value, int) and value <= size:
                return size
        raise InputError(
            f"Experiment: {name} = {value!r} does not fit pad={{{name!r}: {tuple(self.pad[name])}}}; add a larger bucket"
        )

    def skips(self, cell: Mapping[str, Value]) -> bool:
        """Tell whether the cell was declared hopeless before the run."""
        if self.skip is None:
            return False
        return bool(call_with(self.skip, cell, "skip"))

    def with_measure(self, measure: "Callable[..., Mapping[str, Any]] | Experiment | None") -> "Experiment":
        """Return this experiment with another measurement, as a control may ask for."""
        if measure is None:
            return self
        return measure if isinstance(measure, Experiment) else replace(self, measure=measure)


def module_name(function: Any) -> str:
    """Name the module of a function, the same whether its file is imported, loaded by path or run as a script."""
    name = getattr(function, "__module__", None) or "__main__"
    main = sys.modules.get("__main__")
    if name == "__main__" and (spec := getattr(main, "__spec__", None)) is not None:
        return spec.name
    if name == "__main__" and (file := getattr(main, "__file__", None)):
        return pathlib.Path(file).stem
    return re.sub(r"^limes_file_(.*)_[0-9a-f]{8}$", r"\1", name)


def call_with(function: Callable[..., Any], binding: Mapping[str, Any], what: str) -> Any:
    """Call a person's function with the axes that its signature names.

    Raises `InputError` when it asks for more, or raises: in one sentence that names it.
    """
    parameters = inspect.signature(function).parameters.values()
    takes_all = any(p.kind is p.VAR_KEYWORD for p in parameters)
    missing = [
        p.name
        for p in parameters
        if p.default is p.empty and p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL) and p.name not in binding
    ]
    name = getattr(function, "__name__", type(function).__name__)
    if missing:
        raise InputError(
            f"{what}: the function {name} asks for {missing[0]!r}, but the axes are "
            f"{', '.join(binding) or 'none'}; name its arguments like the axes"
        )
    try:
        return function(
            **(binding if takes_all else {p.name: binding[p.name] for p in parameters if p.name in binding})
        )
    except Exception as error:
        raise InputError(f"{what}: the function {name} raised {type(error).__name__}: {error}; correct it") from error


def as_experiment(measure: "Callable[..., Mapping[str, Any]] | Experiment") -> Experiment:
    """Wrap a bare function as an experiment with the default settings."""
    return measure if isinstance(measure, Experiment) else Experiment(measure)
