import os
import pathlib
import signal
import subprocess
import sys

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from limes._errors import InputError, StorageError
from limes.data.samplers import linear_problem
from limes.optimize.descent import descend
from limes.optimize.minimize import _Run, minimize
from limes.optimize.trajectory import Status
from limes.risk.empirical import EmpiricalRisk
from limes.risk.losses import least_squares

KEY = jax.random.key(5)
ADAM, SGD = optax.adam(0.02), optax.sgd(0.02, momentum=0.5)


def model(theta, x):
    return jnp.tanh(x @ theta["w"]) @ theta["a"]


RISK = EmpiricalRisk(model, least_squares, linear_problem(jax.random.key(1), 30, jnp.ones(2), noise=0.1))


def draw(key):
    one, two = jax.random.split(key)
    return {"w": jax.random.normal(one, (2, 6)), "a": jax.random.normal(two, (6,)) / 6}


PARAMS = draw(jax.random.key(2))


class Walk(eqx.Module):
    """A recorder whose memory and draws depend on every record before."""

    def init(self, params):
        return jnp.zeros(())

    def __call__(self, memory, params, key):
        memory = memory + jnp.sum(params["a"]) + jax.random.uniform(key, ())
        return memory, {"walk": memory, "count": jnp.sum(params["a"] > 0)}


WALK = Walk()


def run(steps=60, *, every=10, progress=False, optimizer=ADAM, batch=3, record=WALK, **named):
    named = {"key": KEY} | named
    params = named.pop("params", PARAMS)
    risk = named.pop("risk", RISK)
    return minimize(risk, params, optimizer, steps, every=every, progress=progress, batch=batch, record=record, **named)


def same(one, other):
    return jax.tree.all(jax.tree.map(lambda a, b: bool(np.array_equal(a, b, equal_nan=True)), one, other))


def replica(tree, number):
    return jax.tree.map(lambda leaf: leaf[number], tree)


def stop_at(limit):
    return lambda step, values: step >= limit


def interrupt_at(limit):
    def stop(step, values):
        if step >= limit:
            raise KeyboardInterrupt

    return stop


def test_the_numbers_are_those_of_descend():
    one = run()
    other = jax.jit(lambda params: descend(RISK, params, ADAM, 60, key=KEY, batch=3, record=WALK, every=10))(PARAMS)
    assert same(one, other)


def test_chunk_length_changes_no_bit():
    one, other = run(every=10, record=None), run(every=7, record=None)
    assert same((one.params, one.carry.memory), (other.params, other.carry.memory))
    assert list(other.step) == [0, 7, 14, 21, 28, 35, 42, 49, 56, 60]


@pytest.mark.parametrize("halt", [stop_at, interrupt_at])
@pytest.mark.parametrize("replicas", [None, 3])
def test_resume_changes_no_bit(tmp_path, halt, replicas):
    file = tmp_path / "run.npz"
    more = {} if replicas is None else {"replicas": 3, "params": jax.vmap(draw)(jax.random.split(KEY, 3))}
    whole = run(**more)
    half = run(stop=halt(30), checkpoint=file, **more)
    assert list(np.ravel(half.status)) == [Status.STOPPED if halt is stop_at else Status.INTERRUPTED] * (replicas or 1)
    assert list(np.atleast_2d(half.step)[0]) == [0, 10, 20, 30]
    rest = run(checkpoint=file, **more)
    assert same(rest, whole)
    assert same(run(checkpoint=file, **more), whole)
    assert os.listdir(tmp_path) == ["run.npz"]


def test_more_steps_extend_a_finished_descent(tmp_path):
    file = tmp_path / "run.npz"
    run(25, checkpoint=file, record=None)
    longer = run(60, checkpoint=str(file), record=None)
    whole = run(60, record=None)
    assert same((longer.params, longer.carry.memory), (whole.params, whole.carry.memory))
    assert list(longer.step) == [0, 10, 20, 25, 30, 40, 50, 60]
    with pytest.raises(InputError, match=r"steps must be at least the 60 that checkpoint .* holds, got 25"):
        run(25, checkpoint=file, record=None)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"optimizer": SGD}, "program"),
        ({"optimizer": optax.adam(0.03)}, "program"),
        ({"batch": 4}, "program"),
        ({"risk": EmpiricalRisk(model, lambda a, b: 0.5 * least_squares(a, b), RISK.data)}, "program"),
        ({"risk": eqx.tree_at(lambda r: r.data.y, RISK, 2.0 * RISK.data.y)}, "risk data"),
        ({"params": draw(KEY)}, "starting point"),
        ({"key": jax.random.key(6)}, "key"),
        ({"record": None}, "starting point"),
    ],
)
def test_a_checkpoint_of_another_descent_is_refused(tmp_path_factory, change, word):
    file = tmp_path_factory.getbasetemp() / "of_another.npz"
    if not file.exists():
        run(10, checkpoint=file)
    before = file.read_bytes()
    with pytest.raises(InputError, match=f"belongs to another descent .different .*{word}") as caught:
        run(checkpoint=file, **change)
    assert "\n" not in str(caught.value)
    assert file.read_bytes() == before


