"""What is written down: value numbering, constants once, decisions, the limit."""

import jax
import jax.numpy as jnp
import pytest

import limes
from limes._errors import InputError
from limes.instruments.graph.reading import read
from limes.instruments.graph.recorder import Recorder

X = jnp.ones(3)


def recorded(fn, *args, **options):
    closed = jax.make_jaxpr(fn)(*args)
    recorder = Recorder(**({"concrete": True} | options))
    inputs = [recorder.input(aval, f"x{i}") for i, aval in enumerate(closed.in_avals)]
    recorder.values |= zip(inputs, args, strict=True)
    return recorder, read(recorder, closed, inputs)


def test_value_numbering():
    fn = lambda x: (jnp.sin(x) * 2, jnp.sin(x) * 2, jnp.sin(x) * 3)
    (plain, _), (shared, outputs) = recorded(fn, X), recorded(fn, X, share=True)
    assert (len(plain.entries), len(shared.entries)) == (6, 3)
    assert outputs[0] is outputs[1]
    assert outputs[0] is not outputs[2]


def test_effects_are_never_shared():
    def fn(x):
        jax.debug.callback(lambda _: None, x)
        jax.debug.callback(lambda _: None, x)
        return x

    assert len(recorded(fn, X, share=True)[0].entries) == 2


def test_constants_are_written_down_once():
    c = jnp.arange(3.0)
    inner = jax.jit(lambda x: x * c)
    recorder, _ = recorded(lambda x: inner(x) + inner(inner(x)) + c, X)
    assert len(recorder.constants) == 1


def test_decisions_compute_what_was_written_before():
    recorder, (slot,) = recorded(lambda x: jnp.sum(x) * 2, X)
    assert recorder.executed == 0
    assert float(recorder.decide(slot)) == 6.0
    assert recorder.executed == len(recorder.entries) == 2
    assert recorder.decisions == [slot]


def test_a_literal_finds_its_place():
    recorder, (out,) = recorded(lambda x: 2.5, X)
    slot = recorder.place(out)
    assert (slot.kind, slot.shape, slot.dtype) == ("constant", (), jnp.float64)
    assert float(recorder.values[slot]) == 2.5


@pytest.mark.parametrize("args", [(X,), (jax.ShapeDtypeStruct((3,), jnp.float64),)])
def test_the_limit_names_the_remedy(args):
    def fn(x):
        for _ in range(60):
            x = jnp.sin(x)
        return x

    with pytest.raises(InputError, match=r"max_nodes=50 values, got more .*raise max_nodes$"):
        limes.graph(fn, *args, max_nodes=50)
    assert len(limes.graph(fn, *args, max_nodes=61)) == 61
