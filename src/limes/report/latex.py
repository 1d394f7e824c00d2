"""The verdicts as a LaTeX table (booktabs), every text escaped."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from limes.draw.escape import escape_tex
from limes.draw.scales import number
from limes.draw.spec import short

from .tables import headline, summary
from .verdicts import verdict_of

HEAD = r"""% Needs \usepackage{booktabs}.
\begin{tabular}{llrrr}
\toprule
Claim & Verdict & Predicted & Measured & Seeds \\
\midrule
"""
FOOT = r"""\bottomrule
\end{tabular}
"""


def verdict_table(results: Sequence[Mapping[str, Any]]) -> str:
    """A `tabular` with one row per claim: verdict, prediction, measured interval, seeds."""
    rows = "".join(_row(result) for result in results)
    return f"% limes, {escape_tex(summary(results))}.\n{HEAD}{rows}{FOOT}"


def _row(result: Mapping[str, Any]) -> str:
    head = headline(result)
    cells = [
        rf"\texttt{{{escape_tex(result.get('id'))}}}",
        escape_tex(verdict_of(result)),
        tex_number(head["predicted"]),
        _measured(head),
        tex_number(result.get("seeds")),
    ]
    return " & ".join(cells) + " \\\\\n"


def _measured(head: Mapping[str, Any]) -> str:
    ends = head["interval"]
    span = ""
    if isinstance(ends, list | tuple) and len(ends) == 2:
        span = f" [{tex_number(ends[0])}, {tex_number(ends[1])}]"
    return tex_number(head["estimate"]) + span


def tex_number(value: object) -> str:
    """A number in mathematics mode, powers of ten as powers; a dash for unknown, text escaped."""
    if value is None:
        return "--"
    if number(value) is None:
        return escape_tex(value)
    text = short(value).replace("\u2212", "-")
    text = re.sub(r"e([+-]?)0*(\d+)$", lambda m: rf" \times 10^{{{m[1].strip('+')}{m[2]}}}", text)
    return f"${text}$"
