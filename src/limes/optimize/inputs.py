"""What a descent accepts, and one sentence for everything else."""

import operator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from limes._errors import InputError


def check_call(name: str, rules: Any, params: Any, steps: int, key: Any, every: int) -> tuple[int, int]:
    """Check the arguments of a descent; returns the two counts as integers."""
    _check_optimizer(name, rules.optimizer)
    check_params(name, params)
    _check_key(name, key)
    _check_risk(name, rules)
    if rules.record is not None and not callable(rules.record):
        raise InputError(
            f"{name}: record must be a function of the parameters or a recorder with init and __call__, got "
            f"{type(rules.record).__name__}; pass a function that returns a dictionary"
        )
    return count(name, "steps", steps, 0), count(name, "every", every, 1)


def count(name: str, argument: str, value: Any, least: int) -> int:
    """Return an integer that is at least `least`."""
    try:
        number = operator.index(value)
    except (TypeError, jax.errors.JAXTypeError):
        number = None
    if number is None or isinstance(value, bool) or number < least:
        raise InputError(f"{name}: {argument} must be an integer from {least} on, got {value!r}; pass a plain integer")
    return number


def _check_optimizer(name: str, optimizer: Any) -> None:
    if not is_transformation(optimizer):
        raise InputError(
            f"{name}: optimizer must be an Optax transformation, got {type(optimizer).__name__}; "
            "pass for example optax.sgd(step_size)"
        )


def check_params(name: str, params: Any) -> None:
    """Check that the parameters are arrays of real floating-point numbers."""
    leaves = jax.tree_util.tree_leaves_with_path(params)
    if not leaves:
        raise InputError(f"{name}: params must hold at least one array, got none; pass the parameters to be moved")
    for path, leaf in leaves:
        kind = jnp.result_type(leaf) if isinstance(leaf, jax.Array | np.ndarray | float) else type(leaf).__name__
        if isinstance(kind, str) or not jnp.issubdtype(kind, jnp.floating):
            raise InputError(
                f"{name}: params{jax.tree_util.keystr(path)} must be an array of real floating-point numbers, got "
                f"{kind}; split the model with limes.functional"
            )


def _check_key(name: str, key: Any) -> None:
    typed = isinstance(key, jax.Array) and jnp.issubdtype(key.dtype, jax.dtypes.prng_key)
    if not typed or key.shape != ():
        got = f"an array of {key.dtype} with shape {key.shape}" if hasattr(key, "dtype") else type(key).__name__
        raise InputError(f"{name}: key must be one random key, got {got}; pass jax.random.key(seed)")


def _check_risk(name: str, rules: Any) -> None:
    if not callable(rules.risk):
        raise InputError(
            f"{name}: risk must be an EmpiricalRisk or a function of the parameters, got "
            f"{type(rules.risk).__name__}; build EmpiricalRisk(apply, loss, data)"
        )
    general = hasattr(rules.risk, "evaluate") and hasattr(rules.risk, "data")
    if rules.batch is not None:
        count(name, "batch", rules.batch, 1)
    if not general and (rules.batch is not None or rules.random):
        raise InputError(
            f"{name}: batch and random need a risk with samples, got a function of the parameters; "
            "build EmpiricalRisk(apply, loss, data)"
        )


def check_row(reserved: str, row: Any) -> dict[str, Any]:
    """Return what a recorder returned, a dictionary of arrays without the reserved name."""
    if not isinstance(row, dict) or not all(isinstance(name, str) for name in row):
        raise InputError(
            f"record: a recorder must return a dictionary of named arrays, got {type(row).__name__}; "
            "return for example {'norm': value}"
        )
    if reserved in row:
        raise InputError(
            f"record: a recorder must not use the name {reserved!r}, which holds the risk of the descent; choose another name"
        )
    return row


def is_transformation(optimizer: Any) -> bool:
    """Tell an Optax transformation from a function of the replica that returns one."""
    return hasattr(optimizer, "init") and hasattr(optimizer, "update")
