"""The only place that knows which JAX is running; safe to import without JAX."""

import importlib.metadata
import os
import pathlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

_SCHEDULER = "--xla_cpu_enable_concurrency_optimized_scheduler=false"


def jax_line() -> tuple[int, int]:
    """Return the installed JAX line, such as `(0, 10)`, without importing JAX."""
    major, minor = importlib.metadata.version("jax").split(".")[:2]
    return int(major), int(minor)


def prepare_process() -> None:
    """Set what must stand in the environment before JAX starts.

    On jax 0.10 two independent batched linear solves in one compiled CPU program wait
    for each other forever; the sequential scheduler cures it. Newer lines are untouched.
    """
    flags = os.environ.get("XLA_FLAGS", "")
    if jax_line() <= (0, 10) and "concurrency_optimized_scheduler" not in flags:
        os.environ["XLA_FLAGS"] = f"{flags} {_SCHEDULER}".strip()


def cache_folder() -> pathlib.Path:
    """Return the user's folder for compiled programs."""
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return pathlib.Path(os.environ.get("LIMES_CACHE", os.path.join(base, "limes"))) / "programs"


def keep_compiled_programs() -> pathlib.Path | None:
    """Turn JAX's persistent compilation cache on, unless the user chose a folder already.

    Returns the folder in use, or `None` where none can be written.
    """
    import jax

    chosen = jax.config.jax_compilation_cache_dir  # pyright: ignore[reportAttributeAccessIssue]
    if chosen:
        return pathlib.Path(chosen)
    folder = cache_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    jax.config.update("jax_compilation_cache_dir", str(folder))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)
    return folder


def open_jaxpr(jaxpr: Any) -> Any:
    """Return the open jaxpr of a closed or an open one (JAX 0.11 made them one class)."""
    return getattr(jaxpr, "jaxpr", jaxpr)


def live_jaxpr(jaxpr: Any, used: Sequence[bool] | None = None) -> tuple[Any, list[bool]]:
    """Remove the equations that no used output needs, inside loops and calls too; `used` defaults to all outputs.

    Returns the open jaxpr and which of its inputs it still reads.
    """
    from jax.interpreters import partial_eval

    jaxpr = open_jaxpr(jaxpr)
    wanted = [True] * len(jaxpr.outvars) if used is None else list(used)
    live, read = partial_eval.dce_jaxpr(jaxpr, wanted)
    return live, list(read)


def live_function(closed: Any, used: Sequence[bool]) -> Callable[..., list[Any]]:
    """Return the used outputs of a closed jaxpr as a function of all its inputs, without what they do not need."""
    from jax.extend import core
    from jax.interpreters import partial_eval

    live, _ = partial_eval.dce_jaxpr(open_jaxpr(closed), list(used), instantiate=True)
    return core.jaxpr_as_fun(core.ClosedJaxpr(live, closed.consts))


def jaxprs_inside(params: Mapping[str, Any]) -> list[Any]:
    """Return the open jaxprs among the parameters of an equation, in tuples and lists too."""
    from jax.extend import core

    return [open_jaxpr(found) for found in core.jaxprs_in_params(dict(params))]


def is_dropped(variable: Any) -> bool:
    """Whether a variable of an equation is an output that nobody reads."""
    from jax.extend import core

    return isinstance(variable, core.DropVar)


def is_literal(atom: Any) -> bool:
    """Whether an operand of an equation is a number written into the program."""
    from jax.extend import core

    return isinstance(atom, core.Literal)


def one_equation(equation: Any, operands: Sequence[Any]) -> Any:
    """Return the closed jaxpr of one equation alone, as a function of its distinct variables among `operands`.

    `operands` take the place of those of the equation, and may be literals.
    """
    from jax.extend import core

    inputs = list(dict.fromkeys(atom for atom in operands if not is_literal(atom)))
    outputs = [variable for variable in equation.outvars if not is_dropped(variable)]
    alone = equation.replace(invars=list(operands))
    info = core.DebugInfo("one equation", equation.primitive.name, None, None)
    return core.ClosedJaxpr(core.Jaxpr((), inputs, outputs, [alone], alone.effects, info), ())


def jaxpr_function(closed: Any) -> Callable[..., list[Any]]:
    """Return a closed jaxpr as a function of arrays."""
    from jax.extend import core

    return core.jaxpr_as_fun(closed)


def closed_jaxpr(jaxpr: Any) -> Any:
    """Return a closed jaxpr, also for an open one without constants."""
    from jax.extend import core

    return jaxpr if hasattr(jaxpr, "consts") else core.ClosedJaxpr(jaxpr, ())


def function_name(jaxpr: Any) -> str:
    """Return the name of the Python function that a jaxpr was traced from, or an empty text."""
    name = getattr(open_jaxpr(jaxpr).debug_info, "func_name", None)
    return name if isinstance(name, str) else ""


def scope_names(equation: Any) -> tuple[str, ...]:
    """Return the named scopes that an equation was traced in, from outside in."""
    return tuple(name for name in str(equation.source_info.name_stack).split("/") if name)


def implementation(equation: Any) -> Any:
    """Trace what a primitive runs outside of compiled programs: the jaxpr of its own implementation.

    JAX 0.11 and later wrap some functions, such as `searchsorted`, in objects with a method `expand`.
    """
    import jax

    wrapped = equation.params.get("_prim")

    def run(*values: Any) -> Any:
        if hasattr(wrapped, "expand"):
            return wrapped.expand(*jax.tree.unflatten(wrapped.in_tree, values))
        return equation.primitive.impl(*values, **equation.params)

    return jax.make_jaxpr(run)(*[jax.ShapeDtypeStruct(value.aval.shape, value.aval.dtype) for value in equation.invars])


def scan_parts(equation: Any) -> tuple[int, int]:
    """Return how many operands of a scan are the same in every pass, and how many values it carries on.

    JAX 0.12 no longer writes the two numbers down; what is handed out or collected slice by slice has one axis more outside.
    """
    body = open_jaxpr(equation.params["jaxpr"])

    def whole(outer: Sequence[Any], inner: Sequence[Any]) -> int:
        return sum(len(a.aval.shape) == len(b.aval.shape) for a, b in zip(outer, inner, strict=True))

    carried = whole(equation.outvars, body.outvars)
    return whole(equation.invars, body.invars) - carried, carried
