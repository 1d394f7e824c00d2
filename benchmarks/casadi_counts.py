"""Scalar operations counted by limes on arrays and by CasADi on scalar graphs: the same programs, side by side.

Both count one for every scalar operation, of the value and of value and gradient by reverse mode. Values must agree to
the unit. Gradients may differ for three reasons, which are counted one by one and must make up the whole difference:

- seed: CasADi drops products by the seed 1, limes sweeps back with whatever seed there is;
- rules: the pullback of one operation, counted alone by both, takes more operations in JAX (division, tanh);
- signs: CasADi turns a sum with a negated term into a difference, JAX negates and adds.
"""

import json
from collections import Counter
from typing import NamedTuple

import casadi as ca
import jax
import jax.numpy as jnp
from _side_by_side import RESULTS, machine

from limes.instruments.graph import graph


class Counted(NamedTuple):
    """Operations of a program, by one of the libraries."""

    value: int
    gradient: int
    signs: int
    seeded: int = 0
    nodes: dict[str, int] = {}  # noqa: RUF012


FREE = {ca.OP_INPUT, ca.OP_OUTPUT, ca.OP_CONST}
SX = ca.SX


def shape(*size):
    return jax.ShapeDtypeStruct(size, float)


def instructions(inputs, outputs):
    """Count the instructions of a CasADi function that compute something, by kind."""
    fn = ca.Function("f", inputs, outputs)
    kinds = (fn.instruction_id(i) for i in range(fn.n_instructions()))
    return Counter(kind for kind in kinds if kind not in FREE)


def casadi_counts(inputs, value):
    """Count the value, value and gradient with a general seed, those with the seed 1, and changes of sign in the second."""
    seed, whole = SX.sym("seed"), ca.veccat(*inputs)
    alone = instructions(inputs, [value])
    general = instructions([*inputs, seed], [value, ca.jtimes(value, whole, seed, True)])
    one = instructions(inputs, [value, ca.gradient(value, whole)])
    return Counted(alone.total(), general.total(), general[ca.OP_NEG], one.total())


def limes_counts(fn, shapes, share=False):
    """Count the value, value and gradient, changes of sign in the second, and scalar operations by primitive."""
    cost = graph(fn, *shapes, share=share).cost()
    whole = jax.make_jaxpr(jax.value_and_grad(fn, tuple(range(len(shapes)))))(*shapes)
    nodes = {row.primitive: row.operations.total for row in cost.rows()}
    return Counted(cost.function, cost.reverse, signs(whole.jaxpr), nodes=nodes)


def signs(jaxpr):
    """Count the numbers whose sign is changed, in a jaxpr and in the functions it calls."""
    total = 0
    for equation in jaxpr.eqns:
        inner = equation.params.get("jaxpr")
        total += signs(inner.jaxpr) if inner is not None else 0
        total += equation.outvars[0].aval.size if equation.primitive.name == "neg" else 0
    return total


def example(m, x):
    e = x[1] * m.exp(x[0])
    return e * m.sqrt(x[0] + e)


def horner(m, x):
    del m
    value = x[12]
    for k in range(11, -1, -1):
        value = value * x[13] + x[k]
    return value


def pendulum(m, x):
    """Four steps of the midpoint rule; x holds angle, speed, step, gravity and friction."""
    angle, speed, h, g, c = (x[k] for k in range(5))
    for _ in range(4):
        push = g * m.sin(angle) + c * speed
        middle, half = angle + h * speed, speed - h * push
        angle, speed = angle + h * half, speed - h * (g * m.sin(middle) + c * half)
    return angle * speed


def fold(operation):
    def program(m, x):
        del m
        value = x[0]
        for k in range(1, 16):
            value = operation(value, x[k])
        return value

    return program


def on_scalars(program, size, share=False):
    """A program on single numbers, traced by both from the same text."""
    x = SX.sym("x", size)
    fn = lambda *x: program(jnp, x)
    return (fn, [shape()] * size, share), ([x], program(ca, [x[k] for k in range(size)]))


def perceptron(activation, n=5, d=4, h=6, m=2):
    def fn(Z, Y, A, a, B, b):
        hidden = getattr(jnp, activation)(A @ Z + a[:, None])
        return jnp.sum(jnp.square(B @ hidden + b[:, None] - Y))

    shapes = [shape(d, n), shape(m, n), shape(h, d), shape(h), shape(m, h), shape(m)]
    Z, Y, A, a, B, b = inputs = [SX.sym(f"v{k}", *s.shape) for k, s in enumerate(shapes)]
    hidden = getattr(ca, activation)(A @ Z + ca.repmat(a, 1, n))
    return (fn, shapes, False), (inputs, ca.sumsqr(B @ hidden + ca.repmat(b, 1, n) - Y))


def convolution(size=7, kernel=3, channels=2, features=3):
    """A valid convolution of an image, then squares: CasADi by its definition."""

    def fn(image, w):
        out = jax.lax.conv_general_dilated(image[None], w, (1, 1), "VALID")
        return jnp.sum(jnp.square(out))

    shapes = [shape(channels, size, size), shape(features, channels, kernel, kernel)]
    x = [SX.sym(f"x{c}", size, size) for c in range(channels)]
    w = [[SX.sym(f"w{f}{c}", kernel, kernel) for c in range(channels)] for f in range(features)]
    value, wide = None, size - kernel + 1
    for row in w:
        for i in range(wide):
            for j in range(wide):
                out = None
                for c in range(channels):
                    for k in range(kernel):
                        for l in range(kernel):
                            term = x[c][i + k, j + l] * row[c][k, l]
                            out = term if out is None else out + term
                value = out**2 if value is None else value + out**2
    inputs = [ca.veccat(*x), ca.veccat(*[ca.veccat(*row) for row in w])]
    fn_of = ca.Function("f", [*x, *[v for row in w for v in row]], [value])
    xs, ws = SX.sym("x", inputs[0].numel()), SX.sym("w", inputs[1].numel())
    cut_x = [ca.reshape(part, size, size) for part in ca.vertsplit(xs, size * size)]
    cut_w = [ca.reshape(part, kernel, kernel) for part in ca.vertsplit(ws, kernel * kernel)]
    return (fn, shapes, False), ([xs, ws], fn_of(*cut_x, *cut_w))


