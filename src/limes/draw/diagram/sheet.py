"""One sheet laid out: rows from top to bottom, the lines between them as vertical runs."""

from collections.abc import Sequence
from dataclasses import dataclass

from .layers import Item, Value, layers
from .order import ordered
from .place import places
from .rows import Piece, Rows, rows_of

NARROW, WIDE, SLOPE, PORT_GAP = 17.0, 60.0, 0.19, 9.0
ALIGNED = 0.75


@dataclass(frozen=True)
class Run:
    """A vertical stretch of a line: the drawing joins one to the next by a smooth curve.

    With `detour`, the line comes from the foot of another column: down to the first height,
    along, up at the place, and over at the last height.
    """

    x: float
    top: float
    bottom: float
    detour: tuple[float, float, float] | None = None

    def moved(self, dx: float, dy: float) -> "Run":
        """The same stretch elsewhere."""
        return Run(self.x + dx, self.top + dy, self.bottom + dy)


@dataclass(frozen=True)
class Sheet:
    """Left and top of every item, size of the sheet, runs of every line (value, item that reads it), top and foot of rows."""

    lefts: tuple[float, ...]
    tops: tuple[float, ...]
    width: float
    height: float
    runs: dict[tuple[int, int], tuple[Run, ...]]
    bands: tuple[tuple[float, float], ...] = ()


def arranged(items: Sequence[Item], values: Sequence[Value]) -> Sheet:
    """Lay out a sheet: layers, order, places, heights, lines."""
    if not items:
        return Sheet((), (), 0.0, 0.0, {})
    layer = layers(items, values)
    rows = rows_of(items, values, layer)
    middles = places(rows, ordered(rows))
    left = min(x - slot.width / 2 for x, slot in zip(middles, rows.slots, strict=True))
    middles = [x - left for x in middles]
    width = max(x + slot.width / 2 for x, slot in zip(middles, rows.slots, strict=True))
    ends = _ends(items, rows, middles)
    bands = _bands(items, rows, middles, ends)
    tops = tuple(_top(item, bands[layer[k]]) for k, item in enumerate(items))
    lines = _Lines(items, rows, middles, ends, bands, tops)
    runs = {(v, head): lines.runs(v, head) for v, value in enumerate(values) for head in value.heads}
    lefts = tuple(middles[k] - item.width / 2 for k, item in enumerate(items))
    return Sheet(lefts, tops, width, bands[-1][1], runs, tuple(bands))


def _top(item: Item, band: tuple[float, float]) -> float:
    return (band[0] + band[1] - item.height) / 2


def _ends(items: Sequence[Item], rows: Rows, middles: Sequence[float]) -> dict[tuple[int, int], float]:
    """Where the line of a value touches an item from above: (item, value) -> distance from its middle."""
    arriving: dict[int, list[tuple[float, int]]] = {}
    for piece in rows.pieces:
        item = rows.slots[piece.lower].item
        if item >= 0 and piece.value not in items[item].ins:
            shift = middles[piece.upper] + piece.start - middles[piece.lower]
            arriving.setdefault(item, []).append((shift, piece.value))
    ends = {(k, v): shift for k, item in enumerate(items) for v, shift in item.ins.items()}
    for k, lines in arriving.items():
        for (_, v), shift in zip(sorted(lines), spread([s for s, _ in sorted(lines)], items[k]), strict=True):
            ends[k, v] = shift
    return ends


def spread(shifts: Sequence[float], item: Item) -> list[float]:
    """Ends on an item of lines that come from `shifts` (sorted): a straight one stays straight."""
    count = len(shifts)
    straight = [k for k, shift in enumerate(shifts) if abs(shift) < ALIGNED]
    lefts = sum(shift < 0 for shift in shifts)
    if straight:
        zero = float(straight[0])
    elif 0 < lefts < count:
        zero = lefts - 0.5
    else:
        zero = (count - 1) / 2
    reach = max(zero, count - 1 - zero, 1e-9)
    step = min(item.step, max(item.width / 2 - 5.0, 0.0) / reach)
    return [(k - zero) * step for k in range(count)]


def _bands(
    items: Sequence[Item], rows: Rows, middles: Sequence[float], ends: dict[tuple[int, int], float]
) -> list[tuple[float, float]]:
    """Top and bottom of each row; wider gaps where lines go far sideways."""
    far = [0.0] * len(rows.rows)
    for piece in rows.pieces:
        far[rows.slots[piece.lower].layer] = max(
            far[rows.slots[piece.lower].layer], abs(_lower_end(rows, middles, ends, piece) - _upper_end(middles, piece))
        )
    bands: list[tuple[float, float]] = []
    for y, row in enumerate(rows.rows):
        members = [items[rows.slots[k].item] for k in row if rows.slots[k].item >= 0]
        height = max((item.height for item in members), default=0.0)
        top = bands[-1][1] + _gap(far[y], members, y == 1 and bands[0][1] == 0) if bands else 0.0
        bands.append((top, top + height))
    return bands


def _gap(far: float, members: Sequence[Item], after_ports: bool) -> float:
    labeled = any(item.margin for item in members)
    bare = after_ports or (bool(members) and all(item.pin == "bottom" for item in members))
    least = PORT_GAP if bare else NARROW
    return min(max(least, least + SLOPE * far), WIDE) + (11.0 if labeled else 0.0)


def _upper_end(middles: Sequence[float], piece: Piece) -> float:
    return middles[piece.upper] + piece.start


def _lower_end(rows: Rows, middles: Sequence[float], ends: dict[tuple[int, int], float], piece: Piece) -> float:
    item = rows.slots[piece.lower].item
    return middles[piece.lower] + (ends[item, piece.value] if item >= 0 else 0.0)


@dataclass(frozen=True)
class _Lines:
    items: Sequence[Item]
    rows: Rows
    middles: Sequence[float]
    ends: dict[tuple[int, int], float]
    bands: list[tuple[float, float]]
    tops: tuple[float, ...]

    def runs(self, value: int, head: int) -> tuple[Run, ...]:
        """The line of a value down to one item that reads it."""
        pieces = self.rows.chain(value, head)
        maker = self.rows.slots[pieces[0].upper].item
        foot = self.tops[maker] + self.items[maker].height
        runs = [Run(_upper_end(self.middles, pieces[0]), foot, self._band(pieces[0].upper)[1])]
        for piece in pieces[1:]:
            runs.append(Run(self.middles[piece.upper], *self._band(piece.upper)))
        x = _lower_end(self.rows, self.middles, self.ends, pieces[-1])
        runs.append(Run(x, self._band(pieces[-1].lower)[0], self.tops[head]))
        return tuple(runs)

    def _band(self, slot: int) -> tuple[float, float]:
        return self.bands[self.rows.slots[slot].layer]
