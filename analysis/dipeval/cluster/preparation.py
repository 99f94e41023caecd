"""From columns as they are to points whose distances mean something: transformation, scale, missing values.

Nothing is chosen silently: a missing value without a rule, a constant column or an amount without a logarithm stops
the run; one row that makes most of a column's spread is said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dipeval.errors import DataError, Problem

STAGE = "prepare for clustering"
TRANSFORMS = ("none", "log", "log_plus_one", "clr")
SCALES = ("standardise", "robust", "range", "none")
MISSING_RULES = ("drop", "median")
MAD_TO_SD = 1.4826
"""Median absolute deviation of a normal variable, to its standard deviation."""
DOMINATES = 0.25
"""Part of a variable's sum of squares above which one row is named as dominating it."""
LIKE_ROWS = 5.0
"""… and, in few rows, how many times its even part it must have."""


@dataclass(frozen=True)
class Variable:
    """One column of what is clustered.

    Attributes
    ----------
    name : str
    transform : {"none", "log", "log_plus_one", "clr"}
        ``clr``: all variables that say so are parts of one whole, as logarithms over their geometric mean.
    scale : {"standardise", "robust", "range", "none"}
        Mean and standard deviation (over n), median and median absolute deviation times 1.4826, or lowest value and
        range.
    label_en, label_zh : str
    """

    name: str
    transform: str = "none"
    scale: str = "standardise"
    label_en: str = ""
    label_zh: str = ""


@dataclass(frozen=True)
class Prepared:
    """Points ready for distances.

    Attributes
    ----------
    points : ndarray, shape (n, p)
    variables : tuple of Variable, length p
    kept : ndarray of bool, shape (rows,)
        Rows that became points.
    centre, spread : ndarray, shape (p,)
        What was taken off the transformed values, and what they were divided by.
    remarks : tuple of (str, str)
        In English and Chinese: what was filled, left out, or dominates.
    """

    points: np.ndarray
    variables: tuple[Variable, ...]
    kept: np.ndarray
    centre: np.ndarray
    spread: np.ndarray
    remarks: tuple[tuple[str, str], ...] = ()


def prepare(
    values: np.ndarray, variables: Sequence[Variable], missing: str = "", zero_part: float | None = None
) -> Prepared:
    """Transform and scale columns.

    Parameters
    ----------
    values : ndarray, shape (rows, p)
        NaN where a value is missing.
    variables : sequence of Variable, length p
    missing : {"", "drop", "median"}
        What is done with rows that lack a value; empty: none may.
    zero_part : float, optional
        Share that stands for parts of zero before ``clr``, the others giving way in proportion
        (multiplicative replacement); without it a zero part is an error.

    Returns
    -------
    Prepared

    Raises
    ------
    DataError
        With all problems: infinite values, missing ones without a rule, amounts without a logarithm,
        columns that are constant or without a robust spread, fewer than two rows.

    Notes
    -----
    Cost O(rows · p log rows) with medians. Sources: Aitchison, The statistical analysis of compositional data
    (1986), for the log-ratio; Martín-Fernández et al., Mathematical Geology 35 (2003), for zeros.
    """
    values = np.asarray(values, dtype=np.float64)
    _refuse_words(variables, missing)
    _refuse_values(values, variables, missing)
    there = ~np.isnan(values)
    kept = there.all(axis=1) if missing == "drop" else np.ones(len(values), dtype=bool)
    remarks = _missing_remarks(there, kept, missing)
    if missing == "median" and not there.all():
        values = np.where(there, values, np.nanmedian(values, axis=0))
    rows = values[kept]
    if len(rows) < 2:
        raise DataError(STAGE, [Problem("rows", f"{len(rows)} are left", "take more cases or fewer columns")])
    moved = _transformed(rows, variables, zero_part)
    centre, spread = _scales(moved, variables)
    points = (moved - centre) / spread
    return Prepared(
        points, tuple(variables), kept, centre, spread, (*remarks, *_dominating(points, variables))
    )


def _refuse_words(variables: Sequence[Variable], missing: str) -> None:
    problems = []
    for v in variables:
        for word, known in ((v.transform, TRANSFORMS), (v.scale, SCALES)):
            if word not in known:
                problems.append(Problem(v.name, f"'{word}' is not known", f"one of: {', '.join(known)}"))
    if missing and missing not in MISSING_RULES:
        problems.append(
            Problem("missing", f"'{missing}' is not known", f"one of: {', '.join(MISSING_RULES)}")
        )
    if sum(v.transform == "clr" for v in variables) == 1:
        problems.append(Problem("clr", "one part alone is no composition", "name all parts of the whole"))
    if problems:
        raise DataError(STAGE, problems)


