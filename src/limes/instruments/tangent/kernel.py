"""The empirical tangent kernel of any function of parameters and one example."""

import functools
import operator
from collections import OrderedDict
from collections.abc import Hashable
from typing import Any, get_args

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from limes._errors import InputError
from limes._types import Apply, Params

from .blocks import at_once, columns_looped, columns_streamed, length, looped, streamed, symmetric
from .pairs import Outputs, column, kernel_of
from .plan import METHODS, Method, Plan, all_plans, choose, default_memory
from .program import arrays, check_examples, example, is_traced, split
from .sweep import Features, Treatment, features

_PLANS: OrderedDict[Hashable, list[Plan]] = OrderedDict()
_KNOWN = 256


def tangent_kernel(
    apply: Apply,
    params: Params,
    x1: Any,
    x2: Any = None,
    *,
    outputs: Outputs = "trace",
    method: Method = "auto",
    memory_bytes: int | None = None,
) -> Float[Array, "n k ..."]:
    r"""Return the kernel $K(x_i, x'_j) = J_i J_j'^\top$, $J_i = \partial_\theta f_\theta(x_i)$, of the examples `x1` and `x2`.

    `apply(params, x)` takes one example; inexact arrays and floats of `params` are $\theta$. `x2` is `x1` unless given;
    the kernel is then exactly symmetric. Of the $O \times O$ products of outputs, "trace" keeps the sum of the diagonal,
    "mean" the sum over $O$, "full" all: axes `n k` and then those of the output, twice.

    - "layerwise" reads products with parameters from the traced program. A matrix $W$ with $\partial_W f = \sum_t a_t
      \otimes c_t$ adds $\sum_{t,s} \langle a_t, a'_s\rangle \langle c_t, c'_s\rangle$, and its derivative is not formed
      unless that costs less. Other parameters go as in "contraction".
    - "contraction" forms the rows of $J$ and multiplies them.
    - "products" pushes $J_j^\top e_o$ through all examples and forms no $J$.

    "auto" takes the method with the least work, operations counted and bytes written, whose predicted memory is at most
    `memory_bytes` (a quarter of the device's, unless given); blocks of examples get smaller until it is. `tangent_plans`
    shows the predictions. Raises `InputError` with the number of bytes where nothing fits.

    Source: `novak:2022`, Section 3.
    """
    plan = _chosen(apply, params, x1, x2, outputs, method, memory_bytes)
    x1, x2 = (jax.tree.map(jnp.asarray, x) for x in (x1, x2))
    return _compute(apply, arrays(params), x1, x2, outputs, plan)


def tangent_plans(apply: Apply, params: Params, x1: Any, x2: Any = None, *, outputs: Outputs = "trace") -> list[Plan]:
    """Return every way of computing the kernel with its predicted operations, bytes written and memory, cheapest first."""
    name = "tangent_plans"
    check_word(name, "outputs", outputs, get_args(Outputs))
    return sorted(_plans(name, apply, params, x1, x2, outputs), key=lambda plan: plan.work)


def _chosen(
    apply: Apply, params: Params, x1: Any, x2: Any, outputs: Outputs, method: Method, memory_bytes: int | None
) -> Plan:
    name = "tangent_kernel"
    check_word(name, "outputs", outputs, get_args(Outputs))
    check_word(name, "method", method, ("auto", *METHODS))
    plans = _plans(name, apply, params, x1, x2, outputs)
    return choose(name, plans, method, check_memory(name, memory_bytes))


def _plans(name: str, apply: Apply, params: Params, x1: Any, x2: Any, outputs: Outputs) -> list[Plan]:
    known = _signature(apply, params, x1, x2, outputs)
    if known in _PLANS:
        return _PLANS[known]
    call, leaves = split(name, apply, params)
    n1 = check_examples(name, "x1", x1)
    n2 = None if x2 is None else check_examples(name, "x2", x2)
    x = example(x1)
    if x2 is not None and jax.tree.map(lambda leaf: leaf.shape, example(x2)) != jax.tree.map(
        lambda leaf: leaf.shape, x
    ):
        raise InputError(
            f"{name}: x2 must hold examples of the shape of those of x1, {_shapes(x)}, got {_shapes(example(x2))}; "
            "reshape one of them"
        )
    plans = all_plans(name, call, leaves, x, (n1, n2), outputs)
    if known is not None:
        _PLANS[known] = plans
        while len(_PLANS) > _KNOWN:
            _PLANS.popitem(last=False)
    return plans


