"""The cells that cannot be read, found again to be shown: where, how many, five examples.

Only runs when something is wrong. Columns that identify a person are never typed, so no cell that
is shown here can hold a name or a number of a person.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from ..errors import EVIDENCE_SHOWN, Problem, nearest
from ..schema.layers import Layout, is_misread, places_of, read_items
from ..schema.readings import MESSAGES
from ..study.model import Source
from ..vocabulary import RECORD, columns

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from .contract import TableEngine

NEXT_STEP = {
    "date": "mend the dates, or declare their form as date_format in the source file",
    "text": "obtain the file again with this column formatted as text, best not through a spreadsheet",
    "code": "add the code to [codes] of the source file with the word that it means",
}
LONGEST_SHOWN = 40


def misread_problems(
    engine: TableEngine, text: ir.Table, layout: Layout, headers: Mapping[str, Mapping[str, str]], mask: int
) -> list[Problem]:
    """List what cannot be read, by file and column.

    Parameters
    ----------
    text : ibis table
        The raw text, after corrections.
    headers : mapping
        As `RawTable.headers`.
    mask : int
        Bits of the columns concerned.
    """
    problems = []
    for name, bit in layout.bits.items():
        if not mask & bit:
            continue
        readings = {name: layout.readings[name]} if name in layout.readings else {}
        alone = {"items": {name: layout.items[name]}, "readings": readings}
        read = read_items(text, replace(layout, **alone))
        read = read.filter(~read.is_total_row)
        for item in layout.items[name]:
            cells = read.filter(is_misread(read, item, layout.source.empty))
            cells = cells.select("source_file", "source_row", cell=cells[item])
            show = _codes if columns()[name].values else _cells
            problems += show(
                engine, cells, layout, name, {file: told.get(item, item) for file, told in headers.items()}
            )
    return problems


def _cells(
    engine: TableEngine, cells: ir.Table, layout: Layout, name: str, header: Mapping[str, str]
) -> list[Problem]:
    counts = engine.to_frame(cells.group_by("source_file").agg(rows=cells.count()), ["source_file"])
    problems = []
    for file, count in counts.itertuples(index=False):
        here = cells.filter(cells.source_file == file).order_by("source_row").limit(EVIDENCE_SHOWN)
        rows = engine.to_frame(here, ["source_row"])
        # The number of a record is shown to nobody, not even a wrong one.
        is_record = columns()[name].role == RECORD
        found = rows.itertuples(index=False)
        shown = tuple(f"row {row}" if is_record else f"row {row}: {_shown(cell)}" for _, row, cell in found)
        what, todo = _told(layout, name, list(rows["cell"]))
        problems.append(Problem(f"{file}, column {header[file]} ({name})", what, todo, shown, int(count)))
    return problems


def _told(layout: Layout, name: str, examples: list[str]) -> tuple[str, str]:
    """Say of an amount whether it is text, or has more digits than its unit can have."""
    kind = columns()[name].kind
    unit = layout.city.units.get(name) or layout.source.columns[name].unit
    if kind == "money" and any(_is_number(cell) for cell in examples):
        what = f"no whole number of minor units: a {unit} has {places_of(unit)} digits after the point"
        if not all(_is_number(cell) for cell in examples):
            what = f"{MESSAGES[kind]}, or {what}"
        return what, "mend the amounts, or declare the unit that they are in (units in the city file)"
    if kind in ("count", "days") and all(_is_number(cell) for cell in examples):
        return "no whole number", "mend the cells, or read another column"
    return MESSAGES[kind], NEXT_STEP.get(
        kind, "mend the cells, or declare what stands for nothing as empty in the source file"
    )


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _codes(
    engine: TableEngine, cells: ir.Table, layout: Layout, name: str, header: Mapping[str, str]
) -> list[Problem]:
    """Unknown codes with their counts and the nearest known code, most frequent first."""
    counts = engine.to_frame(
        cells.group_by("source_file", "cell").agg(rows=cells.count()), ["source_file", "rows", "cell"]
    )
    known = layout.source.codes.get(name) or dict.fromkeys(columns()[name].values, "")
    problems = []
    for file, rows in counts.groupby("source_file", sort=True):
        top = rows.sort_values(["rows", "cell"], ascending=[False, True]).head(EVIDENCE_SHOWN)
        shown = tuple(
            f"{_shown(cell)} ({n} rows; {nearest(cell, known)})" for _, cell, n in top.itertuples(index=False)
        )
        what = f"{len(rows)} unknown code{'s' if len(rows) > 1 else ''}"
        problems.append(
            Problem(
                f"{file}, column {header[file]} ({name})",
                what,
                NEXT_STEP["code"],
                shown,
                int(rows["rows"].sum()),
            )
        )
    return problems


def _shown(cell: str) -> str:
    short = cell if len(cell) <= LONGEST_SHOWN else cell[:LONGEST_SHOWN] + "…"
    return repr(short)


def total_row_problems(engine: TableEngine, typed: ir.Table, source: Source) -> list[Problem]:
    """Total rows in a format that does not declare them."""
    hits = typed.filter(typed.is_total_row).select("source_file", "source_row")
    rows = engine.to_frame(hits.order_by("source_file", "source_row"), ["source_file", "source_row"])
    problems = []
    for file, here in rows.groupby("source_file", sort=True):
        shown = tuple(f"row {row}" for row in here["source_row"].head(EVIDENCE_SHOWN))
        subject = "a total row stands" if len(here) == 1 else "total rows stand"
        what = f"{subject} among the data ({', '.join(source.total_words[:3])} …)"
        todo = f'remove it, or write total_rows = "reject" in sources/{source.name}.toml'
        problems.append(Problem(str(file), what, todo, shown, len(here)))
    return problems
