"""What the models need of an outcome: integer sums of the cases of each hospital-period."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class OutcomeSums:
    """One outcome of the cases of P hospital-periods, in the order of the frame that a design was built from.

    Attributes
    ----------
    name : str
    cases : numpy.ndarray, shape (P,)
        Cases with a value.
    total : numpy.ndarray, shape (P,)
        Their sum, in major units.
    negative : int
        Cases below zero.
    positive : numpy.ndarray, shape (P,)
        Cases above zero.
    logs : numpy.ndarray, shape (P,)
        Sum of the natural logarithms of those.
    squares : numpy.ndarray, shape (P,)
        Sum of squares.
    value_row, value, value_count : numpy.ndarray, shape (M,), int, or None
        Of counted outcomes: how many cases of which row have which whole number.
    each_row : bool
        A row is one observation (the volume of a hospital-period), and weighs 1.
    discharges : numpy.ndarray, shape (P,), or None
        Cases behind each row, where `cases` are a weight of another kind.
    """

    name: str
    cases: np.ndarray
    total: np.ndarray
    negative: int
    positive: np.ndarray
    logs: np.ndarray
    squares: np.ndarray
    value_row: np.ndarray | None = None
    value: np.ndarray | None = None
    value_count: np.ndarray | None = None
    each_row: bool = False
    discharges: np.ndarray | None = None

    @property
    def behind(self) -> np.ndarray:
        """Cases behind each row (P,), which a table tells: a volume is made of them."""
        if self.discharges is not None:
            return self.discharges
        return self.total if self.each_row else self.cases


def of_rows(name: str, values: np.ndarray) -> OutcomeSums:
    """Sums of an outcome of which each hospital-period is one observation: its volume.

    Parameters
    ----------
    values : numpy.ndarray, shape (P,)
        NaN where missing.
    """
    known = np.isfinite(values)
    clean = np.where(known, values, 0.0)
    above = clean > 0
    whole = bool((clean == np.round(clean)).all() and (clean >= 0).all())
    rows = np.flatnonzero(known)
    return OutcomeSums(
        name,
        known.astype(float),
        clean,
        int((clean < 0).sum()),
        above.astype(float),
        np.log(np.where(above, clean, 1.0)),
        clean**2,
        rows if whole else None,
        clean[rows].astype(np.int64) if whole else None,
        np.ones(len(rows), np.int64) if whole else None,
        each_row=True,
    )
