"""The simulated error rates as Markdown tables for the page on verdicts.

Run `python -m limes.stats.tables docs/verdicts-table.json docs/verdicts.md` after a simulation.
"""

import json
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from limes._errors import InputError

Rows = Sequence[Mapping[str, Any]]
MARK = r"(<!-- table: {name} -->\n).*?(<!-- end -->)"


def percent(share: float, digits: int = 1) -> str:
    """Write a share in percent: 0 stays "0", whole numbers lose their zeros."""
    text = f"{100 * share:.{digits}f}".rstrip("0").rstrip(".")
    return text or "0"


def rate_table(rows: Rows) -> str:
    """Return the gated rate designs, one line each: true, false and border worlds, in percent."""
    lines = [
        "| sizes | noise | true: supported | true: refuted | false: refuted | false: supported | border: supported / refuted | seeds |",
        "|---|---|---|---|---|---|---|---|",
    ]
    designs = dict.fromkeys(row["design"] for row in rows if row["rule"] == "rate")
    for design in designs:
        true, false, border = (
            next(row for row in rows if (row["rule"], row["design"], row["truth"]) == ("rate", design, truth))
            for truth in ("true", "false", "border")
        )
        sizes, noise = design.split(", noise ")
        edge = f"{percent(border['supported'], 2)} / {percent(border['refuted'], 2)}"
        cells = [
            sizes,
            noise,
            percent(true["supported"]),
            f"**{percent(true['refuted'], 2)}**",
            percent(false["refuted"]),
            f"**{percent(false['supported'], 2)}**",
            edge,
            f"{true['seeds']:.0f} / {false['seeds']:.0f}",
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def world_table(rows: Rows, rule: str) -> str:
    """Return all worlds of one rule, one line each, in percent."""
    lines = ["| design | world | truth | supported | refuted | mean seeds |", "|---|---|---|---|---|---|"]
    chosen = [row for row in rows if row["rule"] == rule]
    if not chosen:
        raise InputError(f"rule must be one of {sorted({row['rule'] for row in rows})}; got {rule!r}.")
    last = None
    for row in chosen:
        design = row["design"] if row["design"] != last else ""
        last = row["design"]
        cells = [design, row["world"], row["truth"], percent(row["supported"], 2), percent(row["refuted"], 2)]
        lines.append("| " + " | ".join([*cells, f"{row['seeds']:.0f}"]) + " |")
    return "\n".join(lines)


def fill(page: str, rows: Rows) -> str:
    """Return the page with the table after every `<!-- table: NAME -->` mark written anew."""
    for name in re.findall(r"<!-- table: (.*?) -->", page):
        table = rate_table(rows) if name == "rate" else world_table(rows, name)
        pattern = MARK.replace("{name}", re.escape(name))
        page = re.sub(pattern, lambda match, table=table: f"{match[1]}\n{table}\n\n{match[2]}", page, flags=re.DOTALL)
    return page


def main(arguments: Sequence[str]) -> int:
    """Write the tables of a simulation into a page: `tables TABLE.json PAGE.md`."""
    if len(arguments) != 2:
        raise InputError(f"expected a table and a page; got {len(arguments)} arguments.")
    table, page = (Path(name) for name in arguments)
    rows = json.loads(table.read_text(encoding="utf-8"))["rows"]
    page.write_text(fill(page.read_text(encoding="utf-8"), rows), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
