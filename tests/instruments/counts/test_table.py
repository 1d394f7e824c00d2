import pathlib

import pytest

from limes.instruments.counts import rules
from limes.instruments.counts.table import GROUPS, TABLE

HERE = pathlib.Path(__file__).parent
KINDS = {"add", "mul", "nonlin", "compare", "integer", "free", "several", "body"}


def test_one_row_for_every_primitive():
    rows = rules()
    assert len({row.name for row in rows}) == len(rows) == sum(len(group.RULES) for group in GROUPS)
    assert {row.name: row for row in rows} == TABLE


@pytest.mark.parametrize("row", rules(), ids=lambda row: row.name)
def test_a_row_can_be_printed(row):
    assert row.kind in KINDS
    assert row.words
    assert "|" not in row.words
    assert (row.exact == "always") == (row.accuracy == 1.0)
    assert row.group in {group.__name__.rpartition(".")[2] for group in GROUPS}


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.__name__.rpartition(".")[2])
def test_every_group_is_tested_row_by_row(group):
    """Each group has a test file that compares the names of its cases with its rows."""
    name = group.__name__.rpartition(".")[2]
    assert f"check_rows({name}.RULES, CASES" in (HERE / f"test_{name}.py").read_text()
