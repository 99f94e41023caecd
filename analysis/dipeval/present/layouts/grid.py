"""Grid: any table of rows by columns whose cells say their own form.

The frame of an exhibit of kind ``grid`` has one row a cell: ``value``, ``count``, ``largest_share``, ``label_en``,
``label_zh``, ``row``, ``row_en``, ``row_zh``, ``column``, ``column_en``, ``column_zh`` and ``form``; rows and columns
stand in the order in which they first occur, and a cell without a row is empty. The forms:

========== =============================== ==========================
form       columns                         printed
========== =============================== ==========================
count      value                           1,234
n_percent  value, spread (share)           1,234 (12.3)
number     value                           1.23
money      value                           12,345
days       value                           8.3
share      value (0 to 1)                  12.3%
p          value                           0.012 or <0.001
interval   value, low, high                1.23 (0.98 to 1.54)
mean_sd    value, spread                   1.23 (0.45)
median_iqr value, low, high                1.23 [0.98, 1.54]
text       text_en, text_zh (else note)    as it stands
========== =============================== ==========================

Where there are any: ``section_en``, ``section_zh`` (a line above the rows that have it), ``over``, ``over_en``,
``over_zh`` (a heading over neighbouring columns), ``unit`` (of the cell: ``share`` is printed in per cent), ``note`` or
``note_en``, ``note_zh`` (a lettered remark below the table). Numbers of one row and form have the same decimals.

Options: ``stub_en``, ``stub_zh`` (heading of the left column), ``unit_heads`` (true: a column whose numbers have one
unit says it in its heading), ``currency``.
"""

from __future__ import annotations

from itertools import groupby

import numpy as np
import pandas as pd

from dipeval.present.layouts.footnotes import Footnotes
from dipeval.present.layouts.table import Cell, Head, Row, Table, chance_cell, number_cell, number_text
from dipeval.present.value_words import decimals_of, scale_of
from dipeval.present.words import labels, notes_of, option, phrase, title_of, unit_words, with_unit
from dipeval.results.exhibit import Exhibit

UNITS = {"count": "cases", "n_percent": "cases", "days": "days", "share": "share"}
NUMBERS = ("value", "spread", "low", "high")
HUNDRED = 100.0
CHANCE_DECIMALS = 3


def lay_out_grid(exhibit: Exhibit, language: str, *, stars: bool) -> Table:
    """Lay out an exhibit of kind ``grid``; stars have no meaning here.

    Raises
    ------
    ValueError
        If a form is not known, or two rows stand for one cell.
    """
    frame = exhibit.frame
    _check(frame, exhibit.name)
    columns = list(dict.fromkeys(frame["column"]))
    remarks = Footnotes(language)
    rows: list[Row] = []
    sections = labels(frame, language, "section") if "section_en" in frame.columns else None
    last = ""
    for _, lines in frame.groupby("row", sort=False):
        section = str(sections[lines.index[0]]) if sections is not None else ""
        if section and section != last:
            rows.append(Row(section, ruled=bool(rows)))
        last = section
        stub = str(lines[f"row_{language}"].iloc[0])
        rows.append(Row(stub, _cells(lines, columns, language, remarks), indent=bool(section)))
    return Table(
        name=exhibit.name,
        title=title_of(exhibit, language),
        stub_head=option(exhibit, f"stub_{language}"),
        heads=_heads(exhibit, columns, language),
        rows=tuple(rows),
        notes=(*remarks.notes, *notes_of(exhibit, language)),
        text_columns=frozenset(
            i for i, c in enumerate(columns) if (frame["form"][frame["column"] == c] == "text").all()
        ),
    )


def _check(frame: pd.DataFrame, name: str) -> None:
    unknown = sorted(set(frame["form"]) - set(FORMS))
    if unknown:
        raise ValueError(f"exhibit {name!r}: forms of cells are {sorted(FORMS)}, not {unknown}")
    if frame.duplicated(["row", "column"]).any():
        raise ValueError(f"exhibit {name!r}: two rows of the frame stand for one cell")


def _heads(exhibit: Exhibit, columns: list[object], language: str) -> tuple[tuple[Head, ...], ...]:
    """The columns' headings, with units where they are asked for, and those over several of them."""
    frame = exhibit.frame
    first = frame.drop_duplicates("column").set_index("column")
    words = labels(first, language, "column")
    units = {column: _head_unit(exhibit, column, language) for column in columns}
    lower = tuple(Head(with_unit(str(words[c]), units[c], language)) for c in columns)
    if "over_en" not in frame.columns:
        return (lower,)
    over = labels(first, language, "over")
    named = [str(over[column]) for column in columns]
    return tuple(Head(text, len(list(run))) for text, run in groupby(named)), lower


