"""The report: one offline HTML page, figures, a LaTeX table and JSON, from judged results alone."""

from .latex import verdict_table
from .page import page
from .tables import headline, plain_rows, result_csv, summary
from .write import public, write

__all__ = ["headline", "page", "plain_rows", "public", "result_csv", "summary", "verdict_table", "write"]
