"""The numbers of a chart as a table, and a sentence for charts that bring none."""

from typing import Any

from .scales import finite
from .spec import Line, Spec, short


def chart_table(spec: Spec) -> dict[str, Any]:
    """Columns and rows: x, then center, low, high and finite seeds of each curve, then lines."""
    curves = spec.curves
    lines = [line for line in spec.lines if set(finite(spec.places)) <= set(finite(line.x)) and spec.places]
    columns = [spec.x_label or "x"]
    for curve in curves:
        name = curve.label if len(curves) > 1 else spec.y_label or curve.label
        columns += [name, "low", "high", "seeds"]
    columns += [line.label for line in lines]
    rows = []
    for k, place in enumerate(spec.places):
        row: list[Any] = [spec.names[int(place)] if spec.names and place is not None else place]
        for curve in curves:
            row += [curve.center[k], curve.low[k], curve.high[k], len(curve.points[k]) or None]
        rows.append(row + [_value(line, place) for line in lines])
    return {"columns": columns, "rows": rows}


def _value(line: Line, place: float | None) -> float | None:
    return next((y for x, y in zip(line.x, line.y, strict=True) if x == place), None)


def chart_words(spec: Spec) -> str:
    """What a reader who does not see the chart should know: names, range, lines."""
    parts = []
    for curve in spec.curves:
        values = finite(curve.center)
        if values:
            span = f"from {short(values[0])} to {short(values[-1])}"
            parts.append(f"{curve.label}: {span}")
    parts += [line.label for line in spec.lines]
    head = f"{spec.y_label or 'value'} against {spec.x_label or 'case'}"
    at = f" at {spec.where}" if spec.where else ""
    return f"{head}{at}. {'; '.join(parts)}." if parts else f"{head}{at}: no finite value."
