"""Every test of a drawing runs on the same diagrams."""

import pytest
from random_diagrams import CASES

from limes.draw.diagram.route import planned


@pytest.fixture(params=CASES)
def diagram(request):
    return CASES[request.param]


@pytest.fixture
def plan(diagram):
    return planned(diagram)
