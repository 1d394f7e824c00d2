"""Finite differences: what a gradient costs by them, and the V that their error draws against the step."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from limes._types import RandomKey
from limes.claims.claim import Claim, Control, Experiment
from limes.claims.kinds import Bound, Identity, Law, Rate
from limes.draw import Panel, Picture, lines, panels, scatter, texts
from limes.instruments.counts import count
from limes.instruments.modes import error_curve, quotients

TYPES = {"single": (jnp.float32, 2.0**-12, 2.0**-24), "double": (jnp.float64, 2.0**-26, 2.0**-53)}  # root and u
STEPS = [2.0**k for k in (-9, -6, -3, -1, 1, 3, 6, 9)]
SMALL = [2.0**k for k in (-9, -7, -6, -5, -3)]
LARGE = [2.0**k for k in (3, 5, 6, 7, 9)]
INPUTS = [8, 16, 32, 64, 128, 256, 512, 1024]
POINTS = 4096
SAMPLES = 16
WIDTH = 16


def risk(theta: Float[Array, " d"], x: Float[Array, "n two"], y: Float[Array, " n"]) -> Float[Array, ""]:
    r"""Return the least squares risk of a perceptron on the plane with $d/4$ neurons."""
    a, b, w = jnp.split(theta, [len(theta) // 4, len(theta) // 2])
    hidden = jnp.tanh(x @ w.reshape(2, -1) + b[None])
    return jnp.mean((hidden @ a - y) ** 2)


def measure(key: RandomKey, *, precision: str, kink: float = 0.0, scheme: str = "forward") -> dict[str, Any]:
    r"""Differentiate $1/x$ and the risk of a perceptron by differences, at steps of $2^k$ times about $\sqrt{u}$.

    `error` is the root mean square error of the derivative of $1/x$ over points in [1, 2]; `truncation` and `rounding`
    are lengths of the error of the whole gradient of the risk, at large and at small steps, `best` the step
    where it is least. For every number of inputs `price` is the number of operations of the program of difference
    quotients over that of the function, $K$, and `excess` its distance from $K(d + 1) + 4d$.

    `kink` adds that multiple of $|\theta_i - \theta^0_i|$, summed: a kink at the point of differentiation.
    """
    root = TYPES[precision][1]
    error, curve = (np.asarray(part, float) for part in _errors(precision, kink, scheme)(key))
    counted = np.array([operations(d, scheme) for d in INPUTS], float)
    steps = _all_steps()
    at = lambda chosen: curve[[steps.index(step) for step in chosen]]
    d = np.array(INPUTS, float)
    return {
        "error": error,
        "truncation": at(LARGE),
        "rounding": at(SMALL),
        "best": steps[int(np.argmin(curve))] * root / TYPES[precision][2] ** 0.5,
        "price": counted[:, 1] / counted[:, 0],
        "excess": counted[:, 1] - counted[:, 0] * (d + 1.0) - 4.0 * d,
    }


def _all_steps() -> list[float]:
    return [2.0**k for k in range(-9, 10)]


@cache
def _errors(precision: str, kink: float, scheme: str) -> Callable[[RandomKey], tuple[Array, Array]]:
    """Compile the errors at all steps, of one over x and of the risk."""
    dtype, root, _ = TYPES[precision]

    def bent(value: Array, distance: Array) -> Array:
        return value + jnp.asarray(kink, dtype) * jnp.sum(jnp.abs(distance)) if kink else value

    def simple(x: Array, step: Array) -> Array:
        return quotients(lambda z: bent(1.0 / z, z - x), x, step=step, scheme=scheme)

    def errors(key: RandomKey) -> tuple[Array, Array]:
        key_x, key_theta, key_data = jax.random.split(key, 3)
        x = jax.random.uniform(key_x, (POINTS,), dtype, 1.0, 2.0)
        found = jax.lax.map(lambda h: jax.vmap(lambda x: simple(x, h))(x), jnp.asarray(STEPS, dtype) * root)
        true = -1.0 / x.astype(float) ** 2
        error = jnp.sqrt(jnp.mean((found.astype(float) - true[None]) ** 2, axis=1))
        theta = jax.random.normal(key_theta, (4 * WIDTH,), dtype)
        data = jax.random.normal(key_data, (SAMPLES, 3), dtype)
        smooth = lambda z: risk(z, data[:, :2], data[:, 2])
        exact = jax.grad(smooth)(theta)
        steps = jnp.asarray(_all_steps(), dtype) * root
        curve = error_curve(lambda z: bent(smooth(z), z - theta), theta, steps, scheme=scheme, exact=exact)
        return error, curve.errors

    return jax.jit(errors)


@cache
def operations(d: int, scheme: str = "forward") -> tuple[int, int, int]:
    """Count the risk with `d` parameters, the program of its difference quotients, and that of its value and gradient."""
    theta, x, y = (jax.ShapeDtypeStruct(shape, float) for shape in ((d,), (SAMPLES, 2), (SAMPLES,)))
    step = jax.ShapeDtypeStruct((), float)
    differences = lambda theta, step, x, y: quotients(lambda z: risk(z, x, y), theta, step=step, scheme=scheme)
    traced = (
        jax.make_jaxpr(risk)(theta, x, y),
        jax.make_jaxpr(differences)(theta, step, x, y),
        jax.make_jaxpr(jax.value_and_grad(risk))(theta, x, y),
    )
    one, all_, reverse = (count(jaxpr).total for jaxpr in traced)
    return one, all_, reverse


@cache
def _nodes() -> tuple[np.ndarray, np.ndarray]:
    z, w = np.polynomial.legendre.leggauss(40)
    return (z + 3.0) / 2.0, w / 2.0


def mean_square_law(precision: str, h: float) -> float:
    r"""Return the exact root mean square error for $1/x$, $x$ uniform in [1, 2].

    Truncation leaves $h/(x^2(x + h))$; both values lie in $[1/2, 1]$ and are rounded correctly, to errors uniform in
    $\pm u/2$, $u$ the unit of rounding: their difference adds $u^2/6h^2$ to the mean square.
    """
    x, w = _nodes()
    unit = TYPES[precision][2]
    return float(np.sqrt(w @ (h / (x**2 * (x + h))) ** 2 + unit**2 / (6.0 * h**2)))


def law(precision: str, step: float) -> float:
    """Return the exact error at a step in units of the root."""
    return mean_square_law(precision, step * TYPES[precision][1])


def illustrate(key: RandomKey, given: Any) -> dict[str, Any]:
    """Run the perceptron with and without a kink, and count the ways to a gradient."""
    del given
    curves = {kink: np.asarray(_errors("double", kink, "forward")(key)[1]) for kink in (0.0, 1.0)}
    return {"curves": curves, "counts": np.array([operations(d) for d in INPUTS], float)}


def picture(data: Mapping[str, Any]) -> Picture:
    """Draw the error against the step on its exact law, a perceptron's with and without a kink, and the operations."""
    units = data["units"]
    best = {name: float(np.median(units["best"].sel(precision=name))) for name in units["precision"].values}
    counts = data["counts"]
    words = (
        "Forward differences. Left, the root mean square error of the derivative of 1/x (points) on its exact law (lines): "
        f"truncation falls with the step h, rounding grows as 1/h. Middle, the gradient of a perceptron with {4 * WIDTH} "
        "parameters in double precision: the same V, with its least error near the root of u, and with a kink at the point an "
        f"error that no step removes. Medians of the best step: {' and '.join(f'{v:.2g} (' + k + ')' for k, v in best.items())} "
        f"times the root of u. Right, operations counted: {counts[-1, 1]:.3g} by differences and {counts[-1, 2]:.3g} by "
        f"reverse mode for {INPUTS[-1]} parameters."
    )
    row = [_simple(units), _perceptron(data["curves"]), _operations(counts)]
    return panels(row, words=words, height=2.6, salt=claim.id)


