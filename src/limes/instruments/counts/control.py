"""Loops, branches and calls: the count of what is inside, so many times."""

import math
from dataclasses import replace

import jax

from limes._compat import jaxprs_inside, live_jaxpr, open_jaxpr

from .operations import Operations
from .rule import Body, Equation, Rule

KERNELS = ("pallas_call", "core_map")


def _dearest(counts: list[Operations]) -> Operations:
    return max(counts, key=lambda counted: (counted.total, counted.integer))


def _scan(equation: Equation, body: Body) -> Operations:
    """All outputs of the body: a carry may serve the next step only (equations come here after dead code is removed)."""
    return body(equation.params["jaxpr"]).times(equation.params["length"])


def _live_carry(equation: Equation, used: list[bool]) -> list[bool]:
    """Which entries of a while's carry reach a used output or the condition."""
    params = equation.params
    num_constants, carry = params["body_nconsts"], len(equation.outvars)
    test_reads = live_jaxpr(params["cond_jaxpr"])[1][params["cond_nconsts"] :]
    live = [out or read for out, read in zip(used, test_reads, strict=True)]
    for _ in range(carry):
        reads = live_jaxpr(params["body_jaxpr"], live)[1][num_constants:]
        grown = [out or read for out, read in zip(live, reads, strict=True)]
        if grown == live:
            break
        live = grown
    return live


def _while(equation: Equation, body: Body) -> Operations:
    """One pass: the condition once and the body once."""
    once = body(equation.params["cond_jaxpr"]) + body(equation.params["body_jaxpr"], _live_carry(equation, body.used))
    return replace(once, dynamic=True)


def _here(platforms: tuple[tuple[str, ...] | None, ...]) -> int:
    """Which branch runs on this machine: the first that names its platform, or that for all others."""
    backend = jax.default_backend()
    names = {"gpu", "cuda", "rocm"} if backend == "gpu" else {backend}
    return next(place for place, named in enumerate(platforms) if named is None or names & set(named))


def _cond(equation: Equation, body: Body) -> Operations:
    """The dearest branch, as data decide; a choice by platform is made already."""
    branches, platforms = equation.params["branches"], equation.params.get("branches_platforms")
    if platforms:
        return body(branches[_here(platforms)], body.used)
    dearest = _dearest([body(branch, body.used) for branch in branches])
    return replace(dearest, branch=dearest.branch or len(branches) > 1)


def _linear_solve(equation: Equation, body: Body) -> Operations:
    return body(equation.params["jaxprs"].solve)


def _shards(equation: Equation, body: Body) -> Operations:
    return body(equation.params["jaxpr"]).times(math.prod(equation.params["mesh"].shape.values()))


def _inside(equation: Equation, body: Body) -> Operations:
    """The only jaxpr among the parameters."""
    (inner,) = jaxprs_inside(equation.params)
    same = len(open_jaxpr(inner).outvars) == len(equation.outvars)
    return body(inner, body.used if same else None)


def is_call(equation: Equation) -> bool:
    """Whether an equation holds exactly one jaxpr: then its cost is that of what is inside, whatever its name.

    A kernel is none: its jaxpr runs once for every point of a grid.
    """
    return equation.primitive.name not in KERNELS and len(jaxprs_inside(equation.params)) == 1


CALL = Rule(
    "(any call)",
    "control",
    "body",
    "one jaxpr inside, whatever the name: its count (kernels have no rule)",
    _inside,
    has_body=True,
)

RULES = [
    CALL,
    Rule("scan", "control", "body", "length times the body", _scan, has_body=True),
    Rule("while", "control", "body", "one pass: condition and body (flag dynamic)", _while, has_body=True),
    Rule(
        "cond",
        "control",
        "body",
        "the dearest branch (flag branch); by platform: the branch of this machine",
        _cond,
        has_body=True,
    ),
    Rule("custom_linear_solve", "control", "body", "the solve that runs", _linear_solve, has_body=True),
    Rule("shard_map", "control", "body", "devices of the mesh times the body", _shards, has_body=True),
]
