"""SQL of the embedded engine for the copies that `delimited` and `workbook` make of raw files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from .sql import quoted

MOST_LISTED = 10_000
REJECTED, SCANS = "rejected", "rejected_scan"


def copy_query(copy: Path, names: Sequence[str], delimiter: str, extra: str = "") -> str:
    """A table function that reads a copy: a row number, then text columns.

    Parameters
    ----------
    names : sequence of str
        One name for each field behind the row number.
    """
    columns = ", ".join(["'source_row': 'BIGINT'", *(f"{quoted(name)}: 'VARCHAR'" for name in names)])
    options = (
        f"header = false, auto_detect = false, delim = {quoted(delimiter)}, quote = '\"', escape = '\"', "
        f"new_line = '\\n', columns = {{{columns}}}{extra}"
    )
    return f"read_csv({quoted(str(copy))}, {options})"


def rejecting_query(copy: Path, names: Sequence[str], delimiter: str) -> str:
    """The same, with the rows that cannot be read kept in the tables `REJECTED` and `SCANS`."""
    tables = f"rejects_table = '{REJECTED}', rejects_scan = '{SCANS}', rejects_limit = {MOST_LISTED}"
    return copy_query(copy, names, delimiter, f", store_rejects = true, {tables}")