def _simple(units: Any) -> Panel:
    marks: list[Any] = []
    for k, name in enumerate(units["precision"].values):
        root = TYPES[name][1]
        h = root * np.geomspace(STEPS[0], STEPS[-1], 121)
        marks.append(lines(h, [mean_square_law(name, step) for step in h], color=k))
        mean = units["error"].sel(precision=name).mean("seed")
        marks.append(scatter(root * np.array(STEPS), mean.values, f"{name} precision", color=k, marker=k, size=4.0))
    return Panel(marks, "derivative of $1/x$", "step $h$", "error", x_log=True, y_log=True)


def _perceptron(curves: Mapping[float, np.ndarray]) -> Panel:
    h = TYPES["double"][1] * np.array(_all_steps())
    smooth, bent = curves[0.0], curves[1.0]
    middle = len(h) // 2
    fall = smooth[0] * h[0] / h[: middle - 1]
    rise = smooth[-1] * h[middle + 1 :] / h[-1]
    marks = [
        lines(h[: middle - 1], fall, color="gray", dashes="dashed"),
        lines(h[middle + 1 :], rise, color="gray", dashes="dashed"),
        scatter(h, smooth, "perceptron", color="green", marker=2, size=4.0),
        scatter(h, bent, "with a kink", color="vermilion", marker=3, size=4.0),
        texts([h[5], h[-6]], [20.0 * fall[5], 20.0 * rise[-6]], ["slope $-1$", "slope 1"], color="gray", size=7.5),
    ]
    return Panel(marks, "gradient of a perceptron", "step $h$", "error", x_log=True, y_log=True)


