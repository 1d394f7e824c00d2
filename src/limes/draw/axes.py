"""Panels of marks: how a claim draws its own figure without knowing matplotlib.

panels([[Panel([lines(t, x), scatter(t, y)], x="t", y="position")]], words="...")
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .escape import printable
from .marks import Arrows, Band, Bars, Color, Contours, Image, Lines, Mark, Scatter, Texts, is_math
from .picture import Picture, compose
from .style import INK, SIZE, width_of


@dataclass(frozen=True)
class Panel:
    """One plot: its marks and its axes.

    `bare` leaves the axes out (drawings, images), `equal` gives both axes one unit,
    `limits` is (left, right, bottom, top), `ticks` False leaves the numbers out.
    """

    marks: Sequence[Mark]
    title: str = ""
    x: str = ""
    y: str = ""
    x_log: bool = False
    y_log: bool = False
    equal: bool = False
    bare: bool = False
    ticks: bool = True
    limits: tuple[float, float, float, float] | None = None


def lines(
    x: Any, y: Any, label: str = "", color: Color = 0, dashes: str = "solid", width: float = 1.1, alpha: float = 1.0
) -> Lines:
    """Polylines; a matrix `y` gives one per column."""
    return Lines(label, x, y, color, dashes, width, alpha)


def scatter(
    x: Any,
    y: Any,
    label: str = "",
    color: Color = 0,
    size: float = 3.0,
    marker: int = 0,
    alpha: float = 1.0,
    values: Any = None,
) -> Scatter:
    """Points, colored one by one where `values` are given."""
    return Scatter(label, x, y, color, size, marker, alpha, values)


def band(x: Any, low: Any, high: Any, label: str = "", color: Color = 0) -> Band:
    """The area between two curves."""
    return Band(label, x, low, high, color)


def bars(x: Any, y: Any, label: str = "", color: Color = 0, width: float = 0.8) -> Bars:
    """Vertical bars."""
    return Bars(label, x, y, color, width)


def image(
    values: Any,
    colors: str = "sequential",
    limits: tuple[float, float] | None = None,
    extent: tuple[float, float, float, float] | None = None,
    bar: bool = False,
) -> Image:
    """A matrix as colors, or an RGB picture; colors: sequential, diverging, gray, cyclic."""
    return Image("", values, colors, limits, extent, bar)


def contours(x: Any, y: Any, z: Any, levels: int | Sequence[float] = 12, color: Color = "gray") -> Contours:
    """Level lines of a function on a grid."""
    return Contours("", x, y, z, levels, color)


def arrows(x: Any, y: Any, dx: Any, dy: Any, color: Color = "ink", width: float = 0.7) -> Arrows:
    """Arrows from points by displacements."""
    return Arrows("", x, y, dx, dy, color, width)


def texts(
    x: Any,
    y: Any,
    strings: Sequence[str],
    color: Color = "ink",
    size: float = SIZE,
    align: str = "center",
    boxed: bool = False,
) -> Texts:
    """Strings at points, framed where `boxed`."""
    return Texts("", x, y, strings, color, size, align, boxed)


def panels(
    rows: Sequence[Sequence[Panel] | Panel],
    *,
    words: str,
    table: dict[str, Any] | None = None,
    salt: str = "limes",
    width: float | str = "text",
    height: float | None = None,
) -> Picture:
    """Compose rows of panels into a `Picture` described by `words`.

    A flat list is one row. The key stands once above all panels. `height` in inches; by
    default each row is about as high as a panel of it is wide, at most 2.6 inches.
    """
    grid = _grid(rows)
    numbers = table or {"columns": [], "rows": []}
    return compose(lambda inches: _draw(grid, inches, height), words, numbers, salt, width_of(width))


def _grid(rows: Sequence[Sequence[Panel] | Panel]) -> list[list[Panel]]:
    if all(isinstance(row, Panel) for row in rows):
        return [[row for row in rows if isinstance(row, Panel)]]
    return [[row] if isinstance(row, Panel) else list(row) for row in rows]


def _draw(grid: list[list[Panel]], width: float, height: float | None) -> Any:
    from matplotlib.figure import Figure

    columns = max(map(len, grid))
    tall = height or len(grid) * min(max(0.82 * width / columns, 1.1), 2.6) + 0.25
    figure = Figure(figsize=(width, tall), layout="constrained")
    figure.get_layout_engine().set(w_pad=0.05, h_pad=0.05)  # type: ignore[union-attr]
    figure.patch.set_visible(False)
    space = figure.add_gridspec(len(grid), columns)
    for i, row in enumerate(grid):
        for j, panel in enumerate(row):
            _draw_panel(figure.add_subplot(space[i, j]), panel)
    _draw_key(figure)
    return figure


def _draw_panel(axes: Any, panel: Panel) -> None:
    axes.patch.set_visible(False)
    axes.spines[["top", "right"]].set_visible(False)
    for mark in panel.marks:
        mark.draw(axes)
    if panel.x_log:
        axes.set_xscale("log")
    if panel.y_log:
        axes.set_yscale("log")
    if panel.equal:
        axes.set_aspect("equal", adjustable="datalim" if panel.limits is None else "box")
    if panel.limits is not None:
        axes.set(xlim=panel.limits[:2], ylim=panel.limits[2:])
    _label(axes, panel)


def _label(axes: Any, panel: Panel) -> None:
    axes.tick_params(width=0.5, length=2.5, labelsize=SIZE - 0.5, which="major")
    axes.tick_params(width=0.4, length=1.5, which="minor", labelbottom=False, labelleft=False)
    if not panel.ticks or any(isinstance(mark, Image) and mark.extent is None for mark in panel.marks):
        axes.set(xticks=[], yticks=[])
        axes.spines[:].set_visible(False)
    else:
        axes.spines[["left", "bottom"]].set_position(("outward", 4))
    axes.set_title(printable(panel.title), fontsize=SIZE, loc="left", color=INK, parse_math=is_math(panel.title))
    axes.set_xlabel(printable(panel.x), parse_math=is_math(panel.x))
    axes.set_ylabel(printable(panel.y), parse_math=is_math(panel.y))
    if panel.bare:
        axes.set_axis_off()


def _draw_key(figure: Any) -> None:
    entries: dict[str, Any] = {}
    for axes in figure.axes:
        for handle, label in zip(*axes.get_legend_handles_labels(), strict=True):
            entries.setdefault(label, handle)
    if entries:
        columns = max(1, min(len(entries), int(figure.get_figwidth() * 72 / (max(map(len, entries)) * 4.4 + 34))))
        key = figure.legend(
            entries.values(),
            entries.keys(),
            loc="outside upper left",
            ncols=columns,
            frameon=False,
            handlelength=1.8,
            columnspacing=1.4,
            borderpad=0.1,
        )
        for text in key.get_texts():
            text.set_parse_math(is_math(text.get_text()))
