"""Diagrams as pictures: layered from top to bottom, or as a program with arcs."""

from dataclasses import replace
from typing import Any

from limes.draw.picture import Picture

from .arcs import arc_scene
from .columns import HEIGHT, in_columns
from .legend import legend_layer
from .paint import frame_layer, line_layers, node_layer
from .paper import recipe
from .route import planned
from .scene import Layer, Scene
from .spec import Diagram
from .write import svg


def layered(diagram: Diagram, height: float = HEIGHT) -> Scene:
    """Boxes in layers, arrows downward, groups as frames, the legend at the foot; in columns where it is too high."""
    plan = in_columns(planned(diagram), height)
    frames = [frame_layer(cluster, place) for cluster, place in plan.frames]
    nodes = [node_layer(node, plan.boxes[node.name]) for node in diagram.nodes]
    body = [Layer("groups", (), layers=tuple(frames)), *line_layers(diagram.edges, plan.lines)]
    body.append(Layer("nodes", (), layers=tuple(nodes)))
    return with_legend(Scene(plan.width, plan.height, body), diagram)


def with_legend(scene: Scene, diagram: Diagram) -> Scene:
    """The scene with its legend below."""
    layer, width, height = legend_layer(diagram.legend, scene.height + 14.0, max(scene.width, 210.0))
    if not diagram.legend:
        return scene
    return replace(
        scene, width=max(scene.width, width), height=scene.height + 14.0 + height, layers=[*scene.layers, layer]
    )


def draw(
    diagram: Diagram,
    words: str,
    table: dict[str, Any],
    *,
    view: str = "layers",
    salt: str = "graph",
    height: float = HEIGHT,
) -> Picture:
    """A diagram as a `Picture`; `view` is `layers`, or `order` for the program with arcs.

    Layers higher than `height` points are set in columns. It is saved as SVG, PDF or PGF; without a width at its natural size, in which the
    lettering is 9 points high.
    """
    scene = arc_scene(diagram) if view == "order" else layered(diagram, height)
    inches = max((scene.width + 6.0) / 72, 1.5)
    return Picture(svg(scene, words), words, table, lambda width: recipe(scene, width), salt, inches)
