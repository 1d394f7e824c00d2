"""From a Python function to its graph, and one sentence where that cannot be."""

from __future__ import annotations

import inspect
import operator
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.core
import jax.numpy as jnp
import numpy as np
from jaxtyping import PyTree

from limes._errors import InputError

from .build import finish
from .graph import Graph
from .reading import read
from .recorder import Recorder
from .refusals import refusal
from .signature import Signature

NUMBERS = (jax.Array, np.ndarray, np.generic, bool, int, float, complex)


def graph(
    fn: Callable[..., Any],
    *args: PyTree,
    argnums: int | Sequence[int] | None = None,
    share: bool = False,
    max_nodes: int = 5000,
) -> Graph:
    r"""Trace a function of arrays into its computational graph, in the order of execution.

    With arrays the graph is the program that ran: every loop is unrolled and every branch is the one taken, on the values
    that occur. With `jax.ShapeDtypeStruct` in their place it is the program as written, for counts: scan, while and cond
    are one node with a body. Calls are opened in both, their names kept as scopes; remat and custom derivatives stay one
    node, so that their own rule is used.

    `argnums` names the arguments to differentiate, as in `jax.grad`; by default they are all arrays of floating-point
    numbers among the arguments. With `share`, what is computed twice from the same values is one node (value numbering).

    Raises `InputError` for what cannot be traced or differentiated, and for more than `max_nodes` values.
    """
    if not callable(fn):
        raise InputError(f"graph: fn must be a function of arrays, got {type(fn).__name__}; pass the function itself")
    leaves, tree = jax.tree_util.tree_flatten_with_path(args)
    names = _names(fn, leaves)
    abstract = [_checked(leaf, name) for (_, leaf), name in zip(leaves, names, strict=True)]
    arguments, requested = _requested(tree, argnums, abstract, names)
    closed, result = _traced(fn, args)
    concrete = not any(isinstance(leaf, jax.ShapeDtypeStruct) for _, leaf in leaves)
    recorder = Recorder(concrete=concrete, share=share, max_nodes=max_nodes)
    inputs = [recorder.input(aval, name) for aval, name in zip(closed.in_avals, names, strict=True)]
    if concrete:
        recorder.values |= {slot: jnp.asarray(leaf) for slot, (_, leaf) in zip(inputs, leaves, strict=True)}
    outputs = read(recorder, closed, inputs)
    numbered = jax.tree.unflatten(jax.tree.structure(result), range(len(outputs)))
    return finish(recorder, outputs, Signature(requested, arguments, numbered))


def _traced(fn: Callable[..., Any], args: tuple[PyTree, ...]) -> tuple[Any, PyTree]:
    """The jaxpr of a function and the structure of what it returns."""
    try:
        closed, result = jax.make_jaxpr(fn, return_shape=True)(*args)
    except Exception as error:  # whatever the user's function raises is told in one sentence
        raise InputError(refusal(error)) from error
    if any(isinstance(const, jax.core.Tracer) for const in closed.consts):
        raise InputError(
            "graph: fn must not use traced values from outside, got one that another trace left behind; pass it as an argument"
        )
    foreign = sorted({type(effect).__name__ for effect in closed.effects} - {"DebugEffect", "OrderedDebugEffect"})
    if foreign:
        raise InputError(
            f"graph: fn must be free of side effects, got {', '.join(foreign)}; leave callbacks and references out of it "
            "(jax.debug.print may stay)"
        )
    return closed, result


def _names(fn: Callable[..., Any], leaves: Sequence[tuple[Any, Any]]) -> list[str]:
    """The name of every leaf: its argument's name and the way to it, such as `params['w']`."""
    try:
        parameters = list(inspect.signature(fn).parameters.values())
    except (TypeError, ValueError):
        parameters = []
    plain = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    rest = next((p.name for p in parameters if p.kind == p.VAR_POSITIONAL), "args")

    def name(path: tuple[Any, ...]) -> str:
        number = path[0].idx
        first = plain[number] if number < len(plain) else f"{rest}[{number - len(plain)}]"
        return first + jax.tree_util.keystr(path[1:])

    return [name(path) for path, _ in leaves]


def _checked(leaf: Any, name: str) -> Any:
    """The type of a leaf that is an array, a number or a shape."""
    if isinstance(leaf, jax.core.Tracer):
        raise InputError(
            f"graph: {name} must be an array, got a traced value; call limes.graph outside of jit, grad and vmap"
        )
    if isinstance(leaf, jax.ShapeDtypeStruct):
        return leaf
    if not isinstance(leaf, NUMBERS) or np.dtype(object) == getattr(leaf, "dtype", None):
        raise InputError(
            f"graph: {name} must be an array, a number or a jax.ShapeDtypeStruct, got {type(leaf).__name__}; close over "
            "it, or split a model with limes.functional"
        )
    return jnp.asarray(leaf)


def _requested(
    tree: Any, argnums: int | Sequence[int] | None, leaves: Sequence[Any], names: Sequence[str]
) -> tuple[PyTree[int], tuple[int, ...]]:
    """The differentiated arguments as a tree of leaf numbers, and those that are differentiated."""
    numbered = jax.tree.unflatten(tree, range(len(leaves)))
    floating = [jnp.issubdtype(leaf.dtype, jnp.inexact) for leaf in leaves]
    if argnums is None:
        if not any(floating):
            got = ", ".join(f"{name}: {leaf.dtype}" for name, leaf in zip(names, leaves, strict=True)) or "no array"
            raise InputError(
                f"graph: at least one argument must hold floating-point numbers, got {got}; convert it or pass the parameters"
            )
        chosen = numbered[0] if len(numbered) == 1 else numbered
        return chosen, tuple(i for i, is_floating in enumerate(floating) if is_floating)
    chosen = _chosen(numbered, argnums)
    numbers = tuple(jax.tree.leaves(chosen))
    for i in numbers:
        if not floating[i]:
            raise InputError(
                f"graph: {names[i]} must hold floating-point numbers to be differentiated, got {leaves[i].dtype}; "
                "convert it or leave it out of argnums"
            )
    return chosen, numbers


def _chosen(numbered: tuple[PyTree[int], ...], argnums: int | Sequence[int]) -> PyTree[int]:
    try:
        if isinstance(argnums, Sequence):
            return tuple(numbered[operator.index(number)] for number in argnums)
        return numbered[operator.index(argnums)]
    except (TypeError, IndexError):
        raise InputError(
            f"graph: argnums must number among the {len(numbered)} arguments, got {argnums!r}; count them from 0"
        ) from None
