"""Discharges → hospital-period panel, in one query of integers a city."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from ..errors import DataError, Problem
from ..ledger import Entry, Ledger
from ..schema.periods import first_day, label_of, last_day
from ..study.model import City
from ..study.standardise import StandardChoice
from ..vocabulary import columns
from .aggregation import aggregated, completed, summed_columns
from .attributes import CHANGING, attribute_names, baseline, usual_values
from .episodes import AS_BILLED, SUM, linked_stays, linking, linking_entries
from .expected import expected_entry, reference_means, with_expected
from .extras import Extras, with_flags
from .hospital_panel import KEY, HospitalPanel
from .quartiles import with_quartiles

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from ..store.contract import TableEngine


MADE_OF = r"^(n_)?(p[23]_|q[13]x4_)?(log_)?(?=[a-z])"
"""What stands before the name of a column in what is counted and summed of it."""


@dataclass(frozen=True)
class Taken:
    """When what a hospital is was taken: `level` as the study says, and the period of the announcement."""

    level: str
    announced: str


def hospital_panel(
    engine: TableEngine,
    discharges: Mapping[str, ir.Table | Path],
    cities: Mapping[str, City],
    *,
    frequency: str,
    start: str,
    end: str,
    level: str = "baseline",
    stays: str = AS_BILLED,
    linked_days: str = SUM,
    standardise: StandardChoice | None = None,
    extras: Extras | None = None,
) -> HospitalPanel:
    """Sum and count the discharges of every hospital and period.

    Parameters
    ----------
    discharges : mapping of str to ibis table or Path
        Clean discharges by city name, or the Parquet file that holds them.
    cities : mapping of str to City
        The study's cities; each must have discharges.
    frequency : {"month", "quarter", "year"}
    start, end : str
        First and last period of the panel, inclusive.
    level : {"baseline", "announcement", "current"}
        When level, owner and type of a hospital are taken: in its first period, in the last period up
        to the announcement of its city's reform, or in each period anew.
    stays : {"as_billed", "linked"}
        Whether each bill counts, or each stay (see `episodes`).
    linked_days : {"sum", "dates"}
        How the days of a linked stay are counted.
    standardise : StandardChoice, optional
        By what, and in which span, costs and days are expected (see `expected`).
    extras : Extras, optional
        Further sums (see `extras`).

    Returns
    -------
    HospitalPanel
        Other attributes as of each hospital's first period, among them ``source_format``: the cost
        groups of two formats are not identical, so a study must be able to tell them apart. Cost: one
        pass of the engine over each city's discharges; Python sees hospital-periods only.

    Raises
    ------
    DataError
        If a city has no discharge in the window, or the cities' currencies differ.
    """
    frames, ledger, currencies = [], Ledger(), {}
    counted = {
        n: _stays(engine, _bills(engine, discharges[n]), n, stays, linked_days) for n in sorted(cities)
    }
    reference = None
    if standardise is not None:
        tables = {name: table for name, (table, _) in counted.items()}
        span = (standardise.start, standardise.end)
        reference = reference_means(engine, tables, standardise.types, standardise.broad, *span)
    problems: list[Problem] = []
    more = extras or Extras()
    for name in sorted(cities):
        table, before = counted[name]
        if reference is not None:
            table = with_expected(engine, table, reference)
        table = with_flags(table, more.flags)
        inside = table.filter(table.discharge_date.between(first_day(start), last_day(end)))
        present = list(table.columns)
        keys = ["hospital", "currency", *attribute_names(present)]
        counts = engine.to_frame(aggregated(inside, keys, frequency, more.powers))
        if counts.empty:
            what = f"has no discharge between {start} and {end}"
            problems.append(
                Problem(f"city {name}", what, "mend the window of the study, or leave the city out")
            )
            continue
        announced = cities[name].dates.announced if level == "announcement" else ""
        taken = Taken(level, label_of(first_day(announced), frequency) if announced else "")
        frame, told = _city_frame(counts, present, name, frequency, before.rows, taken)
        frames.append(with_quartiles(engine, inside, frame, more.quartiles, frequency))
        ledger = ledger.add(*before.entries) + told
        if reference is not None:
            ledger = ledger.add(expected_entry(engine, inside, name, reference))
        currencies[name] = sorted(counts["currency"].unique())
    used, mixed = _one_currency(currencies)
    if problems or mixed:
        raise DataError("build panel", [*problems, *mixed])
    whole = _joined(frames)
    return HospitalPanel.from_frame(
        whole, frequency=frequency, currency=used, source="discharges", ledger=ledger
    )


def counted_stays(
    engine: TableEngine, given: ir.Table | Path, stays: str, linked_days: str, start: str, end: str
) -> ir.Table:
    """The stays of a city that a panel of this window counts; arguments as `hospital_panel`."""
    bills = _bills(engine, given)
    table = bills if stays == AS_BILLED else linked_stays(bills, linked_days)
    return table.filter(table.discharge_date.between(first_day(start), last_day(end)))


@dataclass(frozen=True)
class Before:
    """Rows that go into the panel, and what the ledger says of how they came to be."""

    rows: int
    entries: tuple[Entry, ...]


def _bills(engine: TableEngine, given: ir.Table | Path) -> ir.Table:
    return engine.scan_parquet(given) if isinstance(given, Path) else given


def _stays(engine: TableEngine, bills: ir.Table, city: str, stays: str, days: str) -> tuple[ir.Table, Before]:
    """The table that the panel counts: bills, or the stays that they are parts of."""
    rows = engine.count(bills)
    if stays == AS_BILLED:
        return bills, Before(rows, ())
    entries = linking_entries(linking(engine, bills), city, rows)
    return linked_stays(bills, days), Before(entries[-1].rows_after, entries)


def _one_currency(currencies: Mapping[str, list[str]]) -> tuple[str, list[Problem]]:
    """The panel's currency, and a problem where cities state their amounts in several."""
    used = sorted({currency for found in currencies.values() for currency in found})
    if len(used) <= 1:
        return "".join(used), []
    shown = tuple(f"{name}: {', '.join(found)}" for name, found in currencies.items())
    return "", [Problem("panel", "mixes currencies", "put them in two studies", shown, len(used))]