def attention(n, d):
    """Softmax attention without the shift by the largest score, then squares."""

    def fn(X, Q, K, V):
        weights = jnp.exp((X @ Q) @ (X @ K).T)
        mixed = (weights @ (X @ V)) / jnp.sum(weights, axis=1)[:, None]
        return jnp.sum(jnp.square(mixed))

    shapes = [shape(n, d), shape(d, d), shape(d, d), shape(d, d)]
    X, Q, K, V = inputs = [SX.sym(f"v{k}", *s.shape) for k, s in enumerate(shapes)]
    weights = ca.exp((X @ Q) @ (X @ K).T)
    mixed = (weights @ (X @ V)) / ca.repmat(ca.sum2(weights), 1, d)
    return (fn, shapes, False), (inputs, ca.sumsqr(mixed))


PROGRAMS = {
    "worked example, shared": on_scalars(example, 2, share=True),
    "Horner, degree 12": on_scalars(horner, 14),
    "pendulum, 4 midpoint steps": on_scalars(pendulum, 5),
    "product of 16 numbers": on_scalars(fold(lambda a, b: a * b), 16),
    "quotient of 16 numbers": on_scalars(fold(lambda a, b: a / b), 16),
    "sines of sums of 16 numbers": on_scalars(lambda m, x: fold(lambda a, b: m.sin(a + b))(m, x), 16),
    "perceptron, sine": perceptron("sin"),
    "perceptron, tanh": perceptron("tanh"),
    "convolution 7x7x2, 3x3x3": convolution(),
    "attention, 5 tokens": attention(5, 3),
}
SHARED = {"attention, 5 tokens": (5, 3)}  # divisions by a number that a row shares


def shared_division(n, d):
    """Every row divided by one number: JAX squares the divisor once a row, CasADi sums up before it turns the sign."""
    W, v = inputs = [SX.sym("W", n, d), SX.sym("v", n)]
    fn = lambda W, v: jnp.sum(W / v[:, None])
    return (fn, [shape(n, d), shape(n)], False), (inputs, ca.sum1(ca.sum2(W / ca.repmat(v, 1, d))))


def both(program):
    """Count a program by both libraries."""
    (fn, shapes, share), (inputs, value) = program
    return limes_counts(fn, shapes, share), casadi_counts(inputs, value)


def rules():
    """Count single operations with their pullbacks by both."""
    one = {name: getattr(ca, name) for name in ("exp", "log", "sqrt", "sin", "cos", "tanh")}
    two = {"mul": lambda a, b: a * b, "add": lambda a, b: a + b, "sub": lambda a, b: a - b, "div": lambda a, b: a / b}
    found = {}
    for name, fn in {**one, **two}.items():
        inputs = [SX.sym("a"), SX.sym("b")][: 1 if name in one else 2]
        ours = getattr(jnp, name) if name in one else fn
        found[name] = both(((ours, [shape()] * len(inputs), False), (inputs, fn(*inputs))))
    return found


def row(name, known):
    """Count one program by both, and explain the difference of the gradients."""
    ours, theirs = both(PROGRAMS[name])
    parts = [(n, *known[p]) for p, n in ours.nodes.items() if p in known]
    if name in SHARED:
        parts = [(1, *both(shared_division(*SHARED[name])))]
    reasons = {
        "seed": theirs.gradient - theirs.seeded,
        "rules": sum(n * (a.gradient - b.gradient) for n, a, b in parts),
        "signs": ours.signs - theirs.signs - sum(n * (a.signs - b.signs) for n, a, b in parts),
    }
    assert ours.value == theirs.value, (name, ours, theirs)
    assert ours.gradient - theirs.seeded == sum(reasons.values()), (name, ours, theirs, reasons)
    return {
        "program": name,
        "inputs": sum(x.numel() for x in PROGRAMS[name][1][0]),
        "function": {"limes": ours.value, "CasADi": theirs.value},
        "value and gradient": {"limes": ours.gradient, "CasADi": theirs.seeded},
        "difference": reasons,
    }


def main():
    """Count everything, explain every difference, print the table and store it."""
    jax.config.update("jax_enable_x64", True)
    known = rules()
    rows = [row(name, known) for name in PROGRAMS]
    print(f"{'program':30} {'inputs':>6} {'K':>6} {'CasADi':>6} {'gradient':>9} {'CasADi':>6}   seed rules signs")
    for r in rows:
        value, gradient, why = r["function"], r["value and gradient"], r["difference"]
        print(
            f"{r['program']:30} {r['inputs']:6} {value['limes']:6} {value['CasADi']:6} {gradient['limes']:9} "
            f"{gradient['CasADi']:6}   {why['seed']:4} {why['rules']:5} {why['signs']:5}"
        )
    result = {
        "name": "casadi_counts",
        "rows": rows,
        "rules": {p: {"limes": a.gradient, "CasADi": b.gradient} for p, (a, b) in known.items()},
        "casadi": ca.__version__,
        "machine": machine(),
    }
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "casadi_counts.json").write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
