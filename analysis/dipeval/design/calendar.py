"""Period labels on a consecutive calendar.

A period is written ``2019-03`` (month), ``2019Q1`` (quarter) or ``2019`` (year, or any running
number). Codes of one frequency are consecutive: the next period is the code plus one.
"""

from __future__ import annotations

import re

MONTH, QUARTER, YEAR = "month", "quarter", "year"
_PATTERNS = {
    MONTH: re.compile(r"(\d{4})-(0[1-9]|1[0-2])"),
    QUARTER: re.compile(r"(\d{4})Q([1-4])"),
    YEAR: re.compile(r"(-?\d+)"),
}
_PER_YEAR = {MONTH: 12, QUARTER: 4, YEAR: 1}


def period_frequency(label: str) -> str:
    """Return ``month``, ``quarter`` or ``year`` (a running number counts as a year).

    Raises
    ------
    ValueError
        The label is none of the three forms.
    """
    for frequency, pattern in _PATTERNS.items():
        if pattern.fullmatch(label):
            return frequency
    raise ValueError(f"{label!r} is not a period: write 2019-03, 2019Q1 or 2019")


def period_code(label: str) -> int:
    """Return the running number of a period within its frequency.

    Parameters
    ----------
    label : str
        For example ``2019-03``, ``2019Q1``, ``2019``.

    Returns
    -------
    int
        Months, quarters or years since year 0.

    Raises
    ------
    ValueError
        The label is none of the three forms.
    """
    frequency = period_frequency(label)
    match = _PATTERNS[frequency].fullmatch(label)
    year = int(match.group(1))
    within = int(match.group(2)) - 1 if frequency != YEAR else 0
    return year * _PER_YEAR[frequency] + within


def period_label(code: int, frequency: str) -> str:
    """Return the label of a running number; the inverse of `period_code`."""
    per_year = _PER_YEAR[frequency]
    year, within = divmod(int(code), per_year)
    if frequency == MONTH:
        return f"{year:04d}-{within + 1:02d}"
    if frequency == QUARTER:
        return f"{year:04d}Q{within + 1}"
    return str(year)
