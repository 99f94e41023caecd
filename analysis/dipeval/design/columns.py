"""Columns of a frame as arrays, with everything that is wrong in them.

Each reader returns its array and appends to a list of problems; nothing raises half-way, so that
one message can name all faults.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from dipeval.design.calendar import YEAR, period_code, period_frequency
from dipeval.errors import Problem

NEVER = "never"


def category_codes(column: pd.Series, problems: list[Problem]) -> tuple[np.ndarray, pd.Index]:
    """Codes (n,) int64 in the order of the sorted names, and the names."""
    values = column.astype(str).where(column.notna()) if column.dtype == object else column
    codes, names = pd.factorize(values, sort=True)
    missing = int((codes < 0).sum())
    if missing:
        problems.append(
            Problem(
                f"column {column.name}",
                "is empty in some rows",
                "fill it, or leave these rows out of the panel",
                count=missing,
            )
        )
    return codes.astype(np.int64, copy=False), pd.Index(names)


def finite_values(
    column: pd.Series, problems: list[Problem], *, allow_missing: bool, positive: bool
) -> np.ndarray:
    """The column as float64 (n,); faults are non-numbers, infinities, and the two that are switched.

    A column of finite floats is returned as it is, without a copy.
    """
    if is_plain(column):
        numbers = np.ascontiguousarray(column.to_numpy(), float)
        with np.errstate(all="ignore"):
            finite = np.isfinite(numbers.sum())
        if finite and not (positive and len(numbers) and numbers.min() <= 0):
            return numbers
    numbers = pd.to_numeric(column, errors="coerce").to_numpy(float, na_value=np.nan)
    where = f"column {column.name}"
    text = np.isnan(numbers) & column.notna().to_numpy()
    if text.any():
        problems.append(Problem(where, "holds text", "make it a number", count=int(text.sum())))
    if np.isinf(numbers).any():
        n_infinite = int(np.isinf(numbers).sum())
        problems.append(Problem(where, "holds infinite values", "make them missing", count=n_infinite))
    if not allow_missing and (np.isnan(numbers) & ~text).any():
        n_missing = int((np.isnan(numbers) & ~text).sum())
        problems.append(
            Problem(where, "is missing in some rows", "fill it or drop the rows", count=n_missing)
        )
    if positive and (numbers <= 0).any():
        bad = int((numbers <= 0).sum())
        problems.append(
            Problem(
                where,
                "has weights of zero or below",
                "drop these rows or weight by another column",
                count=bad,
            )
        )
    return numbers


def period_codes(
    column: pd.Series, problems: list[Problem], *, never_allowed: bool
) -> tuple[np.ndarray, str | None]:
    """Running period numbers (n,), inf for never, and the frequency they are written in.

    Numbers are running numbers; text is a label of `dipeval.design.calendar`. Only an empty cell
    or ``never`` means never treated: a 0 is a period like any other.
    """
    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
        return _numeric_periods(column, problems, never_allowed)
    positions, labels = pd.factorize(column)
    codes, frequencies, unknown = np.full(len(labels) + 1, np.nan), set(), []
    codes[-1] = np.inf if never_allowed else np.nan
    for position, label in enumerate(map(str, labels)):
        if never_allowed and label == NEVER:
            codes[position] = np.inf
            continue
        try:
            codes[position] = period_code(label)
            frequencies.add(period_frequency(label))
        except ValueError:
            unknown.append(label)
    return codes[positions], _one_frequency(
        column.name, frequencies, unknown, int((positions < 0).sum()), problems, never_allowed
    )


def is_plain(column: pd.Series) -> bool:
    """Whether a column is a plain array of whole or real numbers."""
    return isinstance(column.dtype, np.dtype) and column.dtype.kind in "iuf"


def comparable(column: pd.Series) -> np.ndarray:
    """A column as numbers (n,) that are equal where it is equal; empty equals empty."""
    if is_plain(column):
        values = column.to_numpy()
        return values.view(np.int64) if values.dtype == np.float64 and values.flags.c_contiguous else values
    return pd.factorize(column)[0]


def _numeric_periods(
    column: pd.Series, problems: list[Problem], never_allowed: bool
) -> tuple[np.ndarray, str | None]:
    if is_plain(column) and column.dtype.kind == "i":
        return column.to_numpy().astype(np.int64, copy=False), YEAR if len(column) else None
    codes = column.to_numpy(float, na_value=np.nan)
    missing = np.isnan(codes)
    infinite = np.isinf(codes)
    if never_allowed:
        codes = np.where(missing, np.inf, codes)
        infinite, missing = np.isneginf(codes), np.zeros_like(missing)
    whole = np.isfinite(codes)
    broken = infinite | missing | (whole & (np.floor(np.where(whole, codes, 0)) != np.where(whole, codes, 0)))
    if broken.any():
        todo = "write whole numbers or labels such as 2019-03"
        what = "holds values that are not whole period numbers"
        problems.append(Problem(f"column {column.name}", what, todo, count=int(broken.sum())))
    return codes, YEAR if whole.any() else None


def _one_frequency(
    name: object,
    frequencies: set[str],
    unknown: Sequence[str],
    missing: int,
    problems: list[Problem],
    never_allowed: bool,
) -> str | None:
    where = f"column {name}"
    forms = "write 2019-03, 2019Q1 or 2019" + (", or never (or nothing) for never treated" * never_allowed)
    if unknown:
        evidence = tuple(repr(label) for label in sorted(unknown)[:5])
        problems.append(Problem(where, "holds labels that are no period", forms, evidence, len(unknown)))
    if missing and not never_allowed:
        problems.append(Problem(where, "is empty in some rows", forms, count=missing))
    if len(frequencies) > 1:
        evidence = tuple(sorted(frequencies))
        problems.append(
            Problem(where, "mixes frequencies", "use one frequency for the whole panel", evidence)
        )
    return min(frequencies) if frequencies else None
