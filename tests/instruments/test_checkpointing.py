"""The schedule against brute force over all schedules, then executed: counted steps, counted states, the gradient."""

from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from limes._errors import InputError
from limes.instruments.checkpointing import Plan, checkpoint_plan, checkpointed_gradient, forward_steps, sweeps

KEYS = jax.random.split(jax.random.key(7), 3)


@cache
def dynamic_programme(length, slots):
    """The least number of forward steps, over every place of the next stored state."""
    if length == 1:
        return 0
    if slots == 1:
        return length * (length - 1) // 2
    parts = range(1, length)
    return min(m + dynamic_programme(length - m, slots - 1) + dynamic_programme(m, slots) for m in parts)


def run(plan):
    """Execute a schedule on a chain that only knows its place: what was done, how often, with how many states."""
    slots, place, taken, reversed_ = {}, 0, np.zeros(plan.length, int), []
    alive = 0
    for action in plan.actions:
        if action.kind == "advance":
            assert place == action.at < action.to
            taken[action.at : action.to] += 1
            place = action.to
        elif action.kind == "store":
            assert place == action.at
            assert action.slot not in slots
            slots[action.slot] = place
        elif action.kind == "load":
            place = slots[action.slot]
            assert place == action.at
        elif action.kind == "free":
            del slots[action.slot]
        else:
            assert action.kind == "reverse"
            assert place == action.at
            reversed_.append(place)
        alive = max(alive, len(slots))
        assert all(0 <= slot < plan.slots for slot in slots)
    assert not slots
    return taken, reversed_, alive


@pytest.mark.parametrize("slots", range(1, 9))
def test_closed_form_dynamic_programme_and_schedule_agree(slots):
    for length in range(1, 80):
        plan = checkpoint_plan(length, slots)
        taken, reversed_, alive = run(plan)
        assert reversed_ == list(range(length))[::-1]
        assert taken.sum() == dynamic_programme(length, slots) == forward_steps(length, slots) == plan.forward_steps
        assert taken.max() <= max(1, sweeps(length, slots))
        assert alive == plan.alive <= min(slots, length)


def test_known_counts():
    assert [forward_steps(60, s) for s in (1, 2, 3, 4, 6, 10, 60)] == [1770, 380, 234, 184, 144, 108, 59]
    least = {r: next(s for s in range(1, 1001) if sweeps(1000, s) <= r) for r in (2, 3, 4, 5, 6)}
    assert least == {2: 44, 3: 17, 4: 10, 5: 8, 6: 7}
    assert Plan(60, 60).factor == 1.0
    assert Plan(1, 1).factor == 1.0


def test_words_hold_the_numbers():
    words = Plan(60, 6).words
    assert all(number in words for number in ("60", "6 stored states", "144", "2.44", "3 times"))


def chain(length, size):
    A = jax.random.normal(KEYS[0], (length, size, size)) / size
    b = jax.random.normal(KEYS[1], (length, size))
    x = {"here": jax.random.normal(KEYS[2], (size,)), "there": jnp.ones(2)}
    return {"A": A, "b": b}, x


def step(params, x):
    here = x["here"] + 0.1 * jnp.tanh(params["A"] @ x["here"] + params["b"])
    return {"here": here, "there": x["there"] * jnp.cos(here[:2])}


def loss(x):
    return jnp.sum(x["here"] ** 2) + jnp.prod(x["there"])


def plainly(params, x):
    return loss(jax.lax.scan(lambda x, p: (step(p, x), None), x, params)[0])


@pytest.mark.parametrize(("length", "slots"), [(1, 1), (2, 1), (23, 1), (23, 2), (23, 5), (23, 23), (23, 99)])
def test_gradient_is_that_of_the_whole_chain(length, slots):
    params, x = chain(length, 4)
    value, gradients = jax.value_and_grad(plainly, (0, 1))(params, x)
    found, *ours = jax.jit(lambda p, x: checkpointed_gradient(step, loss, p, x, slots=slots))(params, x)
    assert np.allclose(found, value, rtol=1e-14, atol=0)
    for one, other in zip(jax.tree.leaves(tuple(ours)), jax.tree.leaves(gradients), strict=True):
        assert one.shape == other.shape
        assert np.max(np.abs(one - other)) <= 1e-12 * np.max(np.abs(other))


def test_steps_really_taken_are_those_of_the_plan():
    params, x = chain(30, 3)
    taken = []

    def watched(p, x):
        jax.debug.callback(lambda: taken.append(1))
        return step(p, x)

    jax.block_until_ready(checkpointed_gradient(watched, loss, params, x, slots=4))
    jax.effects_barrier()
    assert len(taken) == forward_steps(30, 4) + 30  # every reversal takes its own step again


def test_memory_of_the_compiled_program_grows_by_one_state_a_slot():
    size = 4096

    def bytes_used(slots):
        work = lambda p, x: checkpointed_gradient(lambda p, x: x + p * jnp.sin(x), jnp.sum, p, x, slots=slots)
        return jax.jit(work).lower(jnp.ones(128), jnp.ones(size)).compile().memory_analysis().temp_size_in_bytes

    state = 8 * size
    assert bytes_used(24) - bytes_used(8) == 16 * state
    assert bytes_used(24) < 36 * state  # updated in place: a copy of the slots would be 24 more


def test_works_under_vmap_and_in_plain_user_settings():
    params, x = chain(9, 4)
    many = jax.vmap(lambda x: checkpointed_gradient(step, loss, params, x, slots=3)[2]["here"])
    starts = jax.tree.map(lambda leaf: jnp.stack([leaf, 2.0 * leaf]), x)
    one = checkpointed_gradient(step, loss, params, jax.tree.map(lambda leaf: leaf[1], starts), slots=3)
    assert np.allclose(many(starts)[1], one[2]["here"], rtol=1e-13)
    with jax.enable_x64(False), jax.numpy_dtype_promotion("standard"):
        small = jax.tree.map(lambda leaf: jnp.asarray(leaf, jnp.float32), (params, x))
        _, gradient, _ = checkpointed_gradient(step, loss, *small, slots=3)
        assert np.allclose(gradient["b"], jax.grad(plainly)(*small)["b"], rtol=1e-5)


@pytest.mark.parametrize(("length", "slots"), [(0, 1), (5, 0), (5, 2.0), (True, 1)])
def test_bad_plans(length, slots):
    with pytest.raises(InputError, match="positive integer"):
        checkpoint_plan(length, slots)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"params": {"A": jnp.ones((3, 2)), "b": jnp.ones((4, 2))}}, "first axis"),
        ({"params": {"A": jnp.ones((3, 2), int), "b": jnp.ones((3, 2))}}, "real floating-point"),
        ({"params": {}}, "first axis"),
        ({"step": lambda p, x: x[:1]}, "shapes and types"),
        ({"loss": lambda x: x}, "one number"),
        ({"slots": 0}, "slots"),
    ],
    ids=["lengths", "integers", "no steps", "shape", "loss", "slots"],
)
def test_bad_chains(change, words):
    good = {
        "step": lambda p, x: x * p["A"] + p["b"],
        "loss": jnp.sum,
        "params": {"A": jnp.ones((3, 2)), "b": jnp.ones((3, 2))},
        "x": jnp.ones(2),
        "slots": 2,
    }
    with pytest.raises(InputError, match=words):
        checkpointed_gradient(**{**good, **change})
