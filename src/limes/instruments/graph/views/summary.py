"""The numbers of a graph as rows and sentences, for the terminal and for a page."""

from __future__ import annotations

from dataclasses import dataclass

from limes.instruments.graph.cost import Cost
from limes.instruments.graph.graph import Graph

from .blocks import Block
from .numbers import grouped, multiple, plural
from .symbols import array_type
from .view import View, is_single

SCOPES = 8


@dataclass(frozen=True)
class Mode:
    """What one way to differentiate costs: in operations, in evaluations of the function, and why."""

    name: str
    operations: int | None
    ratio: str
    why: str


def mode_rows(cost: Cost) -> list[Mode]:
    """The function, one tangent, the derivative by each mode, the bound from the primitives used."""
    what = "gradient" if cost.outputs == 1 else "Jacobian"
    rows = [Mode("the function itself", cost.function, "1", "K")]
    if not (cost.inputs and cost.outputs):
        return rows
    sums: list[tuple[str, int | None, str]] = [
        ("value and one tangent", cost.tangent, "forward mode, one direction"),
        (f"value and {what}, reverse mode", cost.reverse, f"{plural(cost.outputs, 'sweep')} back, one for each output"),
        (f"value and {what}, forward mode", cost.forward, f"{plural(cost.inputs, 'sweep')}, one for each input"),
        (f"{what} by finite differences", cost.finite_differences, f"{plural(cost.inputs + 1, 'evaluation')}"),
    ]
    if cost.outputs == 1:
        sums.append(("bound for reverse mode", cost.primitive_bound, "sum over the operations, whatever is constant"))
    for name, total, why in sums:
        missing = "not available: a custom_vjp has no forward mode"
        rows.append(
            Mode(
                name,
                total,
                "" if total is None else multiple(total, cost.function),
                why if total is not None else missing,
            )
        )
    return rows


def verdict(cost: Cost) -> str:
    """What a gradient costs here, in plain words."""
    if not cost.inputs:
        return "No number is put in that could be differentiated."
    if not cost.outputs:
        return "No output is a floating-point number: there is nothing to differentiate."
    if not cost.function:
        return "The function only moves numbers: it has no operation."
    reverse, differences = multiple(cost.reverse, cost.function), multiple(cost.finite_differences, cost.function)
    rest = (
        f"{differences} by finite differences"
        if cost.forward is None
        else f"{multiple(cost.forward, cost.function)} by forward mode and {differences} by finite differences"
    )
    if cost.outputs == 1:
        return f"A gradient costs {reverse} evaluations of the function by reverse mode, {rest}."
    return (
        f"The function returns {plural(cost.outputs, 'number')}: it has a Jacobian and no gradient. "
        f"It costs {reverse} evaluations of the function by reverse mode, {rest}."
    )


def signature(graph: Graph) -> list[str]:
    """Inputs and outputs with type and shape: `x: f64[3]`."""
    given = [f"{graph.nodes[r].name}: {array_type(graph.nodes[r])}" for r in graph.inputs]
    return [*given, f"returns {', '.join(array_type(graph.nodes[r]) for r in graph.outputs)}"]


def size(bytes_: int) -> str:
    """Memory as `26.1 kB`."""
    for unit, letter in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if bytes_ >= unit:
            return f"{bytes_ / unit:.3g} {letter}B"
    return f"{bytes_} B"


def memory(cost: Cost) -> str:
    """The most memory that values take, forward and with adjoints."""
    return f"Live at once: {size(cost.live_bytes_forward)} forward, {size(cost.live_bytes_reverse)} with all values kept for the sweep back."


def scope_rows(seen: View) -> list[tuple[str, int, int]]:
    """The dearest scopes: name, operation nodes, operations; equal ones around the same place in one row."""
    found: dict[tuple[str, int], tuple[str, int, int]] = {}
    for block in _outermost(seen.root):
        inside = [element for element in block.elements() if element.kind == "operation"]
        key = ("/".join(block.path[:-1]), block.shape)
        name, nodes, total = found.get(key, (_name(block), 0, 0))
        found[key] = (name, nodes + len(inside), total + sum(element.total for element in inside))
    return sorted(found.values(), key=lambda row: -row[2])[:SCOPES]


def _name(block: Block) -> str:
    name = "/".join(block.path)
    return f"{name} and {grouped(block.count - 1)} equal" if block.count > 1 else name


def _outermost(root: Block) -> list[Block]:
    """The blocks of the first level that has several."""
    level = [member for member in root.members if isinstance(member, Block)]
    while len(level) == 1 and any(isinstance(member, Block) for member in level[0].members):
        level = [member for member in level[0].members if isinstance(member, Block)]
    return [block for block in level if not is_single(block)] or level
