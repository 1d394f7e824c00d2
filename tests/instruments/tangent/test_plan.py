import functools
import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import tangent_nets

from limes._errors import InputError
from limes.instruments.tangent import kernel
from limes.instruments.tangent.layout import Sizes
from limes.instruments.tangent.plan import (
    Plan,
    Problem,
    all_plans,
    choose,
    default_memory,
    example_treatment,
    halves,
    pair_cost,
    treatments,
)
from limes.instruments.tangent.program import split, trace
from limes.instruments.tangent.sites import find

RNG = np.random.default_rng(0)
NETS = {
    "mlp": (tangent_nets.mlp, tangent_nets.mlp_params(RNG, [8, 32, 32, 2]), (8,)),
    "cnn": (tangent_nets.cnn, tangent_nets.cnn_params(RNG, channels=4, out=2), (6, 6, 3)),
    "block": (tangent_nets.block, tangent_nets.block_params(RNG, size=8, heads=2, out=2), (5, 8)),
}


@functools.cache
def plans_of(name, n1, n2=None, outputs="trace"):
    apply, params, shape = NETS[name]
    call, leaves = split("test", apply, jax.tree.map(jnp.asarray, params))
    return all_plans("test", call, leaves, jax.ShapeDtypeStruct(shape, float), (n1, n2), outputs)


@pytest.mark.parametrize("num", [1, 2, 7, 64])
def test_blocks_are_halved_down_to_one_example(num):
    rows = halves(num)
    assert (rows[0], rows[-1]) == (num, 1)
    assert all(b == -(-num // 2 ** (k + 1)) for k, b in enumerate(rows[1:]))


@pytest.mark.parametrize(("name", "outputs"), [("mlp", "trace"), ("mlp", "full"), ("cnn", "trace"), ("block", "trace")])
def test_predicted_memory_bounds_that_of_the_compiled_program(name, outputs):
    apply, params, shape = NETS[name]
    params, x = jax.tree.map(jnp.asarray, params), jnp.asarray(RNG.standard_normal((24, *shape)))
    seen = 0
    for plan in plans_of(name, 24, outputs=outputs):
        if plan.method != "products" and (plan.rows == 24 or (plan.rows == 6 and name == "mlp")):
            lowered = jax.jit(
                lambda params, x, plan=plan: kernel._program(apply, params, x, None, outputs, plan)
            ).lower(params, x)
            used = lowered.compile().memory_analysis()
            assert used.temp_size_in_bytes + used.output_size_in_bytes <= plan.memory, plan
            seen += 1
    assert seen >= 2


@pytest.mark.parametrize("name", ["mlp", "block"])
def test_memory_of_products_is_bounded_too(name):
    apply, params, shape = NETS[name]
    params, x = jax.tree.map(jnp.asarray, params), jnp.asarray(RNG.standard_normal((16, *shape)))
    (plan,) = [plan for plan in plans_of(name, 16) if plan.method == "products" and plan.rows == 16]
    used = (
        jax.jit(lambda params, x: kernel._column(apply, params, "trace", x, x[0]))
        .lower(params, x)
        .compile()
        .memory_analysis()
    )
    assert used.temp_size_in_bytes + used.output_size_in_bytes <= plan.memory


def test_no_plan_beyond_the_budget_is_chosen():
    plans = plans_of("mlp", 64)
    for budget in sorted({plan.memory for plan in plans}):
        for method in ("auto", *{plan.method for plan in plans if plan.memory <= budget}):
            chosen = choose("test", plans, method, budget)
            assert chosen.memory <= budget
            assert method in ("auto", chosen.method)
            cheaper = [plan for plan in plans if plan.memory <= budget and plan.work < chosen.work and method == "auto"]
            assert not cheaper or chosen.calls == 1


@pytest.mark.parametrize("method", ["auto", "layerwise", "contraction", "products"])
def test_refusal_says_the_number_of_bytes(method):
    plans = plans_of("mlp", 64)
    with pytest.raises(InputError) as caught:
        choose("test", plans, method, 100)
    (needed,) = [int(number) for number in re.findall(r"at least (\d+)", str(caught.value))]
    assert needed == min(plan.memory for plan in plans if method in ("auto", plan.method))
    assert choose("test", plans, method, needed).memory == needed


def test_factors_where_matrices_are_larger_than_their_factors():
    """Dense nets in factors, small convolutions formed from patches, few tokens either way, many tokens formed."""

    def treated(name, num):
        apply, params, shape = NETS[name]
        call, leaves = split("test", apply, jax.tree.map(jnp.asarray, params))
        program = trace(call, leaves, jax.ShapeDtypeStruct(shape, float))
        found = find(program.jaxpr, program.num_params)
        problem = Problem(num, num, 2, 1, 8, symmetric=True)
        return dict(zip(sorted(params), treatments(found, leaves, problem)["layerwise"], strict=True))

    dense, images = treated("mlp", 16), treated("cnn", 16)
    assert {dense["W0"], dense["W1"]} == {"factors"}
    assert dense["b0"] == "rows"
    assert {images["W0"], images["W1"], images["W2"]} == {"formed"}


def test_the_dense_rule_has_its_cost():
    """One matrix in factors: two inner products for a pair of examples and their product."""
    problem = Problem(10, 10, 3, 1, 8, symmetric=True)
    cost = pair_cost(Sizes(1, 1, 7, 5), 1, problem)
    assert cost.operations == 2 * (7 + 3 * 5 + 1)
    assert cost.result == 2 * 8
    assert pair_cost(Sizes(1, 1, 7, 5), 4, problem).operations == 16 * cost.operations


def test_small_kernels_are_not_cut():
    small = [Plan("layerwise", 8, True, (), 10**9, 0, 10, 10, 1), Plan("layerwise", 4, True, (), 10, 0, 5, 5, 3)]
    assert choose("test", small, "auto", 100).rows == 8
    assert choose("test", small, "auto", 6).rows == 4


def test_every_example_meets_itself_only():
    apply, params, shape = NETS["mlp"]
    treatment = example_treatment(apply, jax.tree.map(jnp.asarray, params), jnp.ones((5, *shape)))
    assert dict(zip(sorted(params), treatment, strict=True))["W1"] == "factors"


def test_the_default_budget_is_some_of_the_memory():
    assert 2**20 < default_memory() < 2**50
