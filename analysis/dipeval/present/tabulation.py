"""From a released exhibit to a table in four formats."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pandas as pd

from dipeval.disclose import Released
from dipeval.present.layouts.records import (
    lay_out_ledger,
    lay_out_validation,
    ledger_records,
    validation_records,
)
from dipeval.present.layouts.regression_table import lay_out_regression_table
from dipeval.present.layouts.table import Table
from dipeval.present.layouts.table_one import lay_out_table_one
from dipeval.present.words import check_language, phrase
from dipeval.present.writers.latex import table_latex
from dipeval.present.writers.markdown import table_markdown
from dipeval.present.writers.markup import table_html
from dipeval.present.writers.spreadsheet import frame_csv, table_csv
from dipeval.results.exhibit import Exhibit

LAYOUTS: dict[str, Callable[..., Table]] = {
    "table_one": lay_out_table_one,
    "regression_table": lay_out_regression_table,
    "ledger": lay_out_ledger,
    "validation": lay_out_validation,
}
"""What lays out an exhibit, by its kind."""
RECORDS = {"ledger": ledger_records, "validation": validation_records}
"""Kinds whose English spreadsheet file is data, with one heading and full precision."""


def tabulate(released: Released, language: str = "en", *, stars: bool = False) -> dict[str, str]:
    """Write a table.

    Parameters
    ----------
    released : Released
        What the gate let through.
    language : {"en", "zh"}
    stars : bool
        Whether to mark p-values below 0.10, 0.05 and 0.01.

    Returns
    -------
    dict of str to str
        ``csv`` (the printed table with plain numbers; records as data), ``md``, ``tex`` (booktabs),
        ``html`` (a fragment). The table says so when the data are synthetic.

    Raises
    ------
    TypeError
        If the exhibit has not passed the gate.
    KeyError
        If nothing lays out exhibits of this kind.
    """
    if not isinstance(released, Released):
        raise TypeError("only what has passed dipeval.disclose.gate can be tabulated")
    check_language(language)
    exhibit = released.exhibit
    table = LAYOUTS[exhibit.kind](exhibit, language, stars=stars)
    notes = table.notes
    if exhibit.synthetic:
        notes = (phrase("synthetic", language) + ("。" if language == "zh" else "."), *notes)
    table = replace(table, notes=notes, notes_word=phrase("notes", language), spaced=language != "zh")
    records = RECORDS.get(exhibit.kind) if language == "en" else None
    return {
        "csv": table_csv(table) if records is None else _data(exhibit, records(exhibit)),
        "md": table_markdown(table),
        "tex": table_latex(table),
        "html": table_html(table),
    }


def _data(exhibit: Exhibit, frame: pd.DataFrame) -> str:
    return frame_csv(frame.assign(synthetic=exhibit.synthetic)).decode("utf-8")
