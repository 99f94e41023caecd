"""Ages that come as a number and a unit, in years.

What: an age of 3 with the unit months is a quarter of a year, not three years.
Why: newborns are stated in days and months, people above a hundred as years beyond it; read as
years, a day-old child would be one year old and a person of 104 would be four.
Source: DATASUS, SIH/SUS, fields IDADE and COD_IDADE; the Chinese front page states ages below one
year in months and days in fields of their own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

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
