import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from limes.data.samplers import linear_problem
from limes.optimize.chunk import Rules, advance, all_finite, lenient, pick, start, strong
from limes.risk.empirical import EmpiricalRisk
from limes.risk.losses import least_squares

KEY = jax.random.key(3)


def rules(batch=None, **named):
    data = linear_problem(jax.random.key(1), 40, jnp.linspace(-1.0, 1.0, 4), noise=0.2)
    risk = EmpiricalRisk(lambda theta, x: x @ theta, least_squares, data)
    return Rules(risk, optax.sgd(0.05, momentum=0.5), batch=batch, **named)


def same(one, other):
    return jax.tree.all(jax.tree.map(lambda a, b: bool(np.array_equal(a, b, equal_nan=True)), one, other))


@pytest.mark.parametrize("batch", [None, 3])
def test_one_program_serves_chunks_of_every_length(batch):
    fixed, traces = rules(batch), []

    @jax.jit
    def chunk(carry, length):
        traces.append(length)
        return advance(fixed, carry, length, KEY)[0]

    ends = []
    for lengths in ([60], [1] * 60, [7, 20, 0, 33]):
        carry = start(fixed, jnp.zeros(4), None, KEY)
        for length in lengths:
            carry = chunk(carry, length)
        ends.append(eqx.tree_at(lambda c: (c.best, c.best_risk), carry, (jnp.zeros(4), 0.0)))
    assert len(traces) == 1
    assert same(ends[0], ends[1])
    assert same(ends[0], ends[2])
    assert int(ends[0].step) == int(ends[0].taken) == 60


def test_a_chunk_of_no_steps_changes_nothing():
    fixed = rules()
    carry = start(fixed, jnp.ones(4), None, KEY)
    after, row = advance(fixed, carry, jnp.int32(0), KEY)
    assert same((after.params, after.memory, after.step), (carry.params, carry.memory, carry.step))
    assert float(row["risk"]) == float(fixed.risk(jnp.ones(4))) == float(after.best_risk)


def test_the_batch_risk_is_the_mean_over_the_chunk():
    fixed = rules(batch=2)
    carry = start(fixed, jnp.ones(4), None, KEY)
    chunk, total = jax.jit(lambda carry, length: advance(fixed, carry, length, KEY)), 0.0
    for step in range(3):
        index = jax.random.randint(jax.random.fold_in(KEY, step), (2,), 0, 40)
        total += float(fixed.risk(carry.params, index))
        carry, _ = chunk(carry, jnp.int32(1))
    _, row = chunk(start(fixed, jnp.ones(4), None, KEY), jnp.int32(3))
    assert float(row["batch_risk"]) == pytest.approx(total / 3, rel=1e-14)


def test_all_finite_sees_one_bad_number():
    assert bool(all_finite({"a": jnp.ones(3), "b": jnp.zeros(())}))
    assert not bool(all_finite({"a": jnp.ones(3), "b": jnp.array([0.0, jnp.nan])}))
    assert not bool(all_finite({"a": jnp.array([jnp.inf])}))


def test_pick_keeps_types_and_takes_random_keys():
    new, old = {"a": jnp.ones(2), "k": jax.random.key(1)}, {"a": jnp.zeros(2, jnp.float32), "k": jax.random.key(2)}
    chosen = pick(jnp.asarray(True), new, old)
    assert chosen["a"].dtype == jnp.float32
    assert np.array_equal(jax.random.key_data(chosen["k"]), jax.random.key_data(new["k"]))
    assert np.array_equal(pick(jnp.asarray(False), new, old)["a"], old["a"])


def test_strong_types():
    leaves = strong({"a": 1.0, "b": jnp.ones(2, jnp.float32)})
    assert not leaves["a"].weak_type
    assert leaves["b"].dtype == jnp.float32


def test_strict_modes_come_back():
    with lenient():
        jnp.ones(2, jnp.float32) + jnp.ones((2, 2))
    with pytest.raises(ValueError, match="rank_promotion"):
        jnp.ones(2) + jnp.ones((2, 2))
