from itertools import pairwise

from limes.draw.canvas import Canvas
from limes.draw.key import LEADING, Item, beside, key_width, rows_of, stack_height, wrapped
from limes.draw.style import style, text_width


def test_long_labels_are_broken_to_the_width():
    (item,) = wrapped([Item("a very long label " * 12, "#000000")], 70.0)
    assert 1 < len(item.rows) <= 4
    assert all(text_width(row) <= 70 for row in item.rows)


def test_labels_beside_the_curves_never_overlap():
    items = wrapped([Item(f"curve {k} with a label of two rows", "#000000", anchor=0.5) for k in range(5)], 70.0)
    with style("a"):
        canvas = Canvas(300, 200)
        beside(canvas, items, 200, 20, max(150, stack_height(items)))
        heights = sorted(text.get_position()[1] for text in canvas.axes.texts)
    assert all(b - a > LEADING - 1e-6 for a, b in pairwise(heights))


def test_rows_fit_the_paper():
    items = wrapped([Item("label of a curve", "#000000")] * 7, 200.0)
    rows = rows_of(items, 230.0)
    assert sum(map(len, rows)) == 7
    assert all(sum(key_width([item]) for item in row) <= 242 for row in rows)