def _operations(counts: np.ndarray) -> Panel:
    d = np.array(INPUTS, float)
    marks = [
        lines(d, counts[:, 0] * (d + 1.0), "$K(d + 1)$", color="ink", dashes="dashed", width=0.9),
        scatter(d, counts[:, 1], "differences", color="purple", marker=4, size=4.5),
        lines(d, counts[:, 2], color="orange", width=0.8),
        scatter(d, counts[:, 2], "reverse mode", color="orange", marker=5, size=4.5),
    ]
    return Panel(marks, "operations of a gradient", "inputs $d$", "", x_log=True, y_log=True)


claim = Claim(
    id="optimization.finite_differences",
    statement=(
        r"\frac{f(\theta + h e_i) - f(\theta)}{h} - \partial_i f(\theta) = \frac{h}{2}\, \partial_i^2 f"
        r" + O\Big(h^2 + \frac{u\,|f|}{h}\Big), \quad i \le d: \qquad K(d + 1) \text{ operations}, \quad"
        r" \text{least error at } h \sim \sqrt{u}"
    ),
    reading=(
        "A gradient by finite differences takes one evaluation more than there are inputs; its error falls in proportion to the "
        "step until rounding takes over near the root of the machine precision, and grows in proportion to its inverse below."
    ),
    source="nocedal:2006, Section 8.1; griewank:2008, Chapter 1",
    assumes=[
        "the function is twice differentiable around the point",
        "differences are taken forward, from the point itself",
        "values of the function are right to a few units in the last place",
    ],
    predicts={
        "operations": Identity("excess", tolerance=0.0),
        "price": Rate("price", over="inputs", exponent=1.0, resolution=0.0),
        "V": Law("error", equals=law),
        "truncation": Rate("truncation", over="large", exponent=1.0, corrections=()),
        "rounding": Rate("rounding", over="small", exponent=-1.0, corrections=()),
        "best step": Bound("best", above=1.0 / 32.0, below=32.0),
    },
    measure=Experiment(
        measure,
        outputs={
            "error": ("step",),
            "truncation": ("large",),
            "rounding": ("small",),
            "price": ("inputs",),
            "excess": ("inputs",),
        },
        coords={"step": STEPS, "large": LARGE, "small": SMALL, "inputs": INPUTS},
        host=True,
    ),
    grid={"precision": ["single", "double"]},
    quick={"precision": ["double"]},
    controls=[
        Control(
            "a kink",
            "The function bends at the point itself: one-sided quotients see one side of it, at every step.",
            change={"kink": 1.0},
            grid={"precision": ["double"]},
            on=["V", "truncation"],
        ),
        Control(
            "central differences",
            "Differences to both sides cost 2d evaluations, and what they leave out falls with the square of the step.",
            change={"scheme": "central"},
            grid={"precision": ["double"]},
            on=["operations", "V", "truncation"],
        ),
    ],
    illustrate=illustrate,
    picture=picture,
)
