import csv
import io

from limes.report import headline, plain_rows, result_csv, summary
from limes.report.tables import COLUMNS, table_csv


def test_summary(results):
    assert summary(results[:3]) == "3 claims: 3 supported"
    assert summary(results[:1]) == "1 claim: 1 supported"
    assert summary([]) == "no claim"


def test_headline_speaks_for_the_verdict(results):
    results[0]["predictions"][1]["verdict"] = results[0]["verdict"] = "refuted"
    head = headline(results[0])
    assert (head["where"], head["predicted"], head["others"]) == ("d = 10", -0.5, 1)
    assert headline(results[-1])["predicted"] is None


def test_rows_for_a_terminal_hold_no_control_character(results):
    results[0]["id"] = "a\x1b[31m\nb"
    rows = plain_rows(results)
    assert all(len(row) == len(COLUMNS) for row in rows)
    assert "\x1b" not in rows[0][1]
    assert rows[2][4] == "4.4e\u221216"


def test_csv_comes_back(results):
    rows = list(csv.reader(io.StringIO(result_csv(results[0]))))
    data = results[0]["page"]["data"]
    assert rows[0] == data["columns"]
    assert [[float(v) for v in row] for row in rows[1:]] == data["rows"]
    assert result_csv(results[-1]) == "\n"


def test_no_cell_is_a_formula():
    text = table_csv(["=a"], [["@b"], ["+1"], [-1.5], [None], ["-x"]])
    assert text.split("\n")[:-1] == ["'=a", "'@b", "'+1", "-1.5", '""', "'-x"]
