"""The record of what a number was computed with."""

import functools
import importlib.metadata
import json
import os
import platform
from typing import Any

from limes._errors import InputError


@functools.cache
def environment(x64: bool) -> dict[str, Any]:
    """Return versions, device, flags and precision of this process."""
    import jax

    device = jax.devices()[0]
    return {
        "limes": version("limes"),
        "jax": version("jax"),
        "jaxlib": version("jaxlib"),
        "numpy": version("numpy"),
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        "device": f"{device.platform}: {device.device_kind}",
        "cores": os.cpu_count(),
        "flags": os.environ.get("XLA_FLAGS", ""),
        "x64": x64,
    }


def environment_text(x64: bool) -> str:
    """Return the environment as JSON, as it is stored beside each unit."""
    return json.dumps(environment(x64), sort_keys=True)


def version(package: str) -> str:
    """Return the installed version of a package, or "none"."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "none"


def choose_device(name: str | None) -> None:
    """Select `cpu`, `gpu` or `gpu:0` before JAX starts; raises `InputError` where it is absent."""
    if name is None:
        return
    kind, _, number = name.partition(":")
    if kind not in ("cpu", "gpu", "tpu") or (number and not number.isdigit()):
        raise InputError(
            f"device must be cpu, gpu or gpu:N, got {name!r}; `limes doctor` lists the devices of this machine"
        )
    import jax

    try:
        found = jax.devices(kind)
    except RuntimeError as error:
        raise InputError(
            f"device {name!r} is not present here; choose one that `limes doctor` lists, such as cpu"
        ) from error
    if int(number or 0) >= len(found):
        raise InputError(
            f"device {name!r} is not present here: there are {len(found)} of kind {kind}; choose a smaller number"
        )
    jax.config.update("jax_default_device", found[int(number or 0)])
