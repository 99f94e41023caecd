"""One city: raw rows → clean discharges, rejected rows with their reasons, and the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..errors import DataError, Problem, nearest
from ..ledger import Ledger
from ..schema.periods import frequency_of, period_label
from ..schema.tables import DeclaredTable, discharges, rejects
from ..schema.unit_spans import plain_unit
from ..store.typed import read_typed
from ..study.model import City, Source
from ..vocabulary import columns, units
from .flags import FLAGS, flag_bits, flags_of
from .identity.identify import identified
from .identity.persons import readable
from .identity.references import NOTHING, References
from .judge import KEPT, Judged, counts_of, judge, ledger_of_counts, rejected
from .outliers import with_outliers
from .output_parts import part_conditions
from .prepare import prepared
from .registry import rules_for
from .rule import Setting
from .unit_check import with_unit_alarm

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

    from ..store.contract import TableEngine
    from ..store.raw import RawTable


NOT_TOLD = ("window", "population", "unusual_notation", "insurance_relabelled")
"""Rules that concern many rows of any file."""


@dataclass(frozen=True)
class Discharges:
    """The clean discharges of one city.

    Attributes
    ----------
    table : ibis table
        As `schema.tables.discharges` declares; lazy, good as long as the engine is open.
    rejects : ibis table
        As `schema.tables.rejects` declares: rows in = rows of `table` + rows of `rejects`.
    ledger : Ledger
        Reading and every rule, in order.
    warnings : tuple of str
        What a reader of the results should know.
    flags : mapping of str to int
        The bit of each rule in the column ``flags`` of `table`.
    rows : ibis table
        The kept rows with all that the rules looked at, also hashes that are good in this engine only:
        to be compared, never written.
    reviews : mapping of str to pandas.DataFrame
        Small tables for a person to look at, by the name of their file: links of hospitals.
    parts : tuple of ibis boolean
        Conditions on `table` that cut it in the order of files and rows, for writing.
    """

    table: ir.Table
    rejects: ir.Table
    ledger: Ledger
    warnings: tuple[str, ...]
    flags: Mapping[str, int]
    rows: ir.Table
    reviews: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    parts: tuple[ir.BooleanValue, ...] = ()


def clean_city(
    engine: TableEngine,
    city: City,
    source: Source,
    raw: RawTable,
    *,
    start: str,
    end: str,
    keep: Mapping[str, tuple[str, ...]],
    without: tuple[str, ...] = (),
    frequency: str | None = None,
    references: References = NOTHING,
) -> Discharges:
    """Clean the raw rows of a city.

    Parameters
    ----------
    start, end : str
        First and last period of the study, inclusive.
    keep : mapping of str to tuple of str
        The study's population: column → values kept.
    without : tuple of str
        Rules whose marked stays are left out.
    frequency : {"month", "quarter", "year"}, optional
        What ``period`` labels; by default as `start` is written.
    references : References
        The tables that the city declares: hospitals, crosswalks.

    Returns
    -------
    Discharges
        Cost: one pass over the raw text, two counts and one grouping of the typed rows.

    Raises
    ------
    DataError
        With all cells that cannot be read, corrections that no longer match, a population by a
        column that the files lack, hospitals that the master table does not know, or when no row
        is left.
    """
    source = readable(source, engine.is_keyed)
    setting = Setting(city, source, start, end, keep, without)
    typed = read_typed(engine, city, source, raw)
    table, reviews = identified(engine, typed.table, setting, references)
    _check_population(table, setting)
    table, told = with_unit_alarm(engine, engine.named(table), setting)
    table = prepared(engine, engine.named(table), setting)
    rules = rules_for(setting)
    judged = judge(engine, with_outliers(engine, table, rules, setting), rules, setting)
    ledger = raw.ledger + typed.ledger + ledger_of_counts(counts_of(engine, judged), judged, city.name)
    kept = ledger.entries[-1].rows_after
    if kept == 0:
        what = "no stay is left after cleaning"
        todo = f"look at the ledger: {_biggest(ledger)}"
        raise DataError(f"clean {city.name}", [Problem(city.name, what, todo)])
    declared = discharges(engine.is_keyed)
    clean = declared.validated(_discharges(judged, setting, declared, frequency or frequency_of(start)))
    return Discharges(
        clean,
        rejects().validated(rejected(judged)),
        ledger,
        (*told, *_warnings(ledger, source), *_unjudged(judged, setting)),
        flag_bits(judged.rules),
        judged.table.filter(judged.table.verdict == KEPT),
        reviews,
        part_conditions(clean, raw.last_rows),
    )


def _check_population(table: ir.Table, setting: Setting) -> None:
    problems = [
        Problem(
            f"study, key data.keep.{name}",
            f"the files of {setting.city.name} have no {name}",
            nearest(name, table.columns),
        )
        for name in sorted(setting.keep)
        if name not in table.columns
    ]
    if problems:
        raise DataError(f"clean {setting.city.name}", problems)


def _discharges(judged: Judged, setting: Setting, declared: DeclaredTable, frequency: str) -> ir.Table:
    import ibis

    table = judged.table.filter(judged.table.verdict == KEPT)
    city, source = setting.city, setting.source
    chosen = {name: table[name] for name in declared.types if name in table.columns}
    made = {
        "city": ibis.literal(city.name),
        "period": period_label(table.discharge_date, frequency),
        "source_format": ibis.literal(source.name),
        "currency": ibis.literal(currency_of(city, source)),
        FLAGS: flags_of(judged),
    }
    return table.select(**{**chosen, **made})


def currency_of(city: City, source: Source) -> str:
    """The currency of a city's amounts; the unit of its total decides."""
    money = [name for name in source.columns if columns()[name].kind == "money"]
    return units()[plain_unit(city, source, money[0])].currency


def _biggest(ledger: Ledger) -> str:
    """The rules that took most rows."""
    taking = sorted((e for e in ledger if e.rows_rejected), key=lambda e: -e.rows_rejected)[:3]
    return ", ".join(f"{e.rule} rejected {e.rows_rejected}" for e in taking) or "the files hold no rows"


def _warnings(ledger: Ledger, source: Source) -> tuple[str, ...]:
    """Rules that took or marked more than one row in twenty."""
    told = []
    for entry in ledger:
        if entry.rule in NOT_TOLD or not entry.rows_before:
            continue
        touched = entry.rows_rejected + entry.rows_flagged
        if touched > 0.05 * entry.rows_before:
            verb = "rejected" if entry.rows_rejected else "marked"
            told.append(f"{entry.part}: the rule {entry.rule} {verb} {touched} of {entry.rows_before} rows")
    return tuple(told)


def _unjudged(judged: Judged, setting: Setting) -> tuple[str, ...]:
    """Rules whose marked stays the study leaves out, but which this city cannot judge or switched off."""
    here = {rule.name for rule in judged.rules if rule not in judged.off}
    return tuple(
        f"{setting.city.name}: nothing is left out by {name}: it is off, or the files lack its columns"
        for name in setting.without
        if name not in here
    )
