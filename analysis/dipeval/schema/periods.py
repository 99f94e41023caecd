"""Period labels and the days they cover: ``2019``, ``2019Q1``, ``2019-03``."""

from __future__ import annotations

import calendar
import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ibis.expr.types as ir


def frequency_of(label: str) -> str:
    """``year``, ``quarter`` or ``month``: which of them a label is one of."""
    if "Q" in label:
        return "quarter"
    return "month" if "-" in label else "year"


def first_day(label: str) -> datetime.date:
    """The first day of a period."""
    return datetime.date(int(label[:4]), _months(label)[0], 1)


def last_day(label: str) -> datetime.date:
    """The last day of a period."""
    year, month = int(label[:4]), _months(label)[1]
    return datetime.date(year, month, calendar.monthrange(year, month)[1])


def label_of(day: datetime.date, frequency: str) -> str:
    """Label of the period that a day lies in."""
    if frequency == "month":
        return f"{day.year:04d}-{day.month:02d}"
    return f"{day.year:04d}" if frequency == "year" else f"{day.year:04d}Q{(day.month + 2) // 3}"


def _months(label: str) -> tuple[int, int]:
    frequency = frequency_of(label)
    if frequency == "year":
        return 1, 12
    if frequency == "month":
        return int(label[5:7]), int(label[5:7])
    last = 3 * int(label[5])
    return last - 2, last


def period_label(dates: ir.DateValue, frequency: str) -> ir.StringValue:
    """Label the period of each date, as a lazy expression.

    Parameters
    ----------
    dates : ibis date expression
    frequency : {"month", "quarter", "year"}
    """
    if frequency == "month":
        return dates.strftime("%Y-%m")
    year = dates.year().cast("string")
    return year if frequency == "year" else year + "Q" + dates.quarter().cast("string")


def label_days(labels: ir.StringValue) -> ir.DateValue:
    """The first day of each label, as a lazy expression; NULL where the label is none."""
    import ibis

    month = ibis.cases(
        (labels.length() == 4, "01"),
        (labels.contains("Q"), (labels.substr(5, 1).try_cast("int64") * 3 - 2).cast("string").lpad(2, "0")),
        else_=labels.substr(5, 2),
    )
    return (labels.substr(0, 4) + "-" + month + "-01").try_cast("date")


def months_between(first: str, last: str) -> list[str]:
    """Labels of all months from one to another, inclusive."""
    begin, end = (12 * int(label[:4]) + int(label[5:7]) - 1 for label in (first, last))
    return [f"{month // 12:04d}-{month % 12 + 1:02d}" for month in range(begin, end + 1)]
