"""Two views of one program beside each other: the graph in layers, and the program in its order."""

from dataclasses import replace
from typing import Any

from limes.draw.picture import Picture

from .arcs import arc_scene
from .drawing import layered, with_legend
from .paper import recipe
from .scene import Curve, Layer, Point, Scene, Shape
from .spec import Diagram
from .write import svg

GAP = 76.0


def beside(graph: Diagram, program: Diagram, words: str, table: dict[str, Any], *, salt: str = "graph") -> Picture:
    """Draw `graph` in layers and, to its right, `program` with arcs; the legend of the first stands below both."""
    bare = [replace(diagram, legend=[]) for diagram in (graph, program)]
    left, right = layered(bare[0]), arc_scene(bare[1])
    height = max(left.height, right.height)
    layers = [*_placed(left, 0.0, (height - left.height) / 2)]
    layers += _placed(right, left.width + GAP, (height - right.height) / 2)
    scene = with_legend(Scene(left.width + GAP + right.width, height, layers), graph)
    inches = max((scene.width + 6.0) / 72, 1.5)
    return Picture(svg(scene, words), words, table, lambda width: recipe(scene, width), salt, inches)


def _placed(scene: Scene, dx: float, dy: float) -> list[Layer]:
    return [_moved(layer, dx, dy) for layer in scene.layers]


def _moved(layer: Layer, dx: float, dy: float) -> Layer:
    shapes = tuple(_shifted(shape, dx, dy) for shape in layer.shapes)
    return replace(layer, shapes=shapes, layers=tuple(_moved(inner, dx, dy) for inner in layer.layers))


def _shifted(shape: Shape, dx: float, dy: float) -> Shape:
    if not isinstance(shape, Curve):
        return replace(shape, x=shape.x + dx, y=shape.y + dy)

    def shift(point: Point) -> Point:
        return point[0] + dx, point[1] + dy

    return replace(shape, start=shift(shape.start), pieces=tuple(tuple(map(shift, piece)) for piece in shape.pieces))
