"""Sums of a cost or of days by place, hospital and type of case: all that standardised means are made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dipeval.describe.cases.tally import ALL

TYPE, REFERENCE = "type_", "reference_"


@dataclass(frozen=True)
class TypeCells:
    """One measure: r rows of g places, u hospitals and k types; places may overlap (margins).

    Attributes
    ----------
    place, unit, kind : numpy.ndarray of int, shape (r,)
        Place, hospital and type of each row.
    inside : numpy.ndarray of bool, shape (r,)
        Whether the row's cases are of the reference.
    n, total : numpy.ndarray of float64, shape (r,)
        Cases and the sum of their values; whole numbers.
    spread : numpy.ndarray of float64, shape (r,)
        Sum of squared deviations from the mean of the row, rounded once.
    reference_n, reference_total : numpy.ndarray of float64, shape (u, k)
        The reference by hospital and type.
    places : tuple of tuple of str
        Levels of each place, `ALL` where a dimension is added up.
    types : tuple of str
    """

    place: np.ndarray
    unit: np.ndarray
    kind: np.ndarray
    inside: np.ndarray
    n: np.ndarray
    total: np.ndarray
    spread: np.ndarray
    reference_n: np.ndarray
    reference_total: np.ndarray
    places: tuple[tuple[str, ...], ...]
    types: tuple[str, ...]

    def by_type(self, values: np.ndarray) -> np.ndarray:
        """Sums by place and type, shape (g, k)."""
        shape = len(self.places), len(self.types)
        at = self.place * shape[1] + self.kind
        return np.bincount(at, weights=values, minlength=shape[0] * shape[1]).reshape(shape)

    def by_unit(self, values: np.ndarray) -> np.ndarray:
        """Sums by place and hospital, shape (g, u)."""
        shape = len(self.places), len(self.reference_n)
        at = self.place * shape[1] + self.unit
        return np.bincount(at, weights=values, minlength=shape[0] * shape[1]).reshape(shape)


def type_cells(tally: pd.DataFrame, by: Sequence[str], measure: str) -> TypeCells:
    """Arrange what the engine summed.

    Parameters
    ----------
    tally : pandas.DataFrame
        From `tally.tallied` by `by`, `TYPE` and `REFERENCE` (0 or 1), with ``n_<measure>``, ``s_<measure>`` and
        ``q_<measure>`` (known values, their sum and the sum of their squares).
    by : sequence of str
        Columns of the dimensions; the first is added up as a margin.
    measure : str

    Returns
    -------
    TypeCells
        Rows without a known value are left out. Cost O(rows), in memory too, beside hospitals × types.
    """
    known = tally[tally[f"n_{measure}"] > 0].reset_index(drop=True)
    unit_names = known["city"].astype(str) + "/" + known["hospital"].astype(str)
    unit, units = pd.factorize(unit_names, sort=True)
    kind, types = pd.factorize(known[TYPE].astype(str), sort=True)
    n, total = known[f"n_{measure}"].to_numpy("float64"), known[f"s_{measure}"].to_numpy("float64")
    inside = known[REFERENCE].to_numpy() == 1
    shape = len(units), len(types)
    at = (unit * shape[1] + kind)[inside]
    reference = [
        np.bincount(at, weights=values[inside], minlength=shape[0] * shape[1]).reshape(shape)
        for values in (n, total)
    ]
    levels = [known[name].astype(str) for name in by]
    whole = [pd.Series(ALL, index=known.index), *levels[1:]]
    words = pd.concat([pd.DataFrame(dict(enumerate(part))) for part in (levels, whole)], ignore_index=True)
    keys = pd.MultiIndex.from_frame(words)
    place, places = pd.factorize(keys, sort=True)
    return TypeCells(
        place,
        *(np.tile(values, 2) for values in (unit, kind, inside, n, total, _spreads(known, measure))),
        *reference,
        tuple(tuple(map(str, levels)) for levels in places),
        tuple(map(str, types)),
    )


def _spreads(known: pd.DataFrame, measure: str) -> np.ndarray:
    """Σy² − (Σy)²/n in whole numbers, divided once: no digits are lost where values are alike."""
    rows = zip(*(known[f"{part}_{measure}"].tolist() for part in "nsq"), strict=True)
    return np.array([(int(q) * n - s * s) / n for n, s, q in rows], dtype="float64")