def _shapes(x: Any) -> str:
    return ", ".join(str(leaf.shape) for leaf in jax.tree.leaves(x))


def _signature(*args: Any) -> Hashable:
    """Return what plans depend on, or None where a part of the function cannot be hashed."""
    leaves, structure = jax.tree.flatten(args)
    parts = tuple(
        (leaf.shape, str(leaf.dtype)) if hasattr(leaf, "shape") and hasattr(leaf, "dtype") else leaf for leaf in leaves
    )
    try:
        hash((structure, parts))
    except TypeError:
        return None
    return structure, parts, jax.config.jax_enable_x64  # pyright: ignore[reportAttributeAccessIssue]


def _compute(apply: Apply, params: Params, x1: Any, x2: Any, outputs: Outputs, plan: Plan) -> Array:
    """Return the kernel, with the axes of the output in the end, twice, where `outputs` is "full"."""
    traced = is_traced((apply, params, x1, x2))
    largest = max(length(x) for x in (x1, x2) if x is not None)
    if plan.method == "products":
        return _by_products(apply, params, x1, x2, outputs, plan.rows, traced)
    if traced or plan.rows >= largest:
        return _program(apply, params, x1, x2, outputs, plan)
    sweep = functools.partial(_features, apply, params, plan.treatment)
    kernel = streamed(sweep, functools.partial(_pair, outputs), x1, x2, plan.rows, keep=plan.keep)
    return _shaped(kernel, apply, params, x1, outputs)


def _shaped(kernel: Array, apply: Apply, params: Params, x1: Any, outputs: Outputs) -> Array:
    if outputs != "full":
        return kernel[:, :, 0, 0]
    shape = jax.eval_shape(apply, params, example(x1)).shape
    return kernel.reshape(*kernel.shape[:2], *shape, *shape)


def _sweep(apply: Apply, params: Params, treatment: Treatment, x: Any) -> Features:
    call, leaves = split("tangent_kernel", apply, params)
    return jax.vmap(functools.partial(features, call, treatment), (None, 0))(leaves, x)


_features = eqx.filter_jit(_sweep)


@eqx.filter_jit
def _pair(outputs: Outputs, one: Features, two: Features) -> Array:
    return kernel_of(one, two, outputs)


@eqx.filter_jit
def _program(apply: Apply, params: Params, x1: Any, x2: Any, outputs: Outputs, plan: Plan) -> Array:
    sweep = functools.partial(_sweep, apply, params, plan.treatment)
    pair = functools.partial(kernel_of, outputs=outputs)
    if plan.rows >= max(length(x) for x in (x1, x2) if x is not None):
        kernel = at_once(sweep, pair, x1, x2)
    else:
        kernel = looped(sweep, pair, x1, x2, plan.rows, keep=plan.keep)
    return _shaped(kernel, apply, params, x1, outputs)


@eqx.filter_jit
def _column(apply: Apply, params: Params, outputs: Outputs, some: Any, z: Any) -> Array:
    call, leaves = split("tangent_kernel", apply, params)
    return column(call, leaves, some, z, outputs)


def _by_products(apply: Apply, params: Params, x1: Any, x2: Any, outputs: Outputs, rows: int, traced: bool) -> Array:
    way = columns_looped if traced else columns_streamed
    kernel = way(functools.partial(_column, apply, params, outputs), x1, x1 if x2 is None else x2, rows)
    return _shaped(symmetric(kernel) if x2 is None else kernel, apply, params, x1, outputs)


def check_word(name: str, argument: str, value: Any, words: tuple[str, ...]) -> None:
    """Check that a word is one of those known."""
    if value not in words:
        raise InputError(f"{name}: {argument} must be one of {', '.join(words)}, got {value!r}; correct the name")


def check_memory(name: str, memory_bytes: int | None) -> int:
    """Return the budget in bytes."""
    if memory_bytes is None:
        return default_memory()
    try:
        number = operator.index(memory_bytes)
    except TypeError:
        number = 0
    if number < 1 or isinstance(memory_bytes, bool):
        raise InputError(
            f"{name}: memory_bytes must be a positive integer, got {memory_bytes!r}; give a number of bytes such as 2**30"
        )
    return number
