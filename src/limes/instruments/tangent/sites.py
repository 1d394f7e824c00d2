"""Where parameters enter a program through products of matrices and convolutions: found in its jaxpr."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import jax
import numpy as np
from jaxtyping import Array

from limes._compat import is_dropped, is_literal, open_jaxpr

from .layout import Layout, Sizes, layout_of
from .views import MOVES, View, factor_operand, whole

Path = tuple[int, ...]
Equation = Any
CALLS = ("jit", "pjit", "closed_call", "core_call", "remat", "remat2", "checkpoint")


@dataclass(frozen=True)
class Site:
    r"""One product with a parameter, whose derivative is $\sum_t a_t \otimes c_t$.

    `path` leads to the equation; `view` is the parameter's operand; `lengths` are those of the loops around:
    one with the same entries every time adds terms, one with other entries every time adds blocks.
    """

    path: Path
    operand: int
    view: View
    layout: Layout
    lengths: tuple[int, ...]
    out: jax.ShapeDtypeStruct

    @property
    def leaf(self) -> int:
        """Return the number of the parameter."""
        return self.view.leaf

    @property
    def sizes(self) -> Sizes:
        """Return blocks, terms, inputs and outputs, with the loops."""
        again, anew = (
            math.prod(length for length, same in zip(self.lengths, self.view.loops, strict=True) if same == wanted)
            for wanted in (True, False)
        )
        B, T, I, F = self.layout.sizes
        return Sizes(B * anew, T * again, I, F)

    def matrix(self) -> np.ndarray:
        """Return the entries of the parameter as blocks of matrices."""
        base = self.view.ids.shape[self.view.lead :]
        parts = [self.layout.matrix(ids) for ids in self.view.ids.reshape(-1, *base)]
        return np.concatenate(parts)

    def activation(self, a: Array) -> Array:
        """Return the stored operand as blocks, terms, inputs."""
        return self._loops(self.layout.activation, a, self.sizes.inputs)

    def cotangent(self, c: Array) -> Array:
        """Return the cotangent as blocks, terms, outputs."""
        return self._loops(self.layout.cotangent, c, self.sizes.outputs)

    def _loops(self, inner: Any, array: Array, last: int) -> Array:
        depth = len(self.lengths)
        for _ in range(depth):
            inner = jax.vmap(inner)
        again, anew = ([axis for axis in range(depth) if self.view.loops[axis] == wanted] for wanted in (True, False))
        sizes = self.sizes
        return inner(array).transpose(*anew, depth, *again, depth + 1, depth + 2).reshape(*sizes[:2], last)


@dataclass
class Found:
    """What a program does with its parameters: products, moves, the calls and loops they go into, all other uses."""

    sites: list[Site] = field(default_factory=list)
    moves: dict[Path, tuple[int, int | None]] = field(default_factory=dict)
    entered: set[Path] = field(default_factory=set)
    others: set[int] = field(default_factory=set)

    def groups(self, leaf: int) -> list[list[Site]]:
        """Return the products of one parameter, those with the same entries together; none where it has other uses.

        Groups share no entry, so that no product of one with another enters the kernel.
        """
        sites = [site for site in self.sites if site.leaf == leaf]
        if leaf in self.others:
            return []
        if len(sites) < 2:
            return [sites] if sites else []
        groups: list[tuple[np.ndarray, list[Site]]] = []
        for site in sites:
            ids = site.matrix()
            same = [group for known, group in groups if known.shape == ids.shape and bool((known == ids).all())]
            if same:
                same[0].append(site)
            elif any(np.intersect1d(known, ids).size for known, _ in groups):
                return []
            else:
                groups.append((ids, [site]))
        return [group for _, group in groups]


class Scan(NamedTuple):
    """A loop of fixed length, its operands apart."""

    body: Any
    constants: Sequence[Any]
    num_consts: int
    num_carry: int


def scan_of(equation: Equation) -> Scan:
    """Read a loop: what enters with one axis more than in the body is handed over slice by slice."""
    closed = equation.params["jaxpr"]
    body = open_jaxpr(closed)

    def count(outer: Sequence[Any], inner: Sequence[Any]) -> int:
        pairs = zip(outer, inner, strict=True)
        return sum(len(atom.aval.shape) == len(variable.aval.shape) for atom, variable in pairs)

    whole_inputs = count(equation.invars, body.invars)
    num_carry = count(equation.outvars, body.outvars)
    return Scan(body, getattr(closed, "consts", ()), whole_inputs - num_carry, num_carry)


def inner_jaxpr(equation: Equation) -> tuple[Any, Sequence[Any]]:
    """Return the jaxpr of a call and its constants."""
    closed = equation.params.get("jaxpr", equation.params.get("call_jaxpr"))
    return open_jaxpr(closed), getattr(closed, "consts", ())


def find(jaxpr: Any, num_params: int) -> Found:
    """Find the products with the first `num_params` inputs, through calls and loops."""
    found = Found()
    views: list[View | None] = [
        whole(leaf, variable.aval.shape) for leaf, variable in enumerate(jaxpr.invars[:num_params])
    ]
    views += [None] * (len(jaxpr.invars) - num_params)
    found.others |= _leaves(_walk(jaxpr, views, (), (), found))
    return found


def _leaves(views: Sequence[View | None]) -> set[int]:
    return {view.leaf for view in views if view is not None}


def _walk(
    jaxpr: Any, views: Sequence[View | None], path: Path, lengths: tuple[int, ...], found: Found
) -> list[View | None]:
    known = {variable: view for variable, view in zip(jaxpr.invars, views, strict=True) if view is not None}
    uniform: set[Any] = set()
    for number, equation in enumerate(jaxpr.eqns):
        here = (*path, number)
        operands = [None if is_literal(atom) else known.get(atom) for atom in equation.invars]
        if equation.primitive.name == "broadcast_in_dim" and math.prod(equation.invars[0].aval.shape) == 1:
            uniform.add(equation.outvars[0])
        if _leaves(operands):
            results = _step(equation, operands, here, lengths, found, uniform)
            known |= {out: view for out, view in zip(equation.outvars, results, strict=True) if view is not None}
    return [None if is_literal(atom) else known.get(atom) for atom in jaxpr.outvars]


def _step(
    equation: Equation,
    operands: list[View | None],
    here: Path,
    lengths: tuple[int, ...],
    found: Found,
    uniform: set[Any],
) -> Sequence[View | None]:
    nothing = [None] * len(equation.outvars)
    if equation.primitive.name in CALLS:
        found.entered.add(here)
        return _walk(inner_jaxpr(equation)[0], operands, here, lengths, found)
    if equation.primitive.name == "scan":
        _loop(equation, operands, here, lengths, found)
        return nothing
    held = [(place, view) for place, view in enumerate(operands) if view is not None]
    if len(held) == 1:
        place, view = held[0]
        moved = _move(equation, place, view, here, found, uniform)
        if moved is not None:
            return [moved]
        layout = layout_of(equation, place)
        if layout is not None:
            aval = equation.outvars[0].aval
            out = jax.ShapeDtypeStruct(lengths + aval.shape, aval.dtype)
            found.sites.append(Site(here, place, view, layout, lengths, out))
            return nothing
    found.others |= _leaves(operands)
    return nothing


def _move(equation: Equation, place: int, view: View, here: Path, found: Found, uniform: set[Any]) -> View | None:
    name = equation.primitive.name
    factor = factor_operand(equation, place, lambda atom: not is_literal(atom) and atom in uniform)
    moved = MOVES[name](view, equation) if name in MOVES else (view if factor is not None else None)
    if moved is not None and not is_dropped(equation.outvars[0]):
        found.moves[here] = (place, factor)
        return moved
    return None


def _loop(equation: Equation, operands: list[View | None], here: Path, lengths: tuple[int, ...], found: Found) -> None:
    body, _, num_consts, num_carry = scan_of(equation)
    first = num_consts + num_carry
    found.others |= _leaves(operands[num_consts:first])
    inside = [view and replace(view, loops=(*view.loops, True)) for view in operands[:num_consts]]
    inside += [None] * num_carry
    inside += [view and replace(view, loops=(*view.loops, False)) for view in operands[first:]]
    found.entered.add(here)
    found.others |= _leaves(_walk(body, inside, here, (*lengths, equation.params["length"]), found))
