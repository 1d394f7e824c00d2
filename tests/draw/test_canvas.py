from limes.draw.canvas import Canvas
from limes.draw.style import style


def test_paper_is_measured_in_points():
    with style("a"):
        canvas = Canvas(144, 72)
        canvas.line([(0, 0)])
        canvas.dots([(1, 1), (2, 2)], "#000000")
        canvas.marks([], "o", "#000000")
        canvas.band([(0, 0), (1, 1)], [(0, 1), (1, 2)], "#000000")
        canvas.text(3, 4, "x < $y$")
        assert tuple(canvas.figure.get_size_inches()) == (2.0, 1.0)
        assert canvas.axes.get_xlim() == (0, 144)
        assert [t.get_position() for t in canvas.axes.texts] == [(3, 4)]
        assert len(canvas.axes.patches) + len(canvas.axes.artists) == 2
