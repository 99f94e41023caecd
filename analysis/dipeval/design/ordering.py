"""Rows in the order of units and periods, and the calendar that they span."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dipeval.design.calendar import period_code, period_frequency
from dipeval.design.columns import category_codes, comparable, is_plain
from dipeval.design.layout import Layout, lay_out
from dipeval.errors import Problem

MOST_PERIODS = 1_000_000
Parse = Callable[[pd.Series, list[Problem]], tuple[np.ndarray, object]]


@dataclass(frozen=True)
class Ordered:
    """Rows sorted by unit and period.

    Attributes
    ----------
    layout : Layout
        Of running period numbers.
    units : pandas.Index
        Names of the N units, sorted.
    order : numpy.ndarray, shape (n,), int, or None
        Row of the frame behind each row; None where they are the same.
    """

    layout: Layout
    units: pd.Index
    order: np.ndarray | None

    def sort(self, values: np.ndarray) -> np.ndarray:
        """A column of the frame in this order."""
        return values if self.order is None else values[self.order]

    def by_unit(
        self, column: pd.Series, parse: Parse, problems: list[Problem]
    ) -> tuple[np.ndarray, object, np.ndarray]:
        """Read a column that must not change within a unit.

        It is parsed by unit where it is plainly constant. Otherwise it is parsed by row, so that problems
        count rows and two writings of one value are not a change.

        Returns
        -------
        values : numpy.ndarray, shape (N,)
        found : object
            What `parse` returns beside the values.
        changed : numpy.ndarray, int
            Codes of the units in which it changes.
        """
        none, own = np.empty(0, np.int64), []
        starts = self.layout.starts[:-1]
        if self.layout.constant(self.sort(comparable(column))):
            rows = starts if self.order is None else self.order[starts]
            values, found = parse(column.iloc[rows], own)
            if not own:
                return values, found, none
        values, found = parse(column, problems)
        values = self.sort(values)
        return values[starts], found, self.layout.changes(values)


def order_rows(
    column: pd.Series, times: np.ndarray, window: tuple[int, int] | None, problems: list[Problem]
) -> Ordered | None:
    """Sort rows by unit and period and leave out those outside the window.

    Parameters
    ----------
    column : pandas.Series, length n
        Names of the units.
    times : numpy.ndarray, shape (n,), int
    window : tuple of int or None
        First and last period.
    problems : list of Problem
        Receives what is wrong with the names.

    Returns
    -------
    Ordered or None
        None when names are missing or no row is left.

    Notes
    -----
    O(n) for rows that are sorted already, else O(n log n).
    """
    inside = window is None or not len(times) or bool(times.min() >= window[0] and times.max() <= window[1])
    starts = _sorted_starts(column) if inside else None
    if starts is not None:
        layout = lay_out(starts, times)
        if layout.shared is not None or not _falls(layout):
            return Ordered(layout, pd.Index(column.iloc[starts[:-1]].to_numpy()), None)
    codes, names = category_codes(column, problems)
    if problems or not len(times):
        return None
    kept = None if inside else np.flatnonzero((times >= window[0]) & (times <= window[1]))
    if kept is not None:
        codes, times = codes[kept], times[kept]
    if not len(times):
        problems.append(Problem("periods", "leave no row of the panel", "check the calendar of the study"))
        return None
    key = codes * (times.max() - times.min() + 1) + (times - times.min())
    order = kept
    if (key[1:] < key[:-1]).any():
        by_key = np.argsort(key, kind="stable")
        order = by_key if kept is None else kept[by_key]
        codes, times = codes[by_key], times[by_key]
    first = np.flatnonzero(np.r_[True, codes[1:] != codes[:-1]])
    return Ordered(lay_out(np.r_[first, len(codes)], times), names[codes[first]], order)


def _sorted_starts(column: pd.Series) -> np.ndarray | None:
    """First rows of the units (N + 1,) of a column of whole numbers that is sorted, else None."""
    if not (is_plain(column) and column.dtype.kind == "i" and len(column)):
        return None
    values = column.to_numpy()
    width = int(np.argmax(values != values[0])) or len(values)
    if len(values) % width == 0:
        table = values.reshape(-1, width)
        if (table == table[:, :1]).all() and (table[1:, 0] > table[:-1, 0]).all():
            return np.arange(len(table) + 1) * width
    if (values[1:] < values[:-1]).any():
        return None
    return np.r_[0, np.flatnonzero(values[1:] != values[:-1]) + 1, len(values)]


def _falls(layout: Layout) -> bool:
    """Whether a period is followed by an earlier one within a unit."""
    falling = layout.own[1:] < layout.own[:-1]
    falling[layout.starts[1:-1] - 1] = False
    return bool(falling.any())


def seen_calendar(layout: Layout, problems: list[Problem]) -> tuple[int, int]:
    """First and last period that is seen; periods must not all be several apart."""
    if layout.shared is not None:
        seen = layout.shared
    else:
        low, high = int(layout.own.min()), int(layout.own.max())
        dense = high - low < MOST_PERIODS
        seen = low + np.flatnonzero(np.bincount(layout.own - low)) if dense else np.unique(layout.own)
    step = int(np.gcd.reduce(np.diff(seen))) if len(seen) > 1 else 1
    if step > 1:
        todo = "number the periods 1, 2, 3 … (and the cohorts with them)"
        problems.append(Problem("panel", f"all periods are {step} apart", todo, count=len(seen)))
    return int(seen[0]), int(seen[-1])


def declared_calendar(
    frequency: str | None, periods: Sequence[str] | None, problems: list[Problem]
) -> tuple[int, int] | None:
    """First and last period of a declared calendar; None where none is declared or it is wrong."""
    if periods is None:
        return None
    try:
        codes = [period_code(str(label)) for label in periods]
        frequencies = {period_frequency(str(label)) for label in periods} | ({frequency} - {None})
    except ValueError as fault:
        problems.append(Problem("periods", str(fault), "write 2019-03, 2019Q1 or 2019"))
        return None
    if not codes or len(frequencies) > 1 or codes != list(range(codes[0], codes[0] + len(codes))):
        evidence = tuple(str(label) for label in periods[:5])
        todo = "list every period once, in order, in the frequency of the panel"
        problems.append(Problem("periods", "are not consecutive periods", todo, evidence, len(periods)))
        return None
    return codes[0], codes[-1]
