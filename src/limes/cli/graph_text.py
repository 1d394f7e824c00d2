"""A graph in the terminal, and as JSON."""

from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from limes.instruments.graph.views.numbers import grouped, percent, plural
from limes.instruments.graph.views.summary import memory, mode_rows, scope_rows, signature, verdict
from limes.instruments.graph.views.values import value_data
from limes.instruments.graph.views.view import view

from .tables import wide_console

if TYPE_CHECKING:
    from limes.instruments.graph import Graph

PRIMITIVES = 8


def print_graph(graph: "Graph", target: str, look: dict[str, Any], slots: int | None) -> None:
    """Print what a function and its derivatives cost, where, and how to checkpoint it."""
    console, cost, seen = wide_console(), graph.cost(), view(graph, **look)
    count = sum(element.kind == "operation" for element in seen.elements)
    console.print(Text(target, style="bold"), Text(f" {'; '.join(_short(signature(graph)))}"), sep="")
    found = [name for name in ("dynamic", "branch", "approximate") if getattr(cost, name)]
    flags = f" ({', '.join(found)})" if found else ""
    console.print(
        f"{plural(count, 'operation node')}, K = {plural(cost.function, 'operation')}, d = {plural(cost.inputs, 'input number')}, "
        f"{plural(cost.outputs, 'output number')}{flags}",
        markup=False,
    )
    console.print()
    console.print(_modes(cost))
    console.print(verdict(cost), markup=False)
    console.print(memory(cost), markup=False, style="dim")
    console.print()
    console.print(_primitives(cost))
    scopes = _scopes(seen, cost.function)
    if scopes is not None:
        console.print()
        console.print(scopes)
    plan = checkpoints(graph, slots)
    if plan:
        console.print()
        console.print(plan, markup=False)


def _short(parts: list[str], most: int = 6) -> list[str]:
    return parts if len(parts) <= most else [*parts[: most - 2], f"{len(parts) - most + 1} more inputs", parts[-1]]


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    for k, name in enumerate(columns):
        table.add_column(name, justify="left" if k == 0 or name == "" else "right", no_wrap=True)
    return table


def _modes(cost: Any) -> Table:
    table = _table("mode", "operations", "times K", "")
    for mode in mode_rows(cost):
        total = "" if mode.operations is None else grouped(mode.operations)
        style = "bold" if "reverse mode" in mode.name and "bound" not in mode.name else ""
        table.add_row(Text(mode.name), Text(total), Text(mode.ratio), Text(mode.why, style="dim"), style=style)
    return table


def _primitives(cost: Any) -> Table:
    table = _table("dearest primitives", "nodes", "operations", "of K", "with pullback")
    for row in [row for row in cost.rows() if row.nodes or row.pullback][:PRIMITIVES]:
        nodes = grouped(row.nodes) if row.nodes else ""
        table.add_row(
            Text(row.primitive), nodes, grouped(row.value), percent(row.value, cost.function), grouped(row.pullback)
        )
    return table


def _scopes(seen: Any, whole: int) -> Table | None:
    rows = scope_rows(seen)
    if not rows:
        return None
    table = _table("dearest scopes", "nodes", "operations", "of K")
    for name, nodes, total in rows:
        table.add_row(Text(name), grouped(nodes), grouped(total), percent(total, whole))
    return table


def checkpoints(graph: "Graph", slots: int | None) -> str:
    """The checkpoint plan in words; without `slots`, one for a long chain and about the root of its length."""
    length = graph.checkpoint_plan(1).length
    if slots is None:
        if length < 8:
            return ""
        slots = round(length**0.5)
    return f"Checkpoints: {graph.checkpoint_plan(slots).words}"


def as_data(graph: "Graph", target: str, slots: int | None) -> dict[str, Any]:
    """All numbers of a graph as plain data."""
    cost, seen = graph.cost(), view(graph)
    plan = graph.checkpoint_plan(slots) if slots is not None else None
    return {
        "schema": 1,
        "function": target,
        "signature": signature(graph),
        "words": verdict(cost),
        "graph": graph.to_dict(),
        "scopes": [{"scope": name, "nodes": nodes, "operations": total} for name, nodes, total in scope_rows(seen)],
        "plan": None
        if plan is None
        else {"length": plan.length, "slots": plan.slots, "forward_steps": plan.forward_steps, "factor": plan.factor},
        **value_data(graph),
    }