def _head_unit(exhibit: Exhibit, column: object, language: str) -> str:
    """The unit that all numbers of a column have; empty where they have several, or none was asked for."""
    frame = exhibit.frame
    if option(exhibit, "unit_heads") not in (True, "True") or "unit" not in frame.columns:
        return ""
    found = {str(unit) for unit in frame.loc[frame["column"] == column, "unit"] if str(unit)}
    currency = str(option(exhibit, "currency"))
    return unit_words(found.pop(), currency, language) if len(found) == 1 else ""


def _cells(lines: pd.DataFrame, columns: list[object], language: str, remarks: Footnotes) -> tuple[Cell, ...]:
    found = {line["column"]: line for _, line in lines.iterrows()}
    kinds = lines["form"].astype("str") + lines.apply(_unit, axis=1)
    decimals = {kind: _decimals(part) for kind, part in lines.groupby(kinds, sort=False)}
    made = []
    for column in columns:
        if column not in found:
            made.append(Cell(""))
            continue
        line = found[column]
        cell = _cell(line, decimals[str(line["form"]) + _unit(line)], language)
        made.append(remarks.marked(cell, _remark(line, language)))
    return tuple(made)


def _remark(line: pd.Series, language: str) -> str:
    """What is said of a cell below the table; a text without a column of its own is the cell itself."""
    own = line.get(f"note_{language}")
    if own is None and not (line["form"] == "text" and "text_en" not in line.index):
        own = line.get("note")
    return "" if own is None or pd.isna(own) else str(own)


def _decimals(part: pd.DataFrame) -> int:
    """Decimals of the cells of one form in one row."""
    form, unit = str(part["form"].iloc[0]), _unit(part.iloc[0])
    numbers = [name for name in NUMBERS if name in part.columns and (name != "spread" or form == "mean_sd")]
    shown = part[numbers].to_numpy(dtype=float) * scale_of(unit)
    if form == "money":
        known = shown[np.isfinite(shown)]
        return 0 if np.abs(known).max(initial=0.0) >= HUNDRED else 2
    return decimals_of(unit, shown)


def _unit(line: pd.Series) -> str:
    form = str(line["form"])
    said = line.get("unit", "")
    return UNITS.get(form, "" if pd.isna(said) else str(said))


def _cell(line: pd.Series, decimals: int, language: str) -> Cell:
    form = str(line["form"])
    if line["suppressed"]:
        return Cell(phrase("withheld", language))
    if form == "text":
        said = line.get(f"text_{language}", line.get("note", ""))
        return Cell("" if pd.isna(said) else str(said))
    value = float(line["value"]) * scale_of(_unit(line))
    return Cell("–") if np.isnan(value) else FORMS[form](line, value, decimals, language)


def _plain(line: pd.Series, value: float, decimals: int, language: str) -> Cell:
    return number_cell(value, decimals)


def _percent(line: pd.Series, value: float, decimals: int, language: str) -> Cell:
    return number_cell(value, decimals, form="{}%")


def _chance(line: pd.Series, value: float, decimals: int, language: str) -> Cell:
    return chance_cell(value, CHANCE_DECIMALS)


def _counted(line: pd.Series, value: float, decimals: int, language: str) -> Cell:
    share = number_text(100 * float(line["spread"]), 1) or "–"
    return Cell(f"{number_text(value, 0)} ({share})")


def _spread(line: pd.Series, value: float, decimals: int, language: str) -> Cell:
    spread = number_text(float(line["spread"]) * scale_of(_unit(line)), decimals) or "–"
    return Cell(f"{number_text(value, decimals)} ({spread})")


def _between(line: pd.Series, decimals: int, join: str) -> str:
    """The two ends, or one dash where neither is known."""
    ends = [float(line[end]) * scale_of(_unit(line)) for end in ("low", "high")]
    told = [number_text(end, decimals) for end in ends]
    return join.join(end or "–" for end in told) if any(told) else "–"


def _interval(line: pd.Series, value: float, decimals: int, language: str) -> Cell:
    return Cell(f"{number_text(value, decimals)} ({_between(line, decimals, phrase('to', language))})")


def _quartiles(line: pd.Series, value: float, decimals: int, language: str) -> Cell:
    return Cell(f"{number_text(value, decimals)} [{_between(line, decimals, ', ')}]")


FORMS = {
    "count": _plain,
    "n_percent": _counted,
    "number": _plain,
    "money": _plain,
    "days": _plain,
    "share": _percent,
    "p": _chance,
    "interval": _interval,
    "mean_sd": _spread,
    "median_iqr": _quartiles,
    "text": _plain,
}
"""How a cell of a form is printed."""
