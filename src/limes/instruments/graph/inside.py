"""The program inside an equation: the body of a loop, the dearest branch, what a custom derivative or remat surrounds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from limes._compat import closed_jaxpr, function_name, scan_parts
from limes.instruments.counts import count

if TYPE_CHECKING:
    from .graph import Graph

REMAT = ("remat2", "remat", "checkpoint")  # one name on each JAX line
HELD = {
    "scan": "jaxpr",
    "while": "body_jaxpr",
    "custom_jvp_call": "call_jaxpr",
    "custom_vjp_call": "call_jaxpr",
    **dict.fromkeys(REMAT, "jaxpr"),
}
_NAMED = ("custom_jvp_call", "custom_vjp_call", *REMAT)


def passes(equation: Any) -> int:
    """How often the program inside an equation runs."""
    return equation.params["length"] if equation is not None and equation.primitive.name == "scan" else 1


def loop_parts(equation: Any) -> tuple[int, int]:
    """How many inputs of the program inside are the same in every pass, and how many follow that are carried on."""
    if equation.primitive.name == "scan":
        return scan_parts(equation)
    if equation.primitive.name == "while":
        return equation.params["body_nconsts"], len(equation.outvars)
    return 0, 0


def body_of(equation: Any, moving: Sequence[int]) -> Graph | None:
    """The graph of the program inside an equation whose operands `moving` vary, for shapes; `None` for a plain one."""
    from .build import body_graph

    inner = _inner(equation)
    if inner is None:
        return None
    first = 1 if equation.primitive.name == "cond" else equation.params.get("cond_nconsts", 0)  # what only decides
    same, carried = loop_parts(equation)
    back = {k: same + k for k in range(carried)}
    return body_graph(closed_jaxpr(inner), [k - first for k in moving if k >= first], back)


def name_of(equation: Any) -> str:
    """The name of the function that an equation surrounds, of the equation itself, or of its primitive."""
    primitive = equation.primitive.name
    inner = equation.params.get(HELD[primitive]) if primitive in _NAMED else None
    found = equation.params.get("name") if inner is None else function_name(inner)
    return found if isinstance(found, str) and found else primitive


def _inner(equation: Any) -> Any:
    name = equation.primitive.name
    if name == "cond":
        return _dearest(equation.params["branches"])
    return equation.params.get(HELD[name]) if name in HELD else None


def _dearest(branches: Sequence[Any]) -> Any:
    return max(branches, key=lambda branch: count(branch).total)
