"""Choosing a method: operations and bytes written are counted, the largest memory is predicted, then nothing is left to chance."""

import itertools
import os
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array

from limes._errors import InputError
from limes._types import Apply, Params

from .cost import Cost, product_cost, size, sweep_cost
from .layout import Convolution, Sizes
from .pairs import Outputs
from .program import Call, check_output, example, split, trace
from .sites import Found, Site, find
from .sweep import Treatment

Method = Literal["auto", "layerwise", "contraction", "products"]
METHODS = ("layerwise", "contraction", "products")
OPERATIONS_PER_BYTE = 2  # a byte written takes as long as that many operations,
OPERATIONS_PER_NEW_BYTE = 32  # a byte of memory that was not in use as long as that many,
OPERATIONS_PER_CALL = 2 * 10**7  # and one more call of a program as long as that many
SMALL = 2**28  # bytes of results that gain nothing from being cut into tiles


class Plan(NamedTuple):
    """One way of computing a kernel, and what it is predicted to take.

    `rows` examples at a time; with `keep` the features of all examples are computed once. `held` are the bytes of
    results that are in memory at once: features, inner products, kernel. `memory` bounds the bytes of all values in
    memory at once, beside parameters and examples.
    """

    method: str
    rows: int
    keep: bool
    treatment: Treatment
    operations: int
    written: int
    held: int
    memory: int
    calls: int

    @property
    def work(self) -> int:
        """Return operations, with bytes and calls priced as operations."""
        bytes_priced = OPERATIONS_PER_BYTE * self.written + OPERATIONS_PER_NEW_BYTE * self.held
        return self.operations + bytes_priced + OPERATIONS_PER_CALL * (self.calls - 1)


class Problem(NamedTuple):
    """The sizes of a kernel: examples, outputs, pairs of outputs kept, bytes of a number, whether it is symmetric."""

    n1: int
    n2: int
    num_outputs: int
    pairs: int
    itemsize: int
    symmetric: bool

    @property
    def kernel(self) -> int:
        """Return the bytes of the kernel."""
        return self.n1 * self.n2 * self.pairs * self.itemsize

    @property
    def swept(self) -> int:
        """Return the number of different examples."""
        return self.n1 if self.symmetric else self.n1 + self.n2


def default_memory() -> int:
    """Return a quarter of the memory of the device, or of the machine where JAX does not say it."""
    stats = jax.devices()[0].memory_stats() or {}
    try:
        total = stats.get("bytes_limit") or os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        total = 2**34
    return total // 4


def pair_cost(sizes: Sizes, positions: int, problem: Problem) -> Cost:
    """Return what one pair of examples costs for one matrix in factors; the result is what must be held."""
    B, _, I, F = sizes
    pairs, O = B * positions**2, problem.num_outputs
    inner = O**2 * F if problem.pairs > 1 else O * F
    held = pairs * (1 + problem.pairs) * problem.itemsize
    return Cost(2 * pairs * (I + inner + problem.pairs), held, held)


def _row_cost(entries: int, problem: Problem) -> Cost:
    O = problem.num_outputs
    times = O**2 if problem.pairs > 1 else O
    held = problem.pairs * problem.itemsize
    return Cost(2 * times * entries, held, held)


def _work(cost: Cost) -> int:
    return cost.operations + OPERATIONS_PER_NEW_BYTE * cost.written


def _form(group: list[Site]) -> str:
    return "formed" if isinstance(group[0].layout, Convolution) else "rows"


def _positions(group: list[Site]) -> int:
    return sum(site.sizes.positions for site in group)


def _factors_pay(groups: list[list[Site]], entries: int, problem: Problem) -> bool:
    """Whether factors of a parameter are dearer or cheaper than its derivatives, in operations and bytes."""
    pairs, O, item = problem.n1 * problem.n2, problem.num_outputs, problem.itemsize
    factors, rows = 0, pairs * _work(_row_cost(entries, problem))
    for group in groups:
        B, _, I, F = group[0].sizes
        T = _positions(group)
        factors += pairs * _work(pair_cost(group[0].sizes, T, problem))
        factors += problem.swept * B * T * (I + O * F) * item * OPERATIONS_PER_NEW_BYTE
        rows += problem.swept * O * B * I * F * (2 * T + item * OPERATIONS_PER_NEW_BYTE)
    return factors < rows


def treatments(found: Found, leaves: Sequence[Array], problem: Problem) -> dict[str, Treatment]:
    """Return how each parameter is treated by the methods that multiply features."""
    layerwise, contraction = [], []
    for leaf, value in enumerate(leaves):
        groups = found.groups(leaf)
        formed = _form(groups[0]) if groups else "rows"
        contraction.append(formed)
        layerwise.append("factors" if groups and _factors_pay(groups, value.size, problem) else formed)
    return {"layerwise": tuple(layerwise), "contraction": tuple(contraction)}


def _pairs_of(found: Found, leaves: Sequence[Array], treatment: Treatment, problem: Problem) -> Cost:
    total = Cost(0, 0, 0)
    for leaf, how in enumerate(treatment):
        parts = [_row_cost(leaves[leaf].size, problem)]
        if how == "factors":
            parts = [pair_cost(group[0].sizes, _positions(group), problem) for group in found.groups(leaf)]
        for part in parts:
            total = Cost(*(a + b for a, b in zip(total, part, strict=True)))
    return total


