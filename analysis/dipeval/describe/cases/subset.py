"""A subset of cases (loss-making, of low ratio …) by one dimension: composition, rate within levels, amounts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from dipeval.describe.cases.tally import HOLDERS, gathered, tallied
from dipeval.errors import DataError, Problem
from dipeval.panel.aggregation import MICRO, integer_value
from dipeval.vocabulary import columns

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from dipeval.store.contract import TableEngine

STAGE = "describe cases"
MISSING = "missing"
OTHER = "other"
INSIDE = "inside_"
BY_CASES, BY_LEVELS = "cases", "levels"
ORDERS = (BY_CASES, BY_LEVELS)
"""Never by an amount: the place of a bar that is held back would bound it between its neighbours."""


@dataclass(frozen=True)
class SubsetTable:
    """The subset by level, in the order shown.

    Attributes
    ----------
    frame : pandas.DataFrame
        ``level``, ``cases`` (of the subset), ``share`` (of the subset), ``cumulative``, ``all_cases`` (of the
        level, in the subset or not), ``rate`` (``cases / all_cases``), ``amount``, ``amount_share``,
        ``amount_cumulative`` (major units; NaN without an amount), and for each of ``cases``, ``all_cases`` and
        the cumulative numbers whose cases they are: ``largest_share``, ``all_share``, ``cumulative_share``.
        The last row is `OTHER` where levels were put together, and before it `MISSING` where there is one.
    total : pandas.Series
        The same for all levels.
    folded : tuple of str
        Levels that `OTHER` stands for.
    amount_missing : int
        Cases of the subset whose amount is not known.
    mixed_signs : bool
        Whether amounts above and below zero meet, so that shares of them say nothing and are NaN.
    """

    frame: pd.DataFrame
    total: pd.Series
    folded: tuple[str, ...]
    amount_missing: int
    mixed_signs: bool

    @property
    def compared(self) -> pd.DataFrame:
        """``cases`` and ``all_cases`` of the levels that tests compare: those shown, with a case, and not missing."""
        known = self.frame[(self.frame["level"] != MISSING) & (self.frame["all_cases"] > 0)]
        return known.set_index("level")[["cases", "all_cases"]]


def subset_table(
    engine: TableEngine,
    cases: ir.Table,
    dimension: str,
    levels: Sequence[str],
    *,
    amount: str = "",
    top: int = 0,
    order: str = BY_CASES,
    minor_per_unit: int = 100,
) -> SubsetTable:
    """Describe the cases that are `INSIDE` by the levels of one dimension.

    Parameters
    ----------
    engine : TableEngine
    cases : ibis table
        With the column `dimension`, the flag `INSIDE`, ``city``, ``hospital`` and the amount.
    dimension : str
    levels : sequence of str
        All levels in their order.
    amount : str
        Column of money or numbers that is added up over the subset.
    top : int
        How many levels are shown by themselves, 0 for all; `MISSING` always is, and all are where they have an order.
    order : {"cases", "levels"}
        The most frequent first, or in the order of `levels`.
    minor_per_unit : int

    Raises
    ------
    DataError
        If no case is in the subset.

    Notes
    -----
    Cost: one pass; Python sees a row for each level and hospital.
    """
    inside = cases[INSIDE].fill_null(False)
    sums = {"cases": inside.cast("int64")}
    if amount:
        sums |= _amounts(cases, inside, amount)
    tally = tallied(engine, cases, [dimension], sums)
    scale = _scale(amount, minor_per_unit)
    if not tally["cases"].sum():
        todo = "mend `where`, or leave this description out"
        raise DataError(STAGE, [Problem("subset", "holds no case", todo)])
    by_level = gathered(tally, [dimension], "cases").reindex(list(levels), fill_value=0)
    shown, folded = _shown(by_level, list(levels), top, order)
    named = tally.assign(**{dimension: tally[dimension].where(~tally[dimension].isin(folded), OTHER)})
    at = named[dimension]
    parts = [(named[at.isin(shown[: k + 1])], named[at == level], level) for k, level in enumerate(shown)]
    frame = pd.DataFrame([_row(*part) for part in parts])
    total = pd.Series(_row(tally, tally, ""))
    mixed = bool(amount) and int(tally["above"].sum()) > 0 > int(tally["below"].sum())
    missing = int(tally["cases"].sum() - tally["known"].sum()) if amount else 0
    made = _with_shares(frame, total, amount, scale, mixed)
    total = _with_shares(total.to_frame().T, total, amount, scale, mixed).iloc[0]
    return SubsetTable(made, total, tuple(folded), missing, mixed)


def _amounts(cases: ir.Table, inside: ir.BooleanValue, amount: str) -> dict[str, ir.IntegerValue]:
    """Sums of the amounts, of those above and of those below zero, and how many are known."""
    import ibis

    value = ibis.ifelse(inside, integer_value(cases, columns()[amount]), None)
    zero = ibis.literal(0, "int64")
    return {
        "amount": value,
        "above": ibis.greatest(value, zero),
        "below": ibis.least(value, zero),
        "known": value.notnull().cast("int64"),
    }


def _scale(amount: str, minor_per_unit: int) -> float:
    kind = columns()[amount].kind if amount else ""
    return {"money": 1 / minor_per_unit, "number": 1 / MICRO}.get(kind, 1.0)


def _shown(by_level: pd.DataFrame, levels: list[str], top: int, order: str) -> tuple[list[str], list[str]]:
    """Levels in the order shown, and those put together as `OTHER`; empty ones last of equals."""
    known = [level for level in levels if level != MISSING]
    if order == BY_CASES:
        known.sort(key=lambda level: -int(by_level.at[level, "cases"]))
    folds = order == BY_CASES and 0 < top < len(known) - 1
    shown, folded = (known[:top], known[top:]) if folds else (known, [])
    last = [MISSING] if MISSING in levels else []
    return [*shown, *last, *([OTHER] if folded else [])], folded


def _row(upto: pd.DataFrame, here: pd.DataFrame, level: str) -> dict[str, object]:
    """Sums of one level, and of all levels up to it."""
    row: dict[str, object] = {"level": level}
    row |= {"cases": int(here["cases"].sum()), "largest_share": _largest(here, "cases")}
    row |= {"all_cases": int(here["n"].sum()), "all_share": _largest(here, "n")}
    row |= {"cumulative_cases": int(upto["cases"].sum()), "cumulative_share": _largest(upto, "cases")}
    if "amount" in here:
        row |= {"amount": int(here["amount"].sum()), "amount_cumulative": int(upto["amount"].sum())}
        row |= {"amount_cases": int(here["known"].sum()), "amount_largest": _largest(here, "known")}
    return row


def _largest(part: pd.DataFrame, counted: str) -> float:
    by_hospital = part.groupby(list(HOLDERS))[counted].sum()
    total = int(by_hospital.sum())
    return float(by_hospital.max() / total) if total else np.nan


def _with_shares(
    frame: pd.DataFrame, total: pd.Series, amount: str, scale: float, mixed: bool
) -> pd.DataFrame:
    whole = int(total["cases"])
    every = frame["all_cases"].astype("float64")
    made = frame.assign(
        share=frame["cases"].astype("float64") / whole,
        cumulative=frame["cumulative_cases"].astype("float64") / whole,
        rate=frame["cases"].astype("float64") / every.where(every > 0),
    )
    if not amount:
        return made
    sums = {name: frame[name].astype("float64") for name in ("amount", "amount_cumulative")}
    added = np.nan if mixed or not total["amount"] else float(total["amount"])
    return made.assign(
        amount=sums["amount"] * scale,
        amount_share=sums["amount"] / added,
        amount_cumulative=sums["amount_cumulative"] / added,
    )
