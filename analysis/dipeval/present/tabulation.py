"""From a released exhibit to a table in six formats."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from dipeval.disclose import Released
from dipeval.present.layouts.case_table import lay_out_case_table
from dipeval.present.layouts.family import lay_out_family
from dipeval.present.layouts.grid import lay_out_grid
from dipeval.present.layouts.records import lay_out_ledger, lay_out_validation
from dipeval.present.layouts.regression_table import lay_out_regression_table
from dipeval.present.layouts.table import Table
from dipeval.present.layouts.table_one import lay_out_table_one
from dipeval.present.words import check_language, phrase
from dipeval.present.writers.latex import table_latex
from dipeval.present.writers.markdown import table_markdown
from dipeval.present.writers.markup import table_document
from dipeval.present.writers.spreadsheet import frame_csv, table_csv
from dipeval.present.writers.word import table_word
from dipeval.present.writers.workbook import table_workbook

TABULATED: dict[str, Callable[..., Table]] = {
    "table_one": lay_out_table_one,
    "regression_table": lay_out_regression_table,
    "family": lay_out_family,
    "case_table": lay_out_case_table,
    "grid": lay_out_grid,
    "ledger": lay_out_ledger,
    "validation": lay_out_validation,
}
"""What lays out an exhibit, by its kind."""


def tabulate(released: Released, language: str = "en", *, stars: bool = False) -> dict[str, bytes]:
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
    dict of str to bytes
        ``csv`` (the printed table with plain numbers), ``md``, ``tex`` (booktabs),
        ``html`` (a page of its own), ``docx``, ``xlsx``: three-line tables. The table says so when the data
        are synthetic. The same exhibit gives the same bytes.

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
    table = TABULATED[exhibit.kind](exhibit, language, stars=stars)
    notes = table.notes
    if exhibit.synthetic:
        notes = (phrase("synthetic", language) + ("。" if language == "zh" else "."), *notes)
    table = replace(table, notes=notes, notes_word=phrase("notes", language), spaced=language != "zh")
    texts = {
        "md": table_markdown(table),
        "tex": table_latex(table),
        "html": table_document(table, language),
    }
    # Spreadsheets take a file for Chinese UTF-8 only when it begins with a byte order mark.
    coding = "utf-8-sig" if language == "zh" else "utf-8"
    return {
        "csv": table_csv(table).encode(coding),
        **{form: text.encode("utf-8") for form, text in texts.items()},
        "docx": table_word(table, language),
        "xlsx": table_workbook(table, language),
    }


def shown_csv(released: Released) -> bytes:
    """Exactly what an exhibit shows, both languages' labels beside it, as comma-separated UTF-8.

    Numbers have 12 significant digits, undefined and withheld ones are empty; a column says whether
    the data are synthetic. Which columns are left out says `Released.public`.

    Raises
    ------
    TypeError
        If the exhibit has not passed the gate.
    """
    if not isinstance(released, Released):
        raise TypeError("only what has passed dipeval.disclose.gate can be written")
    return frame_csv(released.public.assign(synthetic=released.exhibit.synthetic))
