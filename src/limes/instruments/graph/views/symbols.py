"""How operations are written: symbols, numbers that belong to them, formulas of a line of the program."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from limes._compat import is_literal, open_jaxpr
from limes.instruments.graph.node import Node

from .elements import Element

INFIX = {
    "add": "+",
    "add_any": "+",
    "sub": "\u2212",
    "mul": "\u00d7",
    "div": "/",
    "rem": "mod",
    "eq": "=",
    "ne": "\u2260",
    "lt": "<",
    "le": "\u2264",
    "gt": ">",
    "ge": "\u2265",
    "and": "and",
    "or": "or",
}
SYMBOLS = {
    **INFIX,
    "neg": "\u2212",
    "sqrt": "\u221a",
    "rsqrt": "1/\u221a",
    "cbrt": "\u221b",
    "square": "square",
    "abs": "| \u00b7 |",
    "logistic": "sigmoid",
    "dot_general": "matmul",
    "reduce_sum": "sum",
    "reduce_max": "max",
    "reduce_min": "min",
    "reduce_prod": "product",
    "reduce_and": "all",
    "reduce_or": "any",
    "select_n": "select",
    "select_and_scatter_add": "max pool, back",
    "reduce_window_max": "max pool",
    "reduce_window_sum": "sum pool",
    "custom_linear_solve": "solve",
    "triangular_solve": "solve, triangular",
    "scatter-add": "scatter, add",
    "cond": "branch",
    "while": "while",
}
POWERS = {2: "\u00b2", 3: "\u00b3", 4: "\u2074", -1: "\u207b\u00b9", -2: "\u207b\u00b2"}
DOT = "\u00b7"


def short(value: Any) -> str:
    """A number in at most four digits with a true minus."""
    number = value.item() if hasattr(value, "item") else value
    if isinstance(number, bool | np.bool_):
        return str(bool(number)).lower()
    if isinstance(number, complex):
        return f"{number:.3g}".replace("-", "\u2212")
    text = f"{number:.0f}" if number == np.round(number) and abs(number) < 1e5 else f"{number:.4g}"
    return text.replace("-", "\u2212")


@dataclass(frozen=True)
class Number:
    """A number written into the program."""

    value: Any


def operands(node: Node) -> list[int | Number]:
    """What an operation reads: positions among its parents, and numbers written into the program."""
    if node.step is None:
        return []
    jaxpr = open_jaxpr(node.step.local.closed)
    if len(jaxpr.eqns) != 1:
        return list(range(len(node.parents)))
    where = {variable: k for k, variable in enumerate(jaxpr.invars)}
    return [Number(atom.val) if is_literal(atom) else where[atom] for atom in jaxpr.eqns[0].invars]


def parameters(node: Node) -> Mapping[str, Any]:
    """The parameters of an operation."""
    if node.step is None or node.step.equation is None:
        return {}
    return node.step.equation.params


def symbol(node: Node) -> str:
    """An operation in a box: `\u00d7`, `exp`, `\u00d7 0.5`, `1 \u2212 \u00b7`, `conv 3\u00d73`."""
    name = node.primitive
    if name in ("custom_jvp_call", "custom_vjp_call") or name.startswith("custom_"):
        return SYMBOLS.get(name, node.name.strip("_"))
    if name in _SPECIAL:
        return _SPECIAL[name](node)
    numbers = [o.value if isinstance(o, Number) else None for o in operands(node)]
    if len(numbers) == 2 and any(n is not None and np.ndim(n) == 0 for n in numbers):
        return _with_number(name, numbers)
    return SYMBOLS.get(name, name.replace("_", " "))


def _with_number(name: str, numbers: Sequence[Any]) -> str:
    left, right = numbers
    if name in INFIX:
        return f"{short(left)} {INFIX[name]} {DOT}" if left is not None else f"{INFIX[name]} {short(right)}"
    words = [DOT if n is None else short(n) for n in numbers]
    return (
        f"{DOT} ^ {short(right)}"
        if name == "pow" and right is not None
        else f"{SYMBOLS.get(name, name)}({', '.join(words)})"
    )


def _power(node: Node) -> str:
    y = parameters(node).get("y", 2)
    return {2: "square", 3: "cube", -1: "1 / \u00b7"}.get(y, f"power {short(y)}")


def _convolution(node: Node) -> str:
    numbers = parameters(node).get("dimension_numbers")
    shapes = [aval.shape for aval in node.step.local.operands] if node.step else []
    if numbers is None or len(shapes) < 2:
        return "conv"
    window = [shapes[1][k] for k in numbers.rhs_spec[2:]]
    stride = parameters(node).get("window_strides") or ()
    by = f", stride {stride[0]}" if stride and stride[0] > 1 else ""
    return f"conv {times(window)}{by}"


_SPECIAL: dict[str, Callable[[Node], str]] = {"integer_pow": _power, "conv_general_dilated": _convolution}


def times(shape: Sequence[int]) -> str:
    """A shape as `3\u00d74`."""
    return "\u00d7".join(map(str, shape))


def array_type(node: Node) -> str:
    """Type and shape as `f64[3,4]`."""
    kind = str(node.dtype)
    for long, brief in (("float", "f"), ("uint", "u"), ("int", "i"), ("complex", "c")):
        if kind.startswith(long):
            kind = kind.replace(long, brief)
            break
    return f"{kind}[{','.join(map(str, node.shape))}]"


def formula(element: Element, names: Sequence[str]) -> str:
    """The right-hand side of a line of the program; `names` are those of the parents of its node."""
    node = element.node
    words = [_word(operand, names) for operand in operands(node)]
    name = node.primitive
    if name in INFIX and len(words) == 2:
        return f"{words[0]} {INFIX[name]} {words[1]}"
    if name == "integer_pow":
        y = parameters(node).get("y", 2)
        return f"{words[0]}{POWERS[y]}" if y in POWERS else f"{words[0]} ^ {y}"
    if name in ("neg", "sqrt") and words:
        return f"{SYMBOLS[name]}{words[0]}"
    return f"{_function(node)}({', '.join(words)})"


def _function(node: Node) -> str:
    return "1/\u221a" if node.primitive == "rsqrt" else symbol(node).replace(DOT, "").replace("  ", " ").strip()


def _word(operand: int | Number, names: Sequence[str]) -> str:
    if isinstance(operand, Number):
        return DOT if np.ndim(operand.value) else short(operand.value)
    return names[operand] if operand < len(names) else DOT
