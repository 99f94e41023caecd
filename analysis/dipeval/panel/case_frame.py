"""Cells from a frame with one row a case, for those who hold their cases in pandas."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ..errors import DataError, Problem, nearest
from .case_cells import KEYS, CaseCells, CellOutcome


def cells_from_frame(
    frame: pd.DataFrame,
    *,
    hospital: str,
    period: str,
    outcomes: Sequence[str],
    covariates: Sequence[str] = (),
    numbers: Sequence[str] = (),
    weights: str | None = None,
    keep: Sequence[str] = (),
) -> CaseCells:
    """Put the cases of a frame together into cells.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a case.
    hospital, period : str
        Columns that name the hospital and the period of the case.
    outcomes : sequence of str
        Columns of numbers; missing where the case has none.
    covariates, numbers : sequence of str
        Columns that a model may adjust for: by their levels, and as they are.
    weights : str, optional
        Column with the weight of each case, above zero.
    keep : sequence of str
        Columns of the hospital-period (city, cohort) that go into `CaseCells.periods`.

    Returns
    -------
    CaseCells
        Cost O(n log n). For cases in an engine, at any size: `case_query.case_cells`.

    Raises
    ------
    DataError
        With all problems: columns that are not there, hospitals or periods missing, text or infinite
        values where numbers are needed, weights that are not positive, a kept column that varies
        within a hospital-period.
    """
    used = [hospital, period, *outcomes, *covariates, *numbers, *keep, *([weights] if weights else [])]
    _require_columns(frame, used, outcomes)
    problems: list[Problem] = []
    for name in (hospital, period):
        _missing(frame[name], problems)
    values = {name: _numbers(frame[name], problems) for name in (*outcomes, *numbers)}
    weight = None if weights is None else _weights(frame[weights], problems)
    if problems:
        raise DataError("make cells", problems)
    at = frame.groupby([hospital, period], sort=True, observed=True).ngroup().to_numpy()
    periods = _periods(frame, at, hospital, period, keep)
    codes, levels = {}, {}
    for name in covariates:
        text = frame[name].astype("str").where(frame[name].notna().to_numpy())
        found, names = pd.factorize(text, sort=True)
        codes[name], levels[name] = found.astype(np.int32), tuple(map(str, names))
    parts = [at, *codes.values(), *(_coded(values[name]) for name in numbers)]
    cell, first = _numbered([*parts, *([_coded(weight)] if weight is not None else [])])
    return CaseCells(
        periods,
        at[first],
        np.bincount(cell),
        {name: found[first] for name, found in codes.items()},
        levels,
        {name: _outcome(values[name], cell, len(first)) for name in outcomes},
        {name: values[name][first] for name in numbers},
        None if weight is None else weight[first],
    )


def _require_columns(frame: pd.DataFrame, used: Sequence[str], outcomes: Sequence[str]) -> None:
    problems = [
        Problem(f"column {name}", "is not in the frame", nearest(name, map(str, frame.columns)))
        for name in dict.fromkeys(used)
        if name not in frame.columns
    ]
    if not outcomes:
        problems.append(Problem("outcomes", "are none", "name at least one column"))
    if not len(frame):
        problems.append(Problem("frame", "has no cases", "check the selection of cases"))
    if problems:
        raise DataError("make cells", problems)


def _missing(column: pd.Series, problems: list[Problem]) -> None:
    if column.isna().any():
        count = int(column.isna().sum())
        todo = "fill it, or leave these cases out"
        problems.append(Problem(f"column {column.name}", "is empty in some rows", todo, count=count))


def _numbers(column: pd.Series, problems: list[Problem]) -> np.ndarray:
    found = pd.to_numeric(column, errors="coerce").to_numpy(float, na_value=np.nan)
    where = f"column {column.name}"
    text = int((np.isnan(found) & column.notna().to_numpy()).sum())
    if text:
        problems.append(Problem(where, "holds text", "make it a number", count=text))
    if np.isinf(found).any():
        todo = "make them missing, for example before a logarithm of 0"
        problems.append(Problem(where, "holds infinite values", todo, count=int(np.isinf(found).sum())))
    return found


def _weights(column: pd.Series, problems: list[Problem]) -> np.ndarray:
    _missing(column, problems)
    found = _numbers(column, problems)
    if (found <= 0).any():
        what, todo = "has weights of zero or below", "leave these cases out or weight by another column"
        problems.append(Problem(f"column {column.name}", what, todo, count=int((found <= 0).sum())))
    return found


def _periods(
    frame: pd.DataFrame, at: np.ndarray, hospital: str, period: str, keep: Sequence[str]
) -> pd.DataFrame:
    """One row a hospital-period with the columns that a design needs."""
    first = np.unique(at, return_index=True)[1]
    made = frame.iloc[first][[hospital, period, *keep]].reset_index(drop=True)
    problems = []
    for name in keep:
        whole = pd.factorize(frame[name])[0]
        varying = int((whole != whole[first][at]).sum())
        if varying:
            what, todo = "varies within a hospital and period", "keep columns of the hospital-period only"
            problems.append(Problem(f"column {name}", what, todo, count=varying))
    if problems:
        raise DataError("make cells", problems)
    made = made.rename(columns=dict(zip((hospital, period), KEYS, strict=True)))
    return made.assign(cases=np.bincount(at))


def _coded(values: np.ndarray) -> np.ndarray:
    return np.unique(values, return_inverse=True)[1]


def _numbered(parts: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Number (n,) of each row's combination of codes, and the first row of each number."""
    whole = np.zeros(len(parts[0]), np.int64)
    for codes in parts:
        span = int(codes.max(initial=0)) + 2
        whole = np.unique(whole * span + codes + 1, return_inverse=True)[1]
    first = np.unique(whole, return_index=True)[1]
    return whole, first


def _outcome(values: np.ndarray, cell: np.ndarray, n_cells: int) -> CellOutcome:
    known = np.isfinite(values)
    n = np.bincount(cell[known], minlength=n_cells)
    total = np.bincount(cell[known], values[known], minlength=n_cells)
    mean = np.divide(total, n, out=np.full(n_cells, np.nan), where=n > 0)
    squares = (values[known] - mean[cell[known]]) ** 2
    return CellOutcome(n, mean, np.bincount(cell[known], squares, minlength=n_cells))
