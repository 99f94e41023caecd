"""What a person should look at: units, dates, missing months, columns that moved. Nothing is mended here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..vocabulary import columns, plausible_costs, units
from .coverage import LOW, gaps
from .distribution import WORDS, number_bin, quantile
from .drift import Step

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

UNIT, DATE, COVERAGE, DRIFT = "unit", "date", "coverage", "drift"
TYPICAL_DAYS = 8
"""Length of the median stay, roughly: what a day may cost times this is what a stay may cost."""
APART, JUMP = 30.0, 5.0
"""Medians of total cost: of a hospital's year against the city, and of two years of one hospital."""
ENOUGH = 30
"""Stays behind a median that is compared."""
HEAPED = 0.10
"""Share of stays on one day of the month; evenly spread it is 0.033."""
FEWEST = 10
MONTHS_SHOWN = 12


@dataclass(frozen=True)
class Alarm:
    """One thing to look at, in English and Chinese."""

    kind: str
    en: str
    zh: str


def shown(count: int) -> str:
    """A count as it may be shown: small ones are hidden."""
    return f"<{FEWEST}" if 0 < count < FEWEST else f"{count:,}"


def costs_by_hospital(discharges: ir.Table) -> ir.Table:
    """Stays by hospital, year and bin of total cost (`distribution.number_bin`); lazy."""
    table = discharges.select(
        hospital=discharges.hospital,
        year=discharges.discharge_date.year(),
        bin=number_bin(discharges.total_cost),
    )
    return table.group_by("hospital", "year", "bin").agg(rows=table.count())


def stays_by_day(discharges: ir.Table) -> ir.Table:
    """Stays by day of the month of discharge; lazy."""
    table = discharges.select(day=discharges.discharge_date.day().cast("int64"))
    return table.group_by("day").agg(rows=table.count())


def plausible_stay(currency: str) -> tuple[float, float] | None:
    """Least and most that a median stay may cost, in minor units; None where nothing is known."""
    known = plausible_costs().get(currency)
    if known is None:
        return None
    factor = TYPICAL_DAYS * units()[known.unit].minor_per_unit
    return known.least_a_day * factor, known.most_a_day * factor


def unit_alarms(costs: pd.DataFrame, currency: str, minor_per_unit: int = 100) -> list[Alarm]:
    """Medians of total cost out of proportion: of the city, of a hospital's year, between two years.

    Parameters
    ----------
    costs : pandas.DataFrame
        What `costs_by_hospital` gave.
    minor_per_unit : int
        Minor units in one unit of the currency.
    """
    median, span = _median(costs), plausible_stay(currency)
    found = []
    if span is not None and median > 0 and not span[0] <= median <= span[1]:
        told = f"{median / minor_per_unit:,.4g} {currency}"
        en = f"the median stay costs {told}: look at the unit of total_cost in the city file"
        found.append(Alarm(UNIT, en, f"住院总费用中位数为 {told}：请核对城市文件中的金额单位"))
    for hospital, rows in costs.groupby("hospital", sort=True):
        found += _hospital_units(str(hospital), rows, median)
    return found


def _hospital_units(hospital: str, rows: pd.DataFrame, city: float) -> list[Alarm]:
    medians = {
        str(year): _median(part) for year, part in rows.groupby("year") if part["rows"].sum() >= ENOUGH
    }
    found = []
    for year, median in medians.items():
        factor = median / city if city > 0 else 1.0
        if factor > 0 and not 1 / APART < factor < APART:
            en = f"{hospital} in {year}: the median stay costs {factor:.2g} times the city's"
            found.append(Alarm(UNIT, en, f"{hospital} {year} 年：住院总费用中位数为全市的 {factor:.2g} 倍"))
    years = sorted(medians)
    for before, after in zip(years, years[1:], strict=False):
        ratio = medians[after] / medians[before] if medians[before] > 0 else 1.0
        if ratio > 0 and not 1 / JUMP < ratio < JUMP:
            en = f"{hospital}: the median stay of {after} costs {ratio:.2g} times that of {before}"
            found.append(
                Alarm(UNIT, en, f"{hospital}：{after} 年住院总费用中位数为 {before} 年的 {ratio:.2g} 倍")
            )
    return found


