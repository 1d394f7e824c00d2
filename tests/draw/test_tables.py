from limes.draw.spec import read
from limes.draw.tables import chart_table, chart_words


def test_rows_follow_the_places(charts):
    table = chart_table(read(charts["names"]))
    assert table["columns"] == [
        "activation",
        "measured, 8 seeds",
        "low",
        "high",
        "seeds",
        "other",
        "low",
        "high",
        "seeds",
        "exact",
    ]
    assert [row[0] for row in table["rows"]] == ["relu", "tanh"]
    assert [row[-1] for row in table["rows"]] == [12, 14]


def test_words_name_what_is_seen(charts):
    assert chart_words(read(charts["rate"])).startswith(
        "kernel error against D at d = 3. measured, 8 seeds: from 0.25 to "
    )
    assert "no finite value" in chart_words(read(charts["empty"]))