def halves(num: int) -> list[int]:
    """Return numbers of examples at a time: all, a half, a quarter, ..., one."""
    halves = [-(-num // 2**k) for k in range(num.bit_length() + 1)]
    return list(dict.fromkeys(halves))


def feature_plans(method: str, treatment: Treatment, sweep: Cost, pair: Cost, problem: Problem) -> list[Plan]:
    """Return the ways to multiply features: all at once, in tiles of kept features, in tiles computed anew."""
    plans = []
    for rows, keep in itertools.product(halves(max(problem.n1, problem.n2)), (True, False)):
        once = rows >= max(problem.n1, problem.n2)
        if keep or not once:
            plans.append((_at_once if once else _in_tiles)(method, treatment, sweep, pair, problem, rows, keep))
    return plans


def _at_once(
    method: str, treatment: Treatment, sweep: Cost, pair: Cost, problem: Problem, rows: int, keep: bool
) -> Plan:
    pairs, num = problem.n1 * problem.n2, problem.swept
    operations = num * sweep.operations + pairs * pair.operations
    products = pairs * pair.result + 3 * problem.kernel
    held, memory = num * sweep.result + products, num * sweep.written + products
    return Plan(method, rows, keep, treatment, operations, num * sweep.written + products, held, memory, 1)


def _in_tiles(
    method: str, treatment: Treatment, sweep: Cost, pair: Cost, problem: Problem, rows: int, keep: bool
) -> Plan:
    n1, n2 = problem.n1, problem.n2
    tiles1, tiles2 = -(-n1 // rows), -(-n2 // rows)
    tiles = tiles1 * (tiles1 + 1) // 2 if problem.symmetric else tiles1 * tiles2
    anew = tiles1 * (tiles1 + 1) // 2 if problem.symmetric else tiles1 + tiles1 * tiles2
    once = tiles1 if problem.symmetric else tiles1 + tiles2
    sweeps, kept = rows * (once if keep else anew), rows * (once if keep else 2)
    operations = sweeps * sweep.operations + tiles * rows**2 * pair.operations
    bytes_written = sweeps * sweep.written + tiles * rows**2 * pair.written + problem.kernel
    kernels = 3 * tiles1 * tiles2 * rows**2 * problem.pairs * problem.itemsize
    held = kept * sweep.result + rows**2 * pair.result + kernels
    memory = held + rows * (2 * sweep.result + sweep.written)
    return Plan(method, rows, keep, treatment, operations, bytes_written, held, memory, tiles)


def product_plans(call: Call, leaves: Sequence[Array], x: Any, problem: Problem) -> list[Plan]:
    """Return the ways to push the derivative of every output of every example through all examples."""
    function, pullback, push = product_cost(call, leaves, x)
    O, moving = problem.num_outputs, sum(size(leaf) for leaf in leaves)
    plans = []
    for rows in halves(problem.n1):
        tiles = -(-problem.n1 // rows)
        columns, pairs = problem.n2 * tiles, problem.n2 * tiles * rows
        operations = columns * O * pullback.operations + pairs * (function.operations + O * push.operations)
        bytes_written = columns * O * pullback.written + pairs * (function.written + O * push.written)
        held = 3 * O * moving + 3 * problem.n2 * tiles * rows * problem.pairs * problem.itemsize
        memory = held + rows * (function.written + (2 + O) * push.written) + O * pullback.written
        plans.append(Plan("products", rows, False, (), operations, bytes_written, held, memory, tiles * problem.n2))
    return plans


def all_plans(
    name: str, call: Call, leaves: Sequence[Array], x: Any, sizes: tuple[int, int | None], outputs: Outputs
) -> list[Plan]:
    """Return every way of computing the kernel of `sizes` examples like `x`, with its cost."""
    out = check_output(name, call, leaves, x)
    num_outputs = out.size
    n1, n2 = sizes[0], sizes[1] or sizes[0]
    itemsize = max(jnp.dtype(out.dtype).itemsize, 4)
    problem = Problem(n1, n2, num_outputs, num_outputs**2 if outputs == "full" else 1, itemsize, sizes[1] is None)
    program = trace(call, leaves, x)
    found = find(program.jaxpr, program.num_params)
    plans = product_plans(call, leaves, x, problem)
    for method, treatment in treatments(found, leaves, problem).items():
        sweep = sweep_cost(call, leaves, x, treatment)
        plans += feature_plans(method, treatment, sweep, _pairs_of(found, leaves, treatment, problem), problem)
    return plans


def example_treatment(apply: Apply, params: Params, x: Any) -> Treatment:
    """Return how parameters are treated where every example meets only itself."""
    call, leaves = split("trace", apply, params)
    program = trace(call, leaves, example(x))
    num_outputs = program.jaxpr.outvars[0].aval.size
    found = find(program.jaxpr, program.num_params)
    return treatments(found, leaves, Problem(1, 1, num_outputs, 1, 4, symmetric=True))["layerwise"]


def choose(name: str, plans: list[Plan], method: Method, memory_bytes: int) -> Plan:
    """Return the plan with the least work among those that fit.

    Raises `InputError` with the number of bytes needed where none fits.
    """
    asked = [plan for plan in plans if method in ("auto", plan.method)]
    fitting = [plan for plan in asked if plan.memory <= memory_bytes]
    if fitting:
        best = min(fitting, key=lambda plan: (plan.work, plan.memory))
        whole = [plan for plan in fitting if plan.method == best.method and plan.calls == 1 and plan.held <= SMALL]
        return whole[0] if whole else best
    least = min(asked, key=lambda plan: plan.memory)
    raise InputError(
        f"{name}: memory_bytes must be at least {least.memory} for method {least.method!r}, which here needs the least, "
        f"got {memory_bytes}; allow that many bytes, take fewer examples, or ask for fewer outputs"
    )
