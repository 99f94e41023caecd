"""A report that is a hospital-period panel already → the panel, with hospitals linked over periods."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pandas as pd

from ..errors import DataError, Problem
from ..ledger import Entry
from ..store.typed import read_typed
from ..study.model import City, Source
from ..vocabulary import units
from .hospital_panel import HospitalPanel
from .links import COLUMNS, link_hospitals
from .selection import select_report
from .unit_alarm import unit_problems

if TYPE_CHECKING:
    from ..store.contract import TableEngine
    from ..store.raw import RawTable

NOT_IN_PANEL = ("source_file", "source_row", "is_total_row", "correction", "mended")


@dataclass(frozen=True)
class Report:
    """A hospital-period report, read.

    Attributes
    ----------
    whole : HospitalPanel
        Every hospital and period of the report, attributes as of each period: what published totals
        are compared with.
    panel : HospitalPanel
        What a study uses: inside its window and filter, with discharges, attributes as of the
        hospital's first period there. Its ledger says where the other rows went.
    links : pandas.DataFrame
        Links made and refused, see `links.Linked`; empty for a report with codes of its own.
    warnings : tuple of str
    """

    whole: HospitalPanel
    panel: HospitalPanel
    links: pd.DataFrame
    warnings: tuple[str, ...]


def panel_from_report(
    engine: TableEngine,
    city: City,
    source: Source,
    raw: RawTable,
    *,
    frequency: str,
    start: str,
    end: str,
    keep: Mapping[str, tuple[str, ...]] | None = None,
) -> Report:
    """Read a report whose rows are hospital-periods.

    Parameters
    ----------
    engine : TableEngine
        Open; the report is small (thousands of rows) and leaves it right after typing.
    raw : RawTable
        From `store.raw.read_raw` with the same engine.
    frequency : {"month", "quarter", "year"}
    start, end : str
        First and last period of the panel.
    keep : mapping of str to tuple of str, optional
        Words that a column must hold.

    Returns
    -------
    Report

    Raises
    ------
    DataError
        If a cell cannot be read, a hospital stands twice in a period, the unit of money seems to
        change without a declaration, or nothing is left.
    StudyError
        If a person's decision on links cannot be.
    """
    typed = read_typed(engine, city, source, raw)
    frame = engine.to_frame(typed.table, ("source_file", "source_row"))
    ledger = raw.ledger + typed.ledger
    frame, total_rows = _without_total_rows(frame, city)
    _require_columns(frame, city, source)
    frame, links, linked = _identified(frame, city, source)
    ledger = ledger.add(total_rows, linked)
    whole = HospitalPanel.from_frame(
        frame.drop(columns=[name for name in NOT_IN_PANEL if name in frame]),
        frequency=frequency,
        currency=_currency(city, source),
        source="panel",
        ledger=ledger,
    )
    problems = unit_problems(whole.frame, city.name)
    if problems:
        raise DataError(f"read {city.name}", problems)
    panel, warnings = select_report(whole, city.name, source, start=start, end=end, keep=keep or {})
    return Report(whole, panel, links, warnings)


def _without_total_rows(frame: pd.DataFrame, city: City) -> tuple[pd.DataFrame, Entry]:
    kept = frame[~frame["is_total_row"]].reset_index(drop=True)
    note = "rows that sum others up"
    return kept, Entry("panel", city.name, "total_row", len(frame), len(kept), note=note)


def _require_columns(frame: pd.DataFrame, city: City, source: Source) -> None:
    """A report needs periods and discharges, and hospitals by code or by name; the keys in every row."""
    hospital = source.link.name if source.link else "hospital"
    keys = [name for name in ("period", hospital) if name in frame]
    problems = [
        Problem(
            f"sources/{source.name}.toml",
            f"does not read {name}, which every panel needs",
            "name its headers under [columns]",
        )
        for name in ("period", hospital, "discharges")
        if name not in frame
    ]
    for name in keys:
        empty = frame.loc[frame[name].isna(), "source_row"]
        if len(empty):
            rows = tuple(f"row {row}" for row in empty[:5])
            todo = "fill it in, or remove rows that are no hospital"
            problems.append(Problem(f"{city.name}, column {name}", "is empty", todo, rows, len(empty)))
    if problems:
        raise DataError(f"read {city.name}", problems)


def _identified(frame: pd.DataFrame, city: City, source: Source) -> tuple[pd.DataFrame, pd.DataFrame, Entry]:
    """Give every row its city and its hospital: the report's code, or the identity that links give."""
    entry = Entry("panel", city.name, "hospitals_by_code", len(frame), len(frame))
    links = pd.DataFrame(columns=list(COLUMNS))
    frame = frame.assign(city=city.name)
    if source.link:
        linked = link_hospitals(frame, source.link)
        links = linked.links
        frame["hospital"] = linked.hospital
        entry = replace(
            entry,
            rule="hospitals_linked",
            hospitals_before=int(frame.groupby([source.link.region, source.link.name], dropna=False).ngroups),
            note=_told(links),
        )
    hospitals = int(frame["hospital"].nunique())
    before = entry.hospitals_before if source.link else hospitals
    return frame, links, replace(entry, hospitals_before=before, hospitals_after=hospitals)


def _told(links: pd.DataFrame) -> str:
    """How many links were made by which rule, and how many refused."""
    made = links.loc[links["decision"] == "made", "rule"].value_counts().sort_index()
    refused = int((links["decision"] == "refused").sum())
    return (
        "names → hospitals; made: " + ", ".join(f"{r} {n}" for r, n in made.items()) + f"; refused: {refused}"
    )


def _currency(city: City, source: Source) -> str:
    """The one currency of the report's money."""
    used = {city.units.get(name, rule.unit) for name, rule in source.columns.items() if rule.unit}
    currencies = sorted({units()[unit].currency for unit in used})
    if len(currencies) != 1:
        where = f"sources/{source.name}.toml"
        what = f"money is in {len(currencies)} currencies: {', '.join(currencies) or 'none'}"
        raise DataError(f"read {source.name}", [Problem(where, what, "declare one currency")])
    return currencies[0]
