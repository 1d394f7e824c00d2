"""Three hundred random programs, against an interpreter that does and counts one scalar operation after the other.

A program is a list of lines `(operation, operands)` over scalars, vectors and matrices: shared subexpressions, dead lines,
lines read many times, reductions, products, choices, scans. The interpreter below knows Python's floats and nothing else.
"""

import math
import random

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import limes
from limes.instruments.counts import count

N = 3
SHAPES = {"s": (), "v": (N,), "m": (N, N)}
SEEDS = range(300)


class Scalars:
    """Scalar arithmetic that counts itself."""

    def __init__(self):
        self.operations = 0

    def each(self, fn, *arrays):
        """Apply to corresponding entries, one operation each."""
        if not isinstance(arrays[0], list):
            self.operations += 1
            return fn(*arrays)
        return [self.each(fn, *entries) for entries in zip(*arrays, strict=True)]

    def total(self, entries):
        result = entries[0]
        for entry in entries[1:]:
            result = self.each(lambda a, b: a + b, result, entry)
        return result

    def dot(self, a, b):
        return self.total([self.each(lambda a, b: a * b, x, y) for x, y in zip(a, b, strict=True)])


def columns(matrix):
    return [list(column) for column in zip(*matrix, strict=True)]


def scan_step(c, x):
    c = c * x + 1.0
    return c, jnp.sin(c)


def scanned(run, x):
    c, said = 0.5, []
    for entry in x:
        c = run.each(lambda a: a + 1.0, run.each(lambda a, b: a * b, c, entry))
        said.append(run.each(math.sin, c))
    return said


def flat(matrix):
    return [entry for row in matrix for entry in row]


# name -> kinds of the operands, kind of the result, with JAX, with scalars
OPERATIONS = {
    **{
        f"{name} {kind}": (kind * arity, kind, fn, lambda run, *a, py=py: run.each(py, *a))
        for kind in SHAPES
        for name, arity, fn, py in (
            ("add", 2, jax.lax.add, lambda a, b: a + b),
            ("sub", 2, jax.lax.sub, lambda a, b: a - b),
            ("mul", 2, jax.lax.mul, lambda a, b: a * b),
            ("max", 2, jax.lax.max, max),
            ("neg", 1, jax.lax.neg, lambda a: -a),
            ("sin", 1, jnp.sin, math.sin),
            ("tanh", 1, jnp.tanh, math.tanh),
        )
    },
    "choose": (
        "vvv",
        "v",
        lambda a, b, c: jax.lax.select(a > b, b, c),
        lambda run, a, b, c: [
            run.each(lambda t, x, y: x if t else y, run.each(lambda x, y: x > y, x, y), y, z)
            for x, y, z in zip(a, b, c, strict=True)
        ],
    ),
    "relu": ("v", "v", lambda a: jax.nn.relu(a), lambda run, a: run.each(lambda x: max(x, 0.0), a)),
    "floor": ("v", "v", jnp.floor, lambda run, a: run.each(lambda x: float(math.floor(x)), a)),
    "sum v": ("v", "s", jnp.sum, lambda run, a: run.total(a)),
    "sum m": ("m", "s", jnp.sum, lambda run, a: run.total(flat(a))),
    "rows": ("m", "v", lambda a: jnp.sum(a, axis=1), lambda run, a: [run.total(row) for row in a]),
    "spread": ("s", "v", lambda a: jnp.broadcast_to(a, (N,)), lambda run, a: [a] * N),
    "scale": (
        "sv",
        "v",
        lambda a, b: jnp.broadcast_to(a, (N,)) * b,
        lambda run, a, b: run.each(lambda x, y: x * y, [a] * N, b),
    ),
    "inner": ("vv", "s", jnp.dot, lambda run, a, b: run.dot(a, b)),
    "apply": ("mv", "v", jnp.dot, lambda run, a, b: [run.dot(row, b) for row in a]),
    "product": (
        "mm",
        "m",
        jnp.dot,
        lambda run, a, b: [[run.dot(row, column) for column in columns(b)] for row in a],
    ),
    "transpose": ("m", "m", jnp.transpose, lambda run, a: columns(a)),
    "read": ("v", "s", lambda a: a[1], lambda run, a: a[1]),
    "scan": ("v", "v", lambda a: jax.lax.scan(scan_step, 0.5, a)[1], scanned),
    "stop": ("v", "v", jax.lax.stop_gradient, lambda run, a: a),
}
ARGUMENTS = "svm"


