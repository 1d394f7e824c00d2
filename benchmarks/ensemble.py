"""An ensemble of 640 two-layer networks (4 inputs, 32 neurons, 100 samples) under gradient descent, against PyTorch.

All ways do the same steps in single precision from the same start. The slow ways do fewer of them: every time
is divided by the number of replica-steps done (one step of one network). The loop runs on one thread, which
suits it best; torch.func on one and on all: on a machine that others use, its threads wait for one another.
"""

import os

import jax
import jax.numpy as jnp
import numpy as np
import optax
import torch
from _side_by_side import compare

from limes import Data, EmpiricalRisk
from limes.optimize import minimize
from limes.risk import least_squares

SIZE, WIDTH, NUM, REPLICAS, STEPS, TAU = 4, 32, 100, 640, 2000, 0.05
FUNC_STEPS, LOOP_REPLICAS, LOOP_STEPS = 50, 4, 250


def problem():
    """Return samples and the starting points, as NumPy arrays."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((NUM, SIZE))
    start = {
        "a": rng.standard_normal((REPLICAS, WIDTH)) / WIDTH,
        "w": rng.standard_normal((REPLICAS, WIDTH, SIZE)),
        "b": rng.standard_normal((REPLICAS, WIDTH)),
    }
    return np.float32(x), np.float32(np.sin(x[:, 0])), {name: np.float32(value) for name, value in start.items()}


def limes_way(x, y, start, steps):
    """Train all replicas as one program; the optimizer is made once, as in a person's script."""
    risk = EmpiricalRisk(
        lambda p, x: p["a"] @ jnp.tanh(p["w"] @ x + p["b"]), least_squares, Data(jnp.asarray(x), jnp.asarray(y))
    )
    params, sgd, key = jax.tree.map(jnp.asarray, start), optax.sgd(TAU), jax.random.key(0)

    def work():
        path = minimize(risk, params, sgd, steps, key=key, replicas=REPLICAS, progress=False)
        return {name: np.asarray(value) for name, value in path.params.items()}

    return work


def func_way(x, y, start, steps, threads=1):
    """Train all replicas with torch.func: vmap of grad, one step at a time."""
    x, y = torch.from_numpy(x), torch.from_numpy(y)

    def risk(p):
        return torch.mean((torch.tanh(x @ p["w"].T + p["b"]) @ p["a"] - y) ** 2)

    gradient = torch.func.vmap(torch.func.grad(risk))

    def work():
        torch.set_num_threads(threads)
        p = {name: torch.from_numpy(value) for name, value in start.items()}
        for _ in range(steps):
            g = gradient(p)
            p = {name: p[name] - TAU * g[name] for name in p}
        return {name: value.numpy() for name, value in p.items()}

    return work


def loop_way(x, y, start, steps, replicas):
    """Train one network after the other, with a module and an optimizer."""
    x, y = torch.from_numpy(x), torch.from_numpy(y)

    def one(r):
        hidden, out = torch.nn.Linear(SIZE, WIDTH), torch.nn.Linear(WIDTH, 1, bias=False)
        with torch.no_grad():
            hidden.weight.copy_(torch.from_numpy(start["w"][r]))
            hidden.bias.copy_(torch.from_numpy(start["b"][r]))
            out.weight.copy_(torch.from_numpy(start["a"][r : r + 1]))
        net = torch.nn.Sequential(hidden, torch.nn.Tanh(), out)
        optimizer = torch.optim.SGD(net.parameters(), lr=TAU)
        for _ in range(steps):
            optimizer.zero_grad()
            torch.nn.functional.mse_loss(net(x)[:, 0], y).backward()
            optimizer.step()
        return {"a": out.weight[0], "w": hidden.weight, "b": hidden.bias}

    def work():
        torch.set_num_threads(1)
        ends = [one(r) for r in range(replicas)]
        return {name: np.stack([end[name].detach().numpy() for end in ends]) for name in start}

    return work


def gap(one, other, replicas=REPLICAS):
    """Return the largest difference of two ensembles."""
    return max(float(np.max(np.abs(one[name][:replicas] - other[name][:replicas]))) for name in one)


def main():
    """Check that all ways agree after a few steps, then time them."""
    x, y, start = problem()
    threads = torch.get_num_threads()
    few = limes_way(x, y, start, FUNC_STEPS)()
    gaps = {
        "torch.func": gap(few, func_way(x, y, start, FUNC_STEPS)()),
        "torch loop": gap(few, loop_way(x, y, start, FUNC_STEPS, LOOP_REPLICAS)(), LOOP_REPLICAS),
    }
    assert max(gaps.values()) < 1e-4, gaps
    compare(
        "ensemble",
        limes_way(x, y, start, STEPS),
        {
            "torch.func": func_way(x, y, start, FUNC_STEPS),
            "torch.func, all": func_way(x, y, start, FUNC_STEPS, threads),
            "torch loop": loop_way(x, y, start, LOOP_STEPS, LOOP_REPLICAS),
        },
        rounds=5,
        work={
            "limes": REPLICAS * STEPS,
            "torch.func": REPLICAS * FUNC_STEPS,
            "torch.func, all": REPLICAS * FUNC_STEPS,
            "torch loop": LOOP_REPLICAS * LOOP_STEPS,
        },
        unit="one step of one network",
        replicas=REPLICAS,
        steps=STEPS,
        gaps=gaps,
        torch=torch.__version__,
        threads=threads,
        load=os.getloadavg()[0],
    )


if __name__ == "__main__":
    main()
