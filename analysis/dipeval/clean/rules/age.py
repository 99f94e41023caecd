"""Ages: in years, whatever their unit, and checked against the date of birth.

An age of 3 with the unit months is a quarter of a year, not three years. Newborns are stated in days
and months, people above a hundred as years beyond it: read as years, a day-old child would be one
year old and a person of 104 would be four.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...study.grammar import Key
from ..rule import FIX, FLAG, Rule, Setting, has

if TYPE_CHECKING:
    import ibis.expr.types as ir

MONTHS_A_YEAR = 12.0
DAYS_A_YEAR = 365.25
CENTURY = 100.0


def age_in_years(age: ir.NumericValue, unit: ir.StringValue) -> ir.FloatingValue:
    """State an age in years, as a lazy expression.

    Parameters
    ----------
    age : ibis numeric expression
        Whole or fractional number of units.
    unit : ibis string expression
        ``years``, ``months``, ``days``, ``over_hundred_years`` (years beyond a hundred) or ``unknown``,
        as in the vocabulary's column ``age_unit``.

    Returns
    -------
    ibis float64 expression
        NULL where the age is, and where the unit is unknown or missing: without a unit an age is a
        guess.
    """
    number = age.cast("float64")
    return unit.cases(
        ("years", number),
        ("months", number / MONTHS_A_YEAR),
        ("days", number / DAYS_A_YEAR),
        ("over_hundred_years", number + CENTURY),
    )


def with_years(table: ir.Table, setting: Setting) -> ir.Table:
    """Put ages into years; the unit goes, and ``stated_age_unit`` keeps it for the ledger."""
    if "age_unit" not in table.columns or "age" not in table.columns:
        return table
    years = table.mutate(age=age_in_years(table.age, table.age_unit), stated_age_unit=table.age_unit)
    return years.drop("age_unit")


def is_in_other_unit(table: ir.Table, setting: Setting) -> ir.BooleanValue | None:
    """Stays whose age was stated in another unit than years, or in none."""
    if "stated_age_unit" not in table.columns:
        return None
    return (table.stated_age_unit != "years").fill_null(True)


AGE_IN_YEARS = Rule(
    "age_in_years",
    "age in years, whatever unit it is stated in; without a unit there is no age",
    "年龄统一换算为岁；单位缺失则年龄缺失",
    FIX,
    "DATASUS, SIH/SUS, fields IDADE and COD_IDADE",
    is_in_other_unit,
)


def completed_years(birth: ir.DateValue, day: ir.DateValue) -> ir.IntegerValue:
    """Birthdays between two dates, as a lazy expression; one born on 29 February has it on 1 March.

    Source: 年龄 of the inpatient front page is the age in completed years (周岁).
    """
    before = (day.month() * 100 + day.day()) < (birth.month() * 100 + birth.day())
    return day.year().cast("int64") - birth.year().cast("int64") - before.cast("int64")


def is_other_age(table: ir.Table, setting: Setting) -> ir.BooleanValue | None:
    """Stays whose stated age is not the one that the date of birth gives on the day of admission."""
    if not has(table, "age", "birth_date", "admission_date"):
        return None
    years = completed_years(table.birth_date, table.admission_date)
    # Ages below one year come as fractions: 0.25 and 0 completed years agree.
    apart = (table.age.floor() - years).abs()
    return (apart > setting.value(AGE_AGAINST_BIRTH, "years")).fill_null(False)


AGE_AGAINST_BIRTH = Rule(
    "age_against_birth",
    "age agrees with the date of birth",
    "年龄与出生日期一致",
    FLAG,
    "quality rules of the inpatient front page: 出生日期 ≤ 入院日期; age in completed years",
    is_other_age,
    shows=("age", "admission_date"),
    optional=True,
    settings={
        "years": Key(
            "integer", default=1, low=0, high=20, doc="how far they may be apart (虚岁 counts one more)"
        )
    },
)