def random_program(seed):
    """Lines that read earlier values, mostly late ones; the result is one number."""
    rng = random.Random(seed)
    kinds, lines = list(ARGUMENTS), []
    for _ in range(rng.randint(4, 14)):
        name = rng.choice(sorted(OPERATIONS))
        wanted, result = OPERATIONS[name][:2]
        choices = [[i for i, kind in enumerate(kinds) if kind == each] for each in wanted]
        lines.append((name, tuple(rng.choice(found[-4:]) for found in choices)))
        kinds.append(result)
        if rng.random() < 0.1:  # the same line again: a shared subexpression
            lines.append(lines[-1])
            kinds.append(result)
    last = {kind: max(i for i, each in enumerate(kinds) if each == kind) for kind in ARGUMENTS}
    for name, operands in (("sum v", (last["v"],)), ("sum m", (last["m"],))):
        lines.append((name, operands))
    end = len(kinds)
    lines += [("add s", (last["s"], end)), ("add s", (end + 1, end + 2)), ("mul s", (end + 3, end + 3))]
    return lines


def by_jax(lines):
    def fn(*args):
        values = list(args)
        for name, operands in lines:
            values.append(OPERATIONS[name][2](*(values[i] for i in operands)))
        return values[-1]

    return fn


def by_scalars(lines, args):
    """Every value of the program, and the operations of the lines that the result needs."""
    needed, spent, values = {len(args) + len(lines) - 1}, 0, list(args)
    for r in reversed(range(len(lines))):
        if r + len(args) in needed:
            needed.update(lines[r][1])
    for r, (name, operands) in enumerate(lines):
        run = Scalars()
        values.append(OPERATIONS[name][3](run, *(values[i] for i in operands)))
        spent += run.operations if r + len(args) in needed else 0
    return values, spent


def arguments(seed):
    rng = np.random.default_rng(seed)
    return [rng.uniform(-1.5, 1.5, shape) for shape in SHAPES.values()]


@pytest.mark.parametrize(
    "block", [SEEDS[i : i + 50] for i in range(0, len(SEEDS), 50)], ids=lambda block: str(block[0])
)
def test_random_programs(block):
    for seed in block:
        lines, args = random_program(seed), arguments(seed)
        fn, arrays = by_jax(lines), [jnp.asarray(arg) for arg in args]
        values, spent = by_scalars(lines, [arg.tolist() for arg in args])
        graph = limes.graph(fn, *arrays)
        found = [np.asarray(value) for value in graph.forward()]
        for value in values:  # every line is some node, dead ones too
            tolerance = 1e-12 * (1 + np.max(np.abs(value)))
            assert any(v.shape == np.shape(value) and np.max(np.abs(v - value)) <= tolerance for v in found), seed
        cost = graph.cost()
        assert cost.function == spent, seed
        value, gradient = jax.value_and_grad(fn, argnums=(0, 1, 2))(*arrays)
        np.testing.assert_allclose(found[graph.outputs[0]], value, rtol=1e-12)
        for mine, theirs in zip(graph.backward(), gradient, strict=False):
            np.testing.assert_allclose(mine, theirs, rtol=0, atol=1e-12 * (1 + np.max(np.abs(theirs))))


def test_reverse_counts_are_those_of_jax():
    """Node by node to the unit what the whole derivative program of JAX counts, activity and symbolic zeros included."""
    shapes = [jax.ShapeDtypeStruct(shape, jnp.float64) for shape in SHAPES.values()]
    for seed in SEEDS[:100]:
        fn = by_jax(random_program(seed))
        whole = count(jax.make_jaxpr(jax.value_and_grad(fn, argnums=(0, 1, 2)))(*shapes))
        cost = limes.graph(fn, *shapes).cost()
        assert cost.reverse == whole.total, seed
        assert cost.function == by_scalars(random_program(seed), [arg.tolist() for arg in arguments(seed)])[1], seed


def test_shared_subexpressions_change_no_derivative():
    fewer = 0
    for seed in SEEDS[:60]:
        fn, args = by_jax(random_program(seed)), [jnp.asarray(arg) for arg in arguments(seed)]
        plain, shared = limes.graph(fn, *args), limes.graph(fn, *args, share=True)
        fewer += len(shared) < len(plain)
        assert shared.cost().function <= plain.cost().function
        for mine, theirs in zip(shared.reverse_jacobian(), plain.reverse_jacobian(), strict=True):
            np.testing.assert_allclose(mine, theirs, rtol=0, atol=1e-12 * (1 + np.max(np.abs(theirs))))
    assert fewer > 20


def test_the_interpreter_notices_a_wrong_count():
    lines = [("apply", (2, 1)), ("sum v", (3,))]
    args = [arg.tolist() for arg in arguments(0)]
    assert by_scalars(lines, args)[1] == 2 * N * N - N + N - 1
    with_dead_line = [lines[0], ("product", (2, 2)), lines[1]]
    assert by_scalars(with_dead_line, args)[1] == by_scalars(lines, args)[1]
    assert by_scalars([lines[0], lines[0], ("add v", (3, 4)), ("sum v", (5,))], args)[1] == 2 * 15 + 3 + 2
