"""Amounts in another unit than declared: the run stops and says where, or the stays are marked."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from ..errors import EVIDENCE_SHOWN, DataError, Problem
from ..schema.unit_spans import plain_unit
from ..vocabulary import plausible_costs, units
from .amount_levels import DAY, TOTAL, Alarm, alarms, levels_of, summed_levels
from .rule import Setting
from .rules.stays import with_stays
from .rules.unit_alarm import MARK, STOP, UNIT_ALARM

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from ..store.contract import TableEngine


def with_unit_alarm(
    engine: TableEngine, typed: ir.Table, setting: Setting
) -> tuple[ir.Table, tuple[str, ...]]:
    """Look at the size of the amounts of every hospital and year.

    Parameters
    ----------
    typed : ibis table
        Kept in the engine.

    Returns
    -------
    table : ibis table
        With ``is_alarmed``, unless the city switched the rule off. Cost: one pass, no sort.
    warnings : tuple of str
        What was found, where the city asks to mark it only.

    Raises
    ------
    DataError
        One problem a column, with hospitals, years, their typical amounts and the unit that fits best.
    """
    import ibis

    if not setting.is_on(UNIT_ALARM) or TOTAL not in typed.columns:
        return typed, ()
    sums = engine.to_frame(summed_levels(with_stays(typed, setting)))
    levels = levels_of(sums, setting.value(UNIT_ALARM, "fewest"))
    found = alarms(levels, _span(setting), setting.value(UNIT_ALARM, "decades"))
    if not found:
        return typed.mutate(is_alarmed=ibis.literal(False)), ()
    a_day = DAY in levels
    problems = [
        _problem(list(group), setting, a_day) for _, group in groupby(found, key=lambda alarm: alarm.column)
    ]
    if setting.value(UNIT_ALARM, "action") == STOP:
        raise DataError(f"clean {setting.city.name}", problems)
    keys = sorted({f"{alarm.year}|{alarm.hospital}" for alarm in found})
    key = typed.discharge_date.year().cast("string") + "|" + typed.hospital
    marked = typed.mutate(is_alarmed=key.isin(keys).fill_null(False))
    return marked, tuple(f"{problem.where}: {problem.what}" for problem in problems)


def _span(setting: Setting) -> tuple[float, float] | None:
    """What a day costs in the city's currency, least and most, as levels of minor units."""
    found = plausible_costs().get(units()[plain_unit(setting.city, setting.source, TOTAL)].currency)
    if found is None:
        return None
    minor = units()[found.unit].minor_per_unit
    return math.log10(found.least_a_day * minor), math.log10(found.most_a_day * minor)


def _problem(group: Sequence[Alarm], setting: Setting, a_day: bool) -> Problem:
    """All hospital-years in which one column lies away."""
    column, first = group[0].column, group[0]
    declared = plain_unit(setting.city, setting.source, column)
    factor = 10 ** round(first.apart)
    share = column != TOTAL
    usual = "the usual share of the total" if share else "the usual amount"
    what = (
        f"the amounts of {len(group)} hospital-year{'s' if len(group) > 1 else ''} are about {factor:,.4g}"
        f" times {usual} under the declared unit {declared}"
    )
    shown = tuple(_told(alarm, declared, share, a_day) for alarm in group[:EVIDENCE_SHOWN])
    todo = (
        f"{_fitting(first.apart, declared)}; look at the file, then declare its unit in"
        f" cities/{setting.city.name}.toml ([units], [[files]] units or [[other_units]]), or mark the stays"
        f' with [rules.unit_alarm] action = "{MARK}"'
    )
    return Problem(f"{setting.city.name}, column {column}", what, todo, shown, len(group))


def _told(alarm: Alarm, declared: str, share: bool, a_day: bool) -> str:
    """A hospital-year with its typical amount (geometric mean) and the usual one."""
    minor = 1 if share else units()[declared].minor_per_unit
    kind = " of the total" if share else f" {declared}{' a day' if a_day else ''}"
    typical, usual = 10**alarm.level / minor, 10**alarm.usual / minor
    where = f"hospital {alarm.hospital}, {alarm.year}"
    return f"{where}: typically {typical:,.4g}{kind} in {alarm.stays:,} stays, usual are {usual:,.4g}"


def _fitting(apart: float, declared: str) -> str:
    """The unit of the currency under which the amounts would lie nearest to the usual."""
    own = units()[declared]
    # Amounts of another unit, read under the declared one, lie by the ratio of the two too high.
    gaps = {
        name: abs(apart - math.log10(own.minor_per_unit / unit.minor_per_unit))
        for name, unit in units().items()
        if unit.currency == own.currency and name != declared
    }
    if not gaps or min(gaps.values()) > 1.0:
        return "no known unit fits"
    return f"nearest unit: {min(sorted(gaps), key=lambda name: gaps[name])}"
