"""Loops, branches and calls: what is inside is run."""

import numpy as np

from limes._compat import implementation, jaxprs_inside
from limes.instruments.counts.opaque import TRACED


def call(run, equation, *operands):
    (body,) = jaxprs_inside(equation.params)
    return run(body, *operands)


def scan(run, equation, *operands):
    params = equation.params
    body, length = params["jaxpr"], params["length"]
    num_consts, num_carry = scan_parts(equation)
    consts, carry = operands[:num_consts], list(operands[num_consts : num_consts + num_carry])
    xs, stacked = operands[num_consts + num_carry :], []
    for step in reversed(range(length)) if params["reverse"] else range(length):
        out = run(body, *consts, *carry, *(np.asarray(x[step], dtype=object) for x in xs))
        carry = out[:num_carry]
        stacked.append(out[num_carry:])
    stacked = stacked[::-1] if params["reverse"] else stacked
    ys = [np.stack(column) for column in zip(*stacked, strict=True)]
    return [*carry, *ys]


def while_(run, equation, *operands):
    params = equation.params
    test, body = params["cond_nconsts"], params["body_nconsts"]
    tests, bodies, carry = operands[:test], operands[test : test + body], list(operands[test + body :])
    while run(params["cond_jaxpr"], *tests, *carry)[0][()].v:
        carry = run(params["body_jaxpr"], *bodies, *carry)
    return carry


def cond(run, equation, index, *operands):
    branches = equation.params["branches"]
    return run(branches[min(max(index[()].v, 0), len(branches) - 1)], *operands)


def linear_solve(run, equation, *operands):
    lengths = equation.params["const_lengths"]
    start = lengths.matvec + lengths.vecmat
    total = sum(lengths)
    return run(equation.params["jaxprs"].solve, *operands[start : start + lengths.solve], *operands[total:])


def reduce(run, equation, *operands):
    axes, num = equation.params["dimensions"], len(operands) // 2
    shape = equation.outvars[0].aval.shape
    outs = [np.empty(shape, dtype=object) for _ in range(num)]
    moved = [np.moveaxis(operand, axes, range(-len(axes), 0)).reshape(*shape, -1) for operand in operands[:num]]
    for at in np.ndindex(*shape):
        lanes = [[np.asarray(number, dtype=object) for number in array[at]] for array in moved]
        found = [lane[0] for lane in lanes]
        for place in range(1, len(lanes[0])):
            found = run(equation.params["jaxpr"], *found, *(lane[place] for lane in lanes))
        for out, number in zip(outs, found, strict=True):
            out[at] = number[()]
    return outs


def traced(run, equation, *operands):
    return run(implementation(equation), *operands)


BODIES = {
    "(any call)": call,
    "scan": scan,
    "while": while_,
    "cond": cond,
    "custom_linear_solve": linear_solve,
    "shard_map": call,
    "reduce": reduce,
    **dict.fromkeys(TRACED, traced),
}


def scan_parts(equation):
    """How many operands of a scan are constants, and how many are carried."""
    params = equation.params
    if "num_consts" in params:
        return params["num_consts"], params["num_carry"]
    consts, carry, _ = params["ft_in"].unpack()
    return len(list(consts)), len(list(carry))
