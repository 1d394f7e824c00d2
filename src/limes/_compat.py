"""The only place that knows which JAX is running; safe to import without JAX."""

import importlib.metadata
import os
import pathlib

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
