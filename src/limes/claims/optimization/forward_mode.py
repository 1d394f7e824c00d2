"""Forward mode: one sweep of tangents for every input, whatever the number of outputs."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from limes._types import RandomKey
from limes.claims.claim import Claim, Control, Experiment
from limes.claims.kinds import Bound, Identity, Rate
from limes.draw import Panel, Picture, lines, panels, scatter

from . import _modes as modes

PARAMETERS = 2 ** np.arange(2, 10)


def measure(key: RandomKey, *, size: int, diagonal: bool = False) -> dict[str, float]:
    r"""Count the Jacobian of one program by forward mode, in units of the $K$ operations of the program.

    `inputs` is for `size` inputs and 16 outputs, `outputs` for 16 inputs and `size` outputs: sums over the nodes of the
    graph, one sweep a direction. `excess` is the largest distance of $K$ and of both counts from the formulas derived by hand,
    `shared` the larger ratio of the count of the program that JAX makes of all sweeps at once. `diagonal`: the
    program acts entry by entry, and its Jacobian is found by one sweep along $(1, \dots, 1)$.
    """
    del key
    base = modes.BASE
    wide, tall = modes.cost(size, base), modes.cost(base, size)
    assert wide.forward is not None
    assert tall.forward is not None
    hand = (modes.by_hand(size, base), modes.by_hand(base, size))
    counted = ((wide.function, wide.forward), (tall.function, tall.forward))
    shared = (
        modes.compiled(size, base, "forward") / wide.forward,
        modes.compiled(base, size, "forward") / tall.forward,
    )
    one = modes.diagonal(size)
    return {
        "inputs": one[1] / one[0] if diagonal else wide.forward / wide.function,
        "outputs": tall.forward / tall.function,
        "excess": float(
            max(
                abs(c - h)
                for found, law in zip(counted, hand, strict=True)
                for c, h in zip(found, law[:2], strict=True)
            )
        ),
        "shared": max(shared),
    }


def picture(data: Mapping[str, Any]) -> Picture:
    """Draw the cost of a Jacobian against inputs and outputs, and three ways to the gradient of a perceptron."""
    units = data["units"]
    top = int(units["size"].max())
    found = [modes.perceptron(int(d)) for d in PARAMETERS]
    K = np.array([c.function for c in found], float)
    ways = [
        ("forward mode", np.array([c.forward for c in found]) / K, "blue", 0, 4.5),
        ("finite differences", np.array([c.finite_differences for c in found]) / K, "purple", 2, 3.6),
        ("reverse mode", np.array([c.reverse for c in found]) / K, "vermilion", 1, 2.8),
    ]
    marks: list[Any] = []
    for name, value, color, marker, size in ways:
        marks += [
            lines(PARAMETERS, value, color=color, width=0.8),
            scatter(PARAMETERS, value, name, color=color, marker=marker, size=size),
        ]
    last = Panel(
        marks, "gradient of a perceptron", "parameters", "", x_log=True, y_log=True, limits=(3.2, 700.0, 1.2, 1200.0)
    )
    words = (
        "Operations of a Jacobian over those of the function, counted node by node. Forward mode takes one sweep of tangents an "
        f"input: with {top} inputs {float(units['inputs'].sel(size=top).max()):.0f} times the function, with {top} outputs "
        f"{float(units['outputs'].sel(size=top).max()):.1f} times, as with any other number of them. Right, the gradient of a "
        f"perceptron in all {PARAMETERS[-1]} parameters: {ways[0][1][-1]:.0f} times the function by forward mode, "
        f"{ways[1][1][-1]:.0f} by differences, which are not exact, {ways[2][1][-1]:.1f} by reverse mode."
    )
    return panels([*modes.four_lines("forward"), last], words=words, height=2.6, salt=claim.id)


claim = Claim(
    id="optimization.forward_mode",
    statement=(
        r"\dot\theta_r = \sum_{p \in \mathrm{Parents}(r)} \partial_p g_r\, \dot\theta_p, \quad r = M + 1, \dots, R: \qquad"
        r" f: \mathbb{R}^d \to \mathbb{R}^m \text{ of } K \text{ operations} \;\Rightarrow\; \text{Jacobian in } K + d\, O(K)"
    ),
    reading=(
        "Forward mode carries one direction at a time from the inputs to the outputs, so a Jacobian costs in proportion to the "
        "number of inputs, and the number of outputs does not matter."
    ),
    source="griewank:2008, Section 3.1; linnainmaa:1970",
    assumes=[
        "the cost of the function is the same for every number of inputs and outputs",
        "nothing is known of the Jacobian beforehand: every input needs its own direction",
        "operations are counted, one for each scalar operation; moves and integers are free",
    ],
    predicts={
        "inputs": Rate("inputs", over="size", exponent=1.0, resolution=0.0),
        "outputs": Rate("outputs", over="size", exponent=0.0, resolution=0.0),
        "by hand": Identity("excess", tolerance=0.0),
        "at once": Bound("shared", below=1.0),
    },
    measure=Experiment(measure, random=False, host=True),
    grid={"size": [4, 8, 16, 32, 64, 128, 256, 512]},
    quick={"size": [4, 16, 64, 128, 256]},
    controls=[
        Control(
            "known structure",
            "The Jacobian is known to be diagonal, so one direction finds all its entries, whatever the number of inputs.",
            change={"diagonal": True},
            grid={"size": [4, 16, 64, 128, 256]},
            on=["inputs"],
        ),
        Control(
            "a gradient in O(K)",
            "Claimed for forward mode, a cost that does not grow with the inputs is wrong: that needs reverse mode.",
            grid={"size": [2, 8, 32, 128, 512]},
            predicts={"gradient": Rate("inputs", over="size", exponent=0.0, resolution=0.0)},
        ),
    ],
    picture=picture,
)
