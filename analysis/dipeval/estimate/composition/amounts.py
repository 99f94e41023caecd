"""The amounts of a composition: which parts there are, which rows are known, and whether they add up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from dipeval.errors import DataError, Problem, nearest

REST = "not_itemised"
RESTS = ("refuse", "part", "left_out")
NOT_SENT = "not_sent"
ALL_ZERO = "all_zero"
TOLERANCE = 0.001
STAGE = "composition of cost"


@dataclass(frozen=True)
class Composition:
    """n hospital-periods with D parts; rows whose parts are not all known are NaN throughout.

    Attributes
    ----------
    parts : tuple of str, length D
        In the order of the study; `REST` last where what the parts leave is a part of its own.
    amounts : numpy.ndarray, shape (n, D), float
        Minor units, as they came; not negative.
    shares : numpy.ndarray, shape (n, D)
        Amounts over their sum: each known row sums to 1.
    absent : tuple of (str, str)
        Parts that no row has, with `NOT_SENT` (the format has no such part) or `ALL_ZERO`.
    order : tuple of str
        Present and absent parts in the order of the study.
    unknown, empty : int
        Rows that lack an amount, and rows in which all amounts are zero.
    not_itemised : float
        Share of the total that the parts leave out, over all known rows; NaN without a total.
    left_out : numpy.ndarray, shape (n,)
        The same by row.
    """

    parts: tuple[str, ...]
    amounts: np.ndarray
    shares: np.ndarray
    absent: tuple[tuple[str, str], ...]
    order: tuple[str, ...]
    unknown: int
    empty: int
    not_itemised: float
    left_out: np.ndarray

    @property
    def known(self) -> np.ndarray:
        """Which rows have a composition (n,), bool."""
        return np.isfinite(self.shares).all(axis=1)

    def only(self, rows: np.ndarray) -> Composition:
        """The same, known in some rows (n,), bool, alone."""
        blank = np.where(rows, 0.0, np.nan)[:, None]
        shares, amounts = self.shares + blank, self.amounts + blank
        return replace(self, amounts=amounts, shares=shares, left_out=self.left_out + blank[:, 0])


def read_composition(
    frame: pd.DataFrame,
    parts: Sequence[str],
    *,
    total: str = "",
    rest: str = "refuse",
    tolerance: float = TOLERANCE,
) -> Composition:
    """Read the parts of a total from the columns of one source format.

    Parameters
    ----------
    frame : pandas.DataFrame, shape (n, …)
        Hospital-periods of one format: what a part holds differs between formats.
    parts : sequence of str
        Columns of money; a column that is not there, or empty throughout, is absent.
    total : str
        The column that the parts sum to; empty: whatever they sum to is the total.
    rest : {"refuse", "part", "left_out"}
        What becomes of amounts that the parts do not hold: beyond the tolerance an error, a part of its own,
        or no matter, so that shares are shares of what is itemised.
    tolerance : float
        Largest gap between the parts and the total, as a share of the total, that counts as none.

    Returns
    -------
    Composition
        Cost O(n D).

    Raises
    ------
    DataError
        A negative amount, parts that do not sum to the total, no part at all; with rows and their number.
    """
    if rest not in RESTS:
        raise DataError(STAGE, [Problem("rest", f"{rest!r} is unknown", nearest(rest, RESTS))])
    sent = [part for part in parts if part in frame and frame[part].notna().any()]
    absent = [(part, NOT_SENT) for part in parts if part not in sent]
    amounts = _numbers(frame, sent)
    whole = frame[total].to_numpy(dtype="float64", na_value=np.nan) if total else amounts.sum(axis=1)
    known = np.isfinite(amounts).all(axis=1) & np.isfinite(whole)
    _refuse(_negative(frame, sent, amounts))
    gap = whole - amounts.sum(axis=1)
    _refuse(_gaps(frame, known, gap, whole, total, rest, tolerance))
    names = list(sent)
    if rest == "part" and (gap[known] > tolerance * whole[known]).any():
        amounts, names = np.column_stack([amounts, np.maximum(gap, 0.0)]), [*sent, REST]
    some = (amounts[known] > 0).any(axis=0)
    absent += [(name, ALL_ZERO) for name, there in zip(names, some, strict=True) if not there]
    names, amounts = [name for name, there in zip(names, some, strict=True) if there], amounts[:, some]
    if len(names) < 2:
        what = f"fewer than two parts hold any amount: {', '.join(names) or 'none'}"
        raise DataError(STAGE, [Problem("panel", what, "name at least two parts that this format brings")])
    filled = known & (amounts.sum(axis=1) > 0)
    amounts = np.where(filled[:, None], amounts, np.nan)
    shares = amounts / amounts.sum(axis=1, keepdims=True)
    left = gap[filled].sum() / whole[filled].sum() if total and filled.any() else np.nan
    unknown, empty = int((~known).sum()), int((known & ~filled).sum())
    order = tuple(dict.fromkeys((*parts, *names)))
    by_row = np.full(len(frame), np.nan)
    np.divide(gap, whole, out=by_row, where=filled & (whole > 0))
    return Composition(
        tuple(names), amounts, shares, tuple(absent), order, unknown, empty, float(left), by_row
    )


def _numbers(frame: pd.DataFrame, names: Sequence[str]) -> np.ndarray:
    columns = [frame[name].to_numpy(dtype="float64", na_value=np.nan) for name in names]
    return np.column_stack(columns) if columns else np.empty((len(frame), 0))


def _negative(frame: pd.DataFrame, names: Sequence[str], amounts: np.ndarray) -> list[Problem]:
    """A negative part has no share; reversals belong into cleaning."""
    problems = []
    for name, column in zip(names, amounts.T, strict=True):
        wrong = column < 0
        if wrong.any():
            what, todo = "the amount is negative", "mend the city's data: reversals are taken out by cleaning"
            problems.append(Problem(f"panel, column {name}", what, todo, *_seen(frame, wrong)))
    return problems


def _gaps(
    frame: pd.DataFrame,
    known: np.ndarray,
    gap: np.ndarray,
    whole: np.ndarray,
    total: str,
    rest: str,
    tolerance: float,
) -> list[Problem]:
    """Parts above their total are wrong by any rule but `left_out`; parts below it where they must sum to it."""
    with np.errstate(invalid="ignore"):
        far = tolerance * np.abs(whole)
        above, below = known & (-gap > far), known & (gap > far)
    where, problems = f"panel, column {total}", []
    if above.any() and rest != "left_out":
        what = f"the parts sum to more than {total}, by {_most(gap, whole, above)} at most"
        todo = "name parts that do not overlap (an item and its of-which item are two)"
        problems.append(Problem(where, what, todo, *_seen(frame, above)))
    if below.any() and rest == "refuse":
        what = f"the parts do not sum to {total}: {_most(gap, whole, below)} is missing at most"
        todo = 'name all parts, or write rest = "part" (a part of its own) or rest = "left_out"'
        problems.append(Problem(where, what, todo, *_seen(frame, below)))
    return problems


def _most(gap: np.ndarray, whole: np.ndarray, rows: np.ndarray) -> str:
    size = np.abs(gap[rows]) / np.maximum(np.abs(whole[rows]), 1.0)
    return f"{size.max():.1%}"


def _seen(frame: pd.DataFrame, rows: np.ndarray) -> tuple[tuple[str, ...], int]:
    """Up to five hospital-periods, by their place in the panel, and how many there are."""
    at = np.flatnonzero(rows)
    where = [name for name in ("city", "period") if name in frame]
    shown = [f"row {row + 1}" + "".join(f", {frame[name].iloc[row]}" for name in where) for row in at[:5]]
    return tuple(shown), len(at)


def _refuse(problems: list[Problem]) -> None:
    if problems:
        raise DataError(STAGE, problems)
