"""Rows of the tables of a checked city, the same for page and terminal: plain text, small counts hidden."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pandas as pd

from dipeval.disclose import Released
from dipeval.ledger import Entry
from dipeval.quality.alarms import FEWEST, Alarm
from dipeval.report.city_page import CityPage
from dipeval.report.city_words import BROKEN, CHARGES, SUM, filled
from dipeval.report.parts import Words
from dipeval.vocabulary import columns

Rows = list[list[str]]
MOST_REVIEWED = 40
"""Rows of a table for review that are shown; the file holds all."""
BEHIND = ("stays", "rows", "cases")
"""Columns of such tables that say how many stays stand behind a row."""
OF_TWO_FILES = ("agree", "differ", "only_a", "only_b", "neither")
COUNTED = (*BEHIND, *OF_TWO_FILES, "mended", "mapped", "unmapped", "invalid", "changed_four")
TELLING = ("_date", "_place", "_share")
"""Endings of columns that say too much of few stays."""


@dataclass(frozen=True)
class Listing:
    """One table: its heads (`city_words.HEADS`), its rows in a language, its columns of numbers."""

    heads: tuple[str, ...]
    rows: Callable[[CityPage, str], Rows]
    right: tuple[int, ...]


def facts(page: CityPage) -> dict[str, str]:
    """The numbers that stand above everything."""
    return {
        "read": f"{page.rows_read:,}",
        "kept": f"{page.rows_kept:,}",
        "rejected": f"{page.rows_rejected:,}",
        "hospitals": f"{page.hospitals:,}",
        "months": " – ".join(page.span),
        "alarms": f"{len(alarms(page)):,}",
    }


def account(page: CityPage) -> Words:
    """The sentence that says where all rows went."""
    form = SUM if page.rows_made == page.rows_read else CHARGES
    numbers = {"read": page.rows_read, "made": page.rows_made}
    numbers |= {"kept": page.rows_kept, "rejected": page.rows_rejected}
    told = {name: f"{number:,}" for name, number in numbers.items()}
    return filled(form if page.adds_up else BROKEN, **told)


def alarms(page: CityPage) -> list[Alarm]:
    """All that asks for a look: what does not add up first, warnings of the cleaning last."""
    found = list(page.alarms)
    if not page.adds_up:
        found.insert(0, Alarm("ledger", *account(page)))
    for column, cells in page.damaged.items():
        en = f"{column}: {cells:,} rows hold characters that were lost"
        found.append(Alarm("text", en, f"{column}：{cells:,} 行含已丢失的字符"))
    return [*found, *(Alarm("warning", text, text) for text in page.warnings)]


def touched(page: CityPage, language: str) -> Rows:
    """Rule, what it checks, rows in, rejected, marked, rows kept: where a row was touched."""
    return _ledger_rows(page, language, [e for e in page.ledger if e.rows_rejected or e.rows_flagged])


def untouched(page: CityPage, language: str) -> Rows:
    """The same of the rules that touched no row."""
    rest = [e for e in page.rules_applied if not e.rows_rejected and not e.rows_flagged]
    return _ledger_rows(page, language, rest)


def _ledger_rows(page: CityPage, language: str, entries: Sequence[Entry]) -> Rows:
    return [
        [
            entry.rule,
            page.label_of_rule(entry.rule)[language == "zh"],
            f"{entry.rows_before:,}",
            f"{entry.rows_rejected:,}",
            f"{entry.rows_flagged:,}",
            f"{entry.rows_after:,}",
        ]
        for entry in entries
    ]


def coverage_rows(page: CityPage, language: str) -> Rows:
    """Hospital, first and last month, how many months are missing between them, which."""
    rows = []
    frame = page.heat("coverage").exhibit.frame
    for _, cells in frame.groupby("line", sort=False):
        there = cells.loc[cells["state"].isin(["full", "thin"]), "period"]
        gaps = sorted(cells.loc[cells["state"] == "gap", "period"])
        ends = [there.min(), there.max()] if len(there) else ["", ""]
        label = str(cells[f"label_{language}"].iloc[0])
        rows.append([label, *ends, str(len(gaps) or ""), ", ".join(gaps)])
    return rows


def missing_rows(page: CityPage, language: str) -> Rows:
    """Column, share of its empty cells over the months shown, the month in which most are empty."""
    rows = []
    for line, cells in _open(page.heat("missing")).groupby("line", sort=False):
        share = float((cells["value"] * cells["count"]).sum() / cells["count"].sum())
        worst = cells.sort_values(["value", "period"], ascending=[False, True]).iloc[0]
        label = str(cells[f"label_{language}"].iloc[0])
        rows.append([str(line), label, f"{share:.1%}", f"{worst['value']:.1%}", str(worst["period"])])
    return rows


def drift_rows(page: CityPage, language: str) -> Rows:
    """Column, period and index of every step that asks for a look, the largest first."""
    frame = _open(page.heat("drift"))
    frame = frame[frame["state"].isin(["watch", "large"])]
    frame = frame.sort_values(["value", "line", "period"], ascending=[False, True, True])
    return [
        [str(row["line"]), str(row[f"label_{language}"]), str(row["period"]), f"{row['value']:.2f}"]
        for _, row in frame.iterrows()
    ]


def amount_rows(page: CityPage, language: str) -> Rows:
    """Column, then the medians of the first and the last period, the lowest and the highest."""
    rows = []
    for line, cells in _open(page.amounts).groupby("line", sort=True):
        ordered = cells.sort_values("period")
        values = [ordered["value"].iloc[0], ordered["value"].iloc[-1], ordered["value"].min()]
        shown = [_number(float(value)) for value in (*values, ordered["value"].max())]
        rows.append([str(line), str(ordered[f"label_{language}"].iloc[0]), *shown])
    return rows


def _open(released: Released) -> pd.DataFrame:
    frame = released.exhibit.frame
    return frame[~frame["suppressed"] & frame["value"].notna()]


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def damaged_rows(page: CityPage, language: str) -> Rows:
    """Column, its label, damaged cells."""
    rows = []
    for name, cells in page.damaged.items():
        known = columns().get(name)
        label = (known.label_zh if language == "zh" else known.label_en) if known else name
        rows.append([name, label, f"{cells:,}"])
    return rows


def rejected_rows(page: CityPage, language: str) -> Rows:
    """Rule, what it checks, rows rejected, where the first of them stand."""
    counts: dict[str, int] = {}
    for entry in page.ledger:
        counts[entry.rule] = counts.get(entry.rule, 0) + entry.rows_rejected
    rows = []
    for rule, places in page.rejected.items():
        label = page.label_of_rule(rule)[language == "zh"]
        rows.append([rule, label, f"{counts.get(rule, 0):,}", _places(places)])
    return rows


def _places(places: tuple[tuple[str, int], ...]) -> str:
    """File and rows: ``a.csv: 3, 7; b.csv: 2``."""
    files: dict[str, list[str]] = {}
    for file, row in places:
        files.setdefault(file, []).append(str(row))
    return "; ".join(f"{file}: {', '.join(found)}" for file, found in files.items())


def correction_rows(page: CityPage, language: str) -> Rows:
    """Column, what is done, why, how many rows it matches."""
    return [[c.column, c.action, c.reason, f"{c.expect:,}"] for c in page.corrections]


def file_rows(page: CityPage, language: str) -> Rows:
    """Path, rows, bytes, encoding, checksum."""
    return [
        [
            str(file["path"]),
            f"{int(str(file['rows'])):,}",
            f"{int(str(file['bytes'])):,}",
            str(file.get("encoding") or ""),
            str(file["sha256"]),
        ]
        for file in page.files
    ]


def review_rows(frame: pd.DataFrame) -> Rows:
    """The first rows of a table that a person should review, as text."""
    head = frame.head(MOST_REVIEWED).astype("object")
    return [_review_row(dict(zip(head.columns, row, strict=True))) for row in head.itertuples(index=False)]


def _review_row(row: dict[str, object]) -> list[str]:
    """The cells of a row; of few stays neither their number is shown nor their dates, places and shares."""
    small = [name for name in COUNTED if name in row and 0 < int(str(row[name])) < FEWEST]
    cells = {name: "" if pd.isna(cell) else str(cell) for name, cell in row.items()}
    for name in cells:
        if name in small:
            cells[name] = f"<{FEWEST}"
        elif name.removesuffix("_share") in small or (set(small) & set(BEHIND) and name.endswith(TELLING)):
            cells[name] = ""
    return list(cells.values())


LISTINGS: dict[str, Listing] = {
    "ledger": Listing(("rule", "what", "in", "rejected", "marked", "kept"), touched, (2, 3, 4, 5)),
    "untouched": Listing(("rule", "what", "in", "rejected", "marked", "kept"), untouched, (2, 3, 4, 5)),
    "coverage": Listing(("hospital", "first", "last", "gaps", "months"), coverage_rows, (3,)),
    "missing": Listing(("column", "label", "share", "most", "period"), missing_rows, (2, 3)),
    "drift": Listing(("column", "label", "period", "index"), drift_rows, (3,)),
    "amounts": Listing(("column", "label", "first", "last", "least", "most"), amount_rows, (2, 3, 4, 5)),
    "damaged": Listing(("column", "label", "rows"), damaged_rows, (2,)),
    "rejected": Listing(("rule", "what", "rows", "first_rows"), rejected_rows, (2,)),
    "corrections": Listing(("column", "action", "reason", "expect"), correction_rows, (3,)),
    "files": Listing(("file", "rows", "bytes", "encoding", "sha256"), file_rows, (1, 2)),
}
"""Every table, under the name of its section."""
