"""Which operands of a program are nothing but a parameter, moved: reshaped, transposed, cut or scaled."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import jax.numpy as jnp
import numpy as np

from limes._compat import is_literal

Equation = Any


@dataclass(frozen=True)
class View:
    r"""Distinct entries of one parameter, times a number $c$ that is known when the program runs.

    `ids` says which entry stands where. One leading axis per loop that hands over another slice every time;
    `loops` holds, from outside in, whether the loop hands over the same entries every time. For the operand
    $V = c\,P\theta$, with $P$ a choice of entries, $\partial_\theta = c\,P^\top \partial_V$: inner products
    of derivatives are those of $\partial_V$, times $c^2$.
    """

    leaf: int
    ids: np.ndarray
    loops: tuple[bool, ...] = ()

    @property
    def lead(self) -> int:
        """The number of leading axes of `ids` that belong to loops."""
        return self.loops.count(False)

    def moved(self, ids: np.ndarray) -> "View":
        """Return the same parameter with its entries elsewhere."""
        return replace(self, ids=ids)


def whole(leaf: int, shape: Sequence[int]) -> View:
    """Return a parameter as it comes."""
    return View(leaf, np.arange(math.prod(shape)).reshape(shape))


def _reshaped(view: View, equation: Equation) -> View:
    return view.moved(view.ids.reshape(view.ids.shape[: view.lead] + equation.outvars[0].aval.shape))


def _reshape(view: View, equation: Equation) -> View | None:
    return _reshaped(view, equation) if equation.params.get("dimensions") is None else None


def _broadcast(view: View, equation: Equation) -> View | None:
    same = math.prod(equation.outvars[0].aval.shape) == math.prod(equation.invars[0].aval.shape)
    return _reshaped(view, equation) if same else None


def _transpose(view: View, equation: Equation) -> View:
    order = [axis + view.lead for axis in equation.params["permutation"]]
    return view.moved(view.ids.transpose([*range(view.lead), *order]))


def _slice(view: View, equation: Equation) -> View:
    params = equation.params
    steps = params["strides"] or [1] * len(params["start_indices"])
    cuts = [slice(*cut) for cut in zip(params["start_indices"], params["limit_indices"], steps, strict=True)]
    return view.moved(view.ids[(slice(None),) * view.lead + tuple(cuts)])


def _rev(view: View, equation: Equation) -> View:
    return view.moved(np.flip(view.ids, tuple(axis + view.lead for axis in equation.params["dimensions"])))


def _cast(view: View, equation: Equation) -> View | None:
    return view if jnp.issubdtype(equation.outvars[0].aval.dtype, jnp.floating) else None


def _same(view: View, equation: Equation) -> View:
    del equation
    return view


MOVES: dict[str, Callable[[View, Equation], View | None]] = {
    "reshape": _reshape,
    "broadcast_in_dim": _broadcast,
    "expand_dims": _broadcast,
    "squeeze": _reshaped,
    "transpose": _transpose,
    "slice": _slice,
    "rev": _rev,
    "convert_element_type": _cast,
    "copy": _same,
    "copy_p": _same,
    "neg": _same,
}


def factor_operand(equation: Equation, view_operand: int, uniform: Callable[[Any], bool]) -> int | None:
    """Return which operand multiplies (or divides) the view by one number, or None."""
    name, other = equation.primitive.name, 1 - view_operand
    allowed = name == "mul" or (name == "div" and view_operand == 0)
    if not allowed or len(equation.invars) != 2:
        return None
    atom = equation.invars[other]
    single = math.prod(atom.aval.shape) == 1 or (is_literal(atom) and atom.aval.shape == ()) or uniform(atom)
    return other if single else None
