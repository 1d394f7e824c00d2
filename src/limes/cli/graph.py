"""`limes graph`: the computational graph of a function, what its derivatives cost, and its drawing."""

import pathlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from . import options

if TYPE_CHECKING:
    from limes.instruments.graph import Graph


@click.command("graph")
@click.argument("target", metavar="FILE.py:NAME")
@click.argument("more", nargs=-1, metavar="")
@click.option("--args", "text", default=None, metavar="ARGS", help="Shapes 'f64[3], f32[2,3]' or values '1.0 2.0'.")
@click.option("--argnums", default=None, metavar="N,M", help="Differentiate these arguments only, counted from 0.")
@click.option("--share", is_flag=True, help="Compute equal values once.")
@click.option("--level", type=click.IntRange(0), default=None, metavar="N", help="Open scopes down to level N.")
@click.option("--expand", multiple=True, metavar="SCOPE", help="Open this scope too, such as block0 or block0/mlp.")
@click.option("--moves", is_flag=True, help="Draw reshapes, slices and casts as boxes too.")
@click.option("--order", is_flag=True, help="Draw the program in its linear order, with arcs.")
@click.option(
    "--slots", type=click.IntRange(1), default=None, metavar="S", help="Plan checkpoints with S stored states."
)
@click.option("--svg", default=None, metavar="FILE", help="Write the drawing as FILE.svg (or .pdf).")
@click.option("--html", default=None, metavar="FILE", help="Write one offline page with all drawings and tables.")
@click.option(
    "--max-nodes", type=click.IntRange(1), default=5000, show_default=True, metavar="N", help="Give up above N."
)
@click.option("--x64/--x32", "x64", default=True, help="Double (default) or single precision.")
@options.as_json
def command(
    target: str,
    more: tuple[str, ...],
    text: str | None,
    argnums: str | None,
    share: bool,
    level: int | None,
    expand: tuple[str, ...],
    moves: bool,
    order: bool,
    slots: int | None,
    svg: str | None,
    html: str | None,
    max_nodes: int,
    x64: bool,
    as_json: bool,
) -> None:
    """Show the computational graph of a function: operations, cost of every way to differentiate it, drawing.

    NAME is a function, called with --args, or a function without arguments that returns
    (fn, args). Values give the program that ran, with values and adjoints on the nodes;
    shapes give the program as written. pkg.mod:NAME names a function of an installed module.

    Exit codes: 0 done; 2 wrong use, or a function that cannot be traced or counted.
    """
    import jax

    given = None if text is None else " ".join([text, *more])
    if text is None and more:
        raise click.UsageError(f"unexpected extra argument {more[0]!r}; give arguments with --args")
    drawing, page = _named(svg, ("svg", "pdf", "pgf")), _named(html, ("html", "htm"))
    with jax.enable_x64(x64), _stages(quiet=as_json) as say:
        graph = _traced(target, given, argnums, share, max_nodes, say)
        look = {"level": level, "expand": expand, "moves": moves}
        _write(graph, target, look, order, slots, drawing, page, say)
        _print(graph, target, look, slots, as_json, say)
    for path in [] if as_json else [found for found in (drawing, page) if found]:
        click.echo(f"written: {path}")


def _traced(target: str, text: str | None, argnums: str | None, share: bool, max_nodes: int, say: Any) -> "Graph":
    from limes.instruments.graph import graph

    from .arguments import parsed, positions
    from .functions import program

    say(f"tracing {target}")
    numbers = positions(argnums)
    fn, args = program(target, None if text is None else parsed(text))
    return graph(fn, *args, argnums=numbers, share=share, max_nodes=max_nodes)


def _write(
    graph: "Graph",
    target: str,
    look: dict[str, Any],
    order: bool,
    slots: int | None,
    drawing: pathlib.Path | None,
    page: pathlib.Path | None,
    say: Any,
) -> None:
    """Write the drawing and the page that were asked for."""
    if drawing is not None:
        say(f"drawing {drawing}")
        graph.draw(**look, show="order" if order else "layers").save(drawing)
    if page is not None:
        from limes.report.graph_page import write

        say(f"drawing {page}")
        write(page, graph, target, slots=slots, order=order, **look)


def _print(graph: "Graph", target: str, look: dict[str, Any], slots: int | None, as_json: bool, say: Any) -> None:
    say(f"counting {len(graph.nodes)} values")
    if as_json:
        import json

        from .graph_text import as_data

        click.echo(json.dumps(as_data(graph, target, slots), allow_nan=False))
        return
    from .graph_text import print_graph

    print_graph(graph, target, look, slots)


def _named(path: str | None, kinds: tuple[str, ...]) -> pathlib.Path | None:
    from limes._errors import InputError

    if path is None:
        return None
    found = pathlib.Path(path)
    if found.suffix.lstrip(".").lower() not in kinds:
        raise InputError(f"the file must end in {' or '.join(f'.{kind}' for kind in kinds)}, got {path!r}; name it so")
    return found


@contextmanager
def _stages(quiet: bool) -> Iterator[Any]:
    """Say on stderr what is being done, where someone looks on."""
    from rich.console import Console

    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield lambda _: None
        return
    with console.status("") as status:
        yield lambda text: status.update(f"{text} \u2026")
