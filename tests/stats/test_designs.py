import numpy as np
import pytest

from limes.stats.designs import all_designs, rate_designs
from limes.stats.simulate import judge

RULES = {
    "rate",
    "limit",
    "divergence",
    "contraction",
    "trend",
    "law",
    "expectation_bound",
    "identity",
    "bound",
    "existence",
}


def test_every_rule_is_simulated():
    designs = all_designs()
    assert {design.rule for design in designs} >= RULES
    names = [(design.rule, design.name) for design in designs]
    assert len(set(names)) == len(names)
    assert len(rate_designs()) == 12


@pytest.mark.parametrize("design", all_designs(), ids=lambda design: f"{design.rule}-{design.name}")
def test_every_world_can_be_judged(design):
    for world in design.worlds:
        for values in world.draw(np.random.default_rng(0), 2):
            standing, seeds = judge(design.decide, values, looks=design.looks, least=design.least)
            assert standing.verdict in ("supported", "refuted", "inconclusive")
            assert 0 < seeds <= len(values)