def test_files_that_cannot_be_used(tmp_path):
    (tmp_path / "bad.npz").write_bytes(b"not a checkpoint")
    with pytest.raises(StorageError, match="must be a file that minimize wrote"):
        run(checkpoint=tmp_path / "bad.npz")
    with pytest.raises(InputError, match=r"folder of checkpoint .* must exist"):
        run(checkpoint=tmp_path / "none" / "run.npz")


def test_each_replica_is_a_descent_with_its_own_key():
    start = jax.tree.map(lambda leaf: jnp.broadcast_to(leaf, (4, *leaf.shape)), PARAMS)
    many = run(params=start, replicas=4, record=None)
    assert many.values["batch_risk"].shape == (4, 7)
    assert len({float(value) for value in many.params["a"][:, 0]}) == 4
    for r in range(4):
        alone = run(key=jax.random.fold_in(KEY, r), record=None)
        assert np.allclose(many.params["w"][r], alone.params["w"], rtol=1e-10)


def test_replicas_may_differ_in_their_optimizer_and_freeze_alone(capsys):
    start = jax.vmap(draw)(jax.random.split(KEY, 4))
    taus = jnp.array([0.01, 1e3, 0.02, 1e200])
    calm = jnp.array([0.01, 0.01, 0.02, 0.01])
    kwargs = {"params": start, "replicas": 4, "record": None, "batch": None}
    many = run(optimizer=lambda r: optax.sgd(taus[r]), progress=True, **kwargs)
    other = run(optimizer=lambda r: optax.sgd(calm[r]), **kwargs)
    assert list(many.status)[::2] == [Status.FINISHED, Status.FINISHED]
    assert int(many.status[3]) == Status.DIVERGED
    assert int(many.carry.taken[3]) < 5
    for r in (0, 2):
        assert same(replica(many, r), replica(other, r))
    assert "of 4 replicas diverged in 60 steps" in capsys.readouterr().err


def test_a_descent_ends_when_all_have_diverged():
    path = run(1000, optimizer=optax.sgd(1e300), batch=None, record=None)
    assert int(path.status) == Status.DIVERGED
    assert list(path.step) == [0, 10]


def test_silence(capsys):
    run(20, record=None)
    run(20, record=None, progress=True)
    seen = capsys.readouterr()
    assert seen.out == seen.err == ""


def test_an_interruption_before_the_first_record(monkeypatch):
    start = jax.tree.map(lambda leaf: jnp.stack([leaf, leaf]), PARAMS)

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(_Run, "chunk", interrupted)
    path = run(params=start, replicas=2)
    assert list(path.status) == [Status.INTERRUPTED] * 2
    assert path.step.shape == path.values["walk"].shape == (2, 0)
    assert same(path.params, start)


SCRIPT = """
import jax, jax.numpy as jnp, optax, pathlib, sys
from limes.optimize.minimize import minimize
def stop(step, values):
    if step == 20:
        print("running", flush=True)
path = minimize(lambda t: jnp.sum((t - 1.0) ** 2), jnp.zeros(3), optax.sgd(1e-3), 10**9, key=jax.random.key(0),
                every=10, stop=stop, checkpoint=sys.argv[1], progress=True)
print(path.status, path.step[-1], path.carry.taken, len(path.values["risk"]), flush=True)
"""


def test_control_c_keeps_what_was_done(tmp_path):
    file = tmp_path / "run.npz"
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(file)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "running\n"
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    status, last, taken, rows = (int(word) for word in out.split())
    assert process.returncode == 0
    assert status == Status.INTERRUPTED
    assert last == taken == 10 * (rows - 1) > 0
    assert "minimize: interrupted after" in err
    assert pathlib.Path(file).is_file()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"replicas": 0}, "replicas must be an integer from 1 on"),
        ({"replicas": 3}, r"every array of params and state must have 3 copies along its first axis, got shape"),
        ({"optimizer": lambda r: ADAM}, "optimizer must be an Optax transformation, got function"),
        ({"steps": -1}, "minimize: steps must be an integer"),
    ],
)
def test_refusals(change, message):
    with pytest.raises(InputError, match=message):
        run(**change)
