"""The waist of the hourglass: one row a hospital-period, in integers, with the ledger of what was lost.

Below it everything is a lazy table on an engine; above it everything is a small frame or an array.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import pandas as pd

from ..errors import DataError, Problem
from ..ledger import Ledger
from ..vocabulary import columns

KEY = ("city", "hospital", "period")
FREQUENCIES = {"month": r"\d{4}-(0[1-9]|1[0-2])", "quarter": r"\d{4}Q[1-4]", "year": r"\d{4}"}
SOURCES = ("discharges", "panel")
INTEGER_KINDS = ("money", "count", "days", "flag")


@dataclass(frozen=True)
class HospitalPanel:
    """Hospitals by periods.

    Attributes
    ----------
    frame : pandas.DataFrame, shape (hospital-periods, columns)
        Sorted by city, hospital and period, each of them once. Besides these three (text):

        attributes (text or missing)
            ``level``, ``hospital_name``, ``source_format`` … as in the hospital's first period.
        ``discharges`` (int64)
            Stays in the period.
        sums (int64, nullable Int64 where a format or a stay lacks the column)
            Money in minor units (fen, Rappen, centavos), ``care_days``, ``deaths``. A sum is missing
            as soon as one of its stays lacks the amount: a partial sum would be a wrong number.
        ``log_<column>`` (int64)
            Sum of round(ln(amount in minor units) · 1e9) over the stays with an amount above zero;
            ``n_log_<column>`` counts these stays.
        numbers (float64)
            ``age`` is a sum; ``n_<column>`` counts the stays with a value, where some lack it.
    frequency : {"month", "quarter", "year"}
        What a period is; labels are ``2019-03``, ``2019Q1``, ``2019``.
    currency : str
        ``CNY``, ``CHF`` or ``BRL``.
    source : {"discharges", "panel"}
        Whether the rows were summed here, or came summed from a report.
    ledger : Ledger
        Where rows and hospitals went on the way.

    Raises
    ------
    DataError
        If a hospital-period stands twice, or a key is missing or malformed.
    ValueError
        If the frame is unsorted or money is not whole: a mistake of the caller, not of the data.
    """

    frame: pd.DataFrame
    frequency: str
    currency: str
    source: str
    ledger: Ledger

    def __post_init__(self) -> None:
        if self.frequency not in FREQUENCIES or self.source not in SOURCES:
            raise ValueError(f"unknown frequency {self.frequency!r} or source {self.source!r}")
        absent = [name for name in (*KEY, "discharges") if name not in self.frame.columns]
        if absent:
            raise ValueError(f"a panel needs the columns {absent}")
        problems = [*_key_problems(self.frame, self.frequency), *_twice(self.frame, self.frequency)]
        if problems:
            raise DataError("build panel", problems)
        _check_form(self.frame)

    @classmethod
    def from_frame(
        cls, frame: pd.DataFrame, *, frequency: str, currency: str, source: str, ledger: Ledger
    ) -> HospitalPanel:
        """Sort `frame` by its key, put the key first, and validate it.

        Parameters
        ----------
        frame : pandas.DataFrame
            Rows in any order; not changed.

        Raises
        ------
        DataError, ValueError
            As the class.
        """
        known = [name for name in KEY if name in frame.columns]
        rest = [name for name in frame.columns if name not in KEY]
        ordered = frame[known + rest].sort_values(known, kind="stable").reset_index(drop=True)
        return cls(ordered, frequency, currency, source, ledger)

    @property
    def hospitals(self) -> int:
        """How many hospitals there are, counted within cities."""
        return int(self.frame.groupby(["city", "hospital"]).ngroups)

    @property
    def periods(self) -> list[str]:
        """Period labels that occur, in order."""
        return sorted(self.frame["period"].unique())


def _key_problems(frame: pd.DataFrame, frequency: str) -> list[Problem]:
    """Keys that are missing, and labels that are no period of the panel's frequency."""
    problems = []
    for name in KEY:
        count = int((frame[name].isna() | (frame[name].astype(str).str.len() == 0)).sum())
        if count:
            todo = f"give every row its {name}"
            problems.append(Problem(f"panel, column {name}", "is empty", todo, (), count))
    form = re.compile(FREQUENCIES[frequency])
    wrong = sorted({str(p) for p in frame["period"].dropna() if not form.fullmatch(str(p))})
    if wrong:
        what = f"holds labels that are no {frequency}"
        todo = "mend the labels or the frequency"
        problems.append(Problem("panel, column period", what, todo, tuple(wrong[:5]), len(wrong)))
    return problems


def _twice(frame: pd.DataFrame, frequency: str) -> list[Problem]:
    """A hospital-period that stands more than once: which of the two would be right?"""
    repeated = frame.loc[frame.duplicated(list(KEY), keep=False), list(KEY)].drop_duplicates()
    if repeated.empty:
        return []
    shown = [" / ".join(map(str, key)) for key in repeated.sort_values(list(KEY)).values]
    return [
        Problem(
            "panel",
            f"a hospital-{frequency} twice",
            "keep one row of each, or give the hospitals different codes",
            tuple(shown[:5]),
            len(shown),
        )
    ]


def _check_form(frame: pd.DataFrame) -> None:
    """Rows are in order and whole amounts are integers: what the floors above rely on."""
    keys = frame[list(KEY)]
    if not keys.equals(keys.sort_values(list(KEY), kind="stable").reset_index(drop=True)):
        raise ValueError("panel rows must be sorted by their key; use HospitalPanel.from_frame")
    whole = [name for name, column in columns().items() if column.kind in INTEGER_KINDS and name in frame]
    whole += [name for name in frame.columns if name.startswith(("log_", "n_log_"))]
    fractional = [name for name in whole if not pd.api.types.is_integer_dtype(frame[name])]
    if fractional:
        raise ValueError(f"panel columns must be whole numbers (int64 or Int64): {fractional}")