def _refuse_values(values: np.ndarray, variables: Sequence[Variable], missing: str) -> None:
    problems = []
    for column, v in zip(values.T, variables, strict=True):
        lacking, endless = int(np.isnan(column).sum()), int(np.isinf(column).sum())
        if endless:
            problems.append(Problem(v.name, "holds infinite values", "correct the column", (), endless))
        if lacking and not missing:
            rule = 'write missing = "drop" or "median"'
            problems.append(Problem(v.name, f"is missing in {lacking} rows", rule, (), lacking))
        if lacking == len(column):
            problems.append(Problem(v.name, "has no value at all", "leave the column out"))
        known = column[~np.isnan(column)]
        if v.transform == "log" and np.any(known <= 0):
            todo = 'write "log_plus_one", or leave such rows out'
            count = int(np.sum(known <= 0))
            problems.append(Problem(v.name, "has no logarithm where it is 0 or less", todo, (), count))
        if v.transform in ("log_plus_one", "clr") and np.any(known < 0):
            count = int(np.sum(known < 0))
            problems.append(Problem(v.name, "is below 0", "leave such rows out", (), count))
    if problems:
        raise DataError(STAGE, problems)


def _missing_remarks(there: np.ndarray, kept: np.ndarray, missing: str) -> list[tuple[str, str]]:
    if there.all():
        return []
    if missing == "drop":
        n = int((~kept).sum())
        counted = "1 row with a missing value is" if n == 1 else f"{n} rows with a missing value are"
        return [(f"{counted} left out.", f"剔除含缺失值的记录{n}条。")]
    n = int((~there).sum())
    counted = "1 missing value is" if n == 1 else f"{n} missing values are"
    return [(f"{counted} filled with the median.", f"以中位数填补缺失值{n}个。")]


def _transformed(rows: np.ndarray, variables: Sequence[Variable], zero_part: float | None) -> np.ndarray:
    moved = rows.copy()
    parts = [j for j, v in enumerate(variables) if v.transform == "clr"]
    if parts:
        moved[:, parts] = centred_log_ratios(rows[:, parts], zero_part)
    for j, v in enumerate(variables):
        if v.transform == "log":
            moved[:, j] = np.log(rows[:, j])
        elif v.transform == "log_plus_one":
            moved[:, j] = np.log1p(rows[:, j])
    return moved


def centred_log_ratios(parts: np.ndarray, zero_part: float | None = None) -> np.ndarray:
    """Logarithms of parts over the geometric mean of all parts of their row.

    Parameters
    ----------
    parts : ndarray, shape (n, d)
        Not below 0; rows need not add up to 1.
    zero_part : float, optional
        As in :func:`prepare`.

    Returns
    -------
    ndarray, shape (n, d)
        Rows add up to 0.

    Raises
    ------
    DataError
        If a row has nothing, or a zero part and no replacement.
    """
    total = parts.sum(axis=1, keepdims=True)
    zero = parts == 0
    problems = []
    if np.any(total == 0):
        count = int(np.sum(total == 0))
        problems.append(Problem("parts", "add up to 0", "leave such rows out", (), count))
    if zero.any() and zero_part is None:
        todo = "write zero_part (a small share, like 0.001), or put the part together with another"
        problems.append(Problem("parts", "are 0 and have no logarithm", todo, (), int(zero.sum())))
    if zero_part is not None and not 0 < zero_part < 1 / parts.shape[1]:
        problems.append(Problem("zero_part", f"is {zero_part}", "write a share below that of an even part"))
    if problems:
        raise DataError(STAGE, problems)
    shares = parts / total
    if zero.any():
        shares = np.where(zero, zero_part, shares * (1 - zero_part * zero.sum(axis=1, keepdims=True)))
    logs = np.log(shares)
    return logs - logs.mean(axis=1, keepdims=True)


def _scales(moved: np.ndarray, variables: Sequence[Variable]) -> tuple[np.ndarray, np.ndarray]:
    centre, spread, problems = np.zeros(len(variables)), np.ones(len(variables)), []
    for j, v in enumerate(variables):
        # Sums over sorted values do not depend on the order of the rows.
        column = np.sort(moved[:, j])
        if column[0] == column[-1]:
            problems.append(Problem(v.name, "is constant and parts nothing", "leave it out"))
        elif v.scale == "standardise":
            centre[j], spread[j] = column.mean(), column.std()
        elif v.scale == "range":
            centre[j], spread[j] = column[0], column[-1] - column[0]
        elif v.scale == "robust":
            centre[j] = np.median(column)
            spread[j] = MAD_TO_SD * np.median(np.abs(column - centre[j]))
            if spread[j] == 0:
                what = "is the same in more than half of the rows, so its median deviation is 0"
                problems.append(Problem(v.name, what, 'write scale = "standardise", or leave it out'))
    if problems:
        raise DataError(STAGE, problems)
    return centre, spread


def _dominating(points: np.ndarray, variables: Sequence[Variable]) -> list[tuple[str, str]]:
    """A sentence for each variable of which one row is most of the spread."""
    squares = (points - points.mean(axis=0)) ** 2
    part = squares.max(axis=0) / squares.sum(axis=0)
    said = []
    for share, v in zip(part, variables, strict=True):
        if share > max(DOMINATES, LIKE_ROWS / len(points)):
            english = (
                f"One row makes {share:.0%} of the spread of {v.label_en or v.name}: clusters follow it. "
            )
            english += "Take logarithms or a robust scale, or look at the row."
            chinese = f"单个记录占{v.label_zh or v.name}离散程度的{share:.0%}，聚类受其支配；可取对数或稳健标准化，或核查该记录。"
            said.append((english, chinese))
    return said