def _city_frame(
    counts: pd.DataFrame, present: list[str], city: str, frequency: str, stays: int, taken: Taken
) -> tuple[pd.DataFrame, Ledger]:
    """Hospital-periods of one city, and what the panel's ledger says of it."""
    labels = {day: label_of(day, frequency) for day in counts["first_day"].unique()}
    counts = counts.assign(period=counts["first_day"].map(labels)).drop(columns=["first_day", "currency"])
    names = attribute_names(present)
    sums = counts.drop(columns=names).groupby(["hospital", "period"], as_index=False).sum(min_count=1)
    frame = completed(sums, present).assign(city=city)
    hospitals = int(frame["hospital"].nunique())
    inside = int(counts["discharges"].sum())

    def entry(rule: str, before: int, flagged: int, note: str) -> Entry:
        return Entry("panel", city, rule, before, inside, flagged, hospitals, hospitals, note)

    entries = [entry("panel_window", stays, 0, "stays inside the panel's window")]
    for name in names:
        frame[name], flagged, note = _attribute(frame, counts, name, taken)
        entries.append(entry(f"baseline_{name}", inside, flagged, note))
    entries += [
        entry(f"{what}_{name}", inside, flagged, note)
        for what, name, flagged, note in _incomplete(sums, present)
    ]
    entries.append(entry("summed", inside, 0, f"into {len(frame)} hospital-periods"))
    return frame, Ledger(tuple(entries))


def _attribute(
    frame: pd.DataFrame, counts: pd.DataFrame, name: str, taken: Taken
) -> tuple[pd.Series, int, str]:
    """An attribute of each hospital-period, the stays that say something else, and what the ledger says."""
    found = baseline(counts, name, taken.announced if name in CHANGING else "")
    which = "the one at the announcement" if name in CHANGING and taken.announced else "the first"
    if name in CHANGING and taken.level == "current":
        usual = usual_values(counts, name)
        values = frame[["hospital", "period"]].merge(usual, on=["hospital", "period"], how="left")[name]
        which = "each period's own"
    else:
        values = frame["hospital"].map(found.values)
    values = values.astype("str").where(values.notna().to_numpy())
    note = f"stays of {found.hospitals_changed} hospitals that say something else later; {which} counts"
    return values.set_axis(frame.index), found.stays_changed, note


def _incomplete(sums: pd.DataFrame, present: list[str]) -> list[tuple[str, str, int, str]]:
    """Stays that lack a summed value, and stays whose amount has no logarithm."""
    found = []
    for column in summed_columns(present):
        missing = int((sums["discharges"] - sums[f"n_{column.name}"]).sum())
        if missing:
            note = "stays without a value; " + (
                "means are over the others" if column.kind in ("number", "flag") else "their sums are missing"
            )
            found.append(("missing", column.name, missing, note))
        if column.log_sum:
            zero = int((sums[f"n_{column.name}"] - sums[f"n_log_{column.name}"]).sum())
            if zero:
                found.append(
                    ("zero", column.name, zero, "stays without a logarithm; the mean is over the others")
                )
    return found


def _joined(frames: list[pd.DataFrame]) -> pd.DataFrame:
    """All cities; a column that a format lacks is missing there, and nowhere zero."""
    whole = pd.concat(frames, ignore_index=True)
    order = [*columns(), "source_format"]
    for name in whole.columns:
        is_counted = name not in KEY and pd.api.types.is_integer_dtype(whole[name])
        if is_counted and not whole[name].isna().any():
            whole[name] = whole[name].astype("int64")
    base = {name: re.sub(MADE_OF, "", name) for name in whole.columns}
    return whole[sorted(whole.columns, key=lambda n: (order.index(base[n]), n != base[n], n))]