def _median(rows: pd.DataFrame) -> float:
    counts = rows.groupby("bin")["rows"].sum()
    labels = [WORDS.get(str(label), str(label)) for label in counts.index]
    return quantile(labels, [int(n) for n in counts], 0.5)


def date_alarms(months: Mapping[str, int], first: str, last: str, days: pd.DataFrame) -> list[Alarm]:
    """Stays far from the span of the files, first and last months cut off, stays heaped on one day.

    Parameters
    ----------
    months : mapping of str to int
        Stays by month.
    first, last : str
        The span.
    days : pandas.DataFrame
        What `stays_by_day` gave.
    """
    found = []
    outside = {month: n for month, n in months.items() if not first <= month <= last}
    if outside:
        told = _months(sorted(outside))
        count = shown(sum(outside.values()))
        en = f"{count} stays lie outside {first} to {last}, in {told}: look at the years"
        found.append(Alarm(DATE, en, f"{count} 例出院日期在 {first} 至 {last} 之外（{told}）：请核对年份"))
    inside = [n for month, n in months.items() if first <= month <= last]
    usual = float(np.median(inside))
    for month, en_word, zh_word in ((first, "first", "首"), (last, "last", "末")):
        if len(inside) > 2 and months[month] < LOW * usual:
            en = f"the {en_word} month {month} holds {months[month] / usual:.0%} of a usual month: cut off?"
            zh = f"{zh_word}月 {month} 仅为平常月份的 {months[month] / usual:.0%}：是否截断？"
            found.append(Alarm(DATE, en, zh))
    total = int(days["rows"].sum())
    top = days.sort_values(["rows", "day"], ascending=[False, True]).iloc[0]
    share = float(top["rows"]) / total
    if share > HEAPED and total >= ENOUGH:
        en = f"{share:.0%} of all discharges fall on day {int(top['day'])} of the month: are the dates real?"
        zh = f"{share:.0%} 的出院日期为每月 {int(top['day'])} 日：日期是否真实？"
        found.append(Alarm(DATE, en, zh))
    return found


def coverage_alarms(states: pd.DataFrame) -> list[Alarm]:
    """Hospitals with months without any stay, and months thin in the whole city."""
    found = []
    for hospital, name, months in gaps(states):
        called = f"{hospital} {name}".strip()
        en = f"{called}: no stay in {len(months)} months between its first and last: {_months(months)}"
        found.append(Alarm(COVERAGE, en, f"{called}：期间有 {len(months)} 个月无数据：{_months(months)}"))
    by_month = states.groupby("month")["rows"].sum()
    usual = float(np.median(by_month))
    inner = sorted(by_month.index)[1:-1]
    thin = [str(month) for month in inner if by_month[month] < LOW * usual]
    if thin:
        en = f"the city sent less than {LOW:.0%} of a usual month in {_months(thin)}"
        found.append(Alarm(COVERAGE, en, f"全市病例数不足平常月份的 {LOW:.0%}：{_months(thin)}"))
    return found


def _months(months: Sequence[str]) -> str:
    more = f" … (+{len(months) - MONTHS_SHOWN})" if len(months) > MONTHS_SHOWN else ""
    return ", ".join(months[:MONTHS_SHOWN]) + more


def drift_alarms(steps: Sequence[Step]) -> list[Alarm]:
    """Columns whose distribution moved by a large step, the largest first."""
    large = sorted((s for s in steps if s.state == "large"), key=lambda s: (-s.index, s.column, s.period))
    found = []
    for step in large:
        known = columns()[step.column]
        index = f"{step.index:.2f}"
        en = f"{step.column} ({known.label_en}) moved from {step.before} to {step.period}: index {index}"
        zh = f"{known.label_zh}（{step.column}）在 {step.before} 至 {step.period} 间分布突变：指数 {index}"
        found.append(Alarm(DRIFT, en, zh))
    return found
