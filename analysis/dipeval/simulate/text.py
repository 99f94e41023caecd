"""Arrays → columns of text, without a loop over rows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc


def words(known: Sequence[str], index: np.ndarray) -> pa.Array:
    """Return the word that each index means."""
    return pa.array(list(known), pa.string()).take(pa.array(index))


def integers(values: np.ndarray, digits: int = 0) -> pa.Array:
    """Return whole numbers as text, with leading zeros up to `digits`."""
    text = pc.cast(pa.array(values), pa.string())
    return pc.utf8_lpad(text, digits, "0") if digits else text


def prefixed(prefix: str, text: pa.Array) -> pa.Array:
    """Return text with something in front."""
    return pc.binary_join_element_wise(pa.scalar(prefix), text, "")


def amounts(minor: np.ndarray, minor_per_unit: int, zero: str) -> pa.Array:
    """Return amounts of money as decimal text, exact to the minor unit.

    Parameters
    ----------
    minor : numpy.ndarray of int64
        Minor units, not negative.
    minor_per_unit : int
        A power of ten: 100 writes 12.30, 1000000 writes 0.001230.
    zero : str
        How nothing is written.
    """
    decimals = len(str(minor_per_unit)) - 1
    if 10**decimals != minor_per_unit:
        raise ValueError(f"{minor_per_unit} minor units have no decimal text")
    whole, rest = np.divmod(minor, minor_per_unit)
    text = integers(whole)
    if decimals == 2:
        text = pc.binary_join_element_wise(text, words([f"{k:02d}" for k in range(100)], rest), ".")
    elif decimals:
        text = pc.binary_join_element_wise(text, integers(rest, decimals), ".")
    return pc.if_else(pa.array(minor == 0), pa.scalar(zero), text)


def dates(days: np.ndarray, date_format: str) -> pa.Array:
    """Return days (datetime64[D]) as text; each day that occurs is written once and then looked up."""
    known, index = np.unique(days, return_inverse=True)
    return words([day.strftime(date_format) for day in known.astype(object)], index)


def replaced(text: pa.Array, places: np.ndarray, new: Sequence[str]) -> pa.Array:
    """Return text with the elements at `places` (ascending) replaced."""
    if not len(places):
        return text
    mask = np.zeros(len(text), dtype=bool)
    mask[places] = True
    return pc.replace_with_mask(text, pa.array(mask), pa.array(list(new), pa.string()))
