from limes.report import verdict_table
from limes.report.latex import tex_number


def test_one_row_per_claim(results):
    text = verdict_table(results)
    assert text.count(r" \\") == len(results) + 1
    assert r"\texttt{risk.random\_features} & supported & $-0.5$ & $-0.499$ [$-0.511$, $-0.488$] & $8$ \\" in text
    assert all(rule in text for rule in (r"\toprule", r"\midrule", r"\bottomrule"))


def test_names_are_text(results):
    results[0]["id"] = "a}\\input{/etc/passwd}%$&#_^~\n\\end{tabular}"
    text = verdict_table(results[:1])
    assert "\\input" not in text
    assert text.count("\\end{tabular}") == 1
    assert r"\}\textbackslash{}input\{" in text


def test_numbers():
    assert tex_number(3e-16) == r"$3 \times 10^{-16}$"
    assert tex_number(1.5e12) == r"$1.5 \times 10^{12}$"
    assert tex_number(None) == "--"
    assert tex_number("50 %") == r"50 \%"
