"""One column of a group: told → words, whole numbers or days."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from ...vocabulary import Column
from .model import ColumnTold
from .quotas import exact_total, largest_remainder

MINOR = 100
"""Portraits are in a currency of a hundred minor units."""
USUAL_SPREAD = 0.4
SHARE_SPREAD = 0.1


@dataclass(frozen=True)
class Words:
    """Words by case: the known ones, and which of them each case has, int64 of shape (n,)."""

    known: tuple[str, ...]
    index: np.ndarray

    def take(self, places: np.ndarray) -> Words:
        """Those of some cases."""
        return Words(self.known, self.index[places])


Filled = Words | np.ndarray


def filled(
    column: Column, told: ColumnTold, n: int, others: Mapping[str, Filled], draw: np.random.Generator
) -> Filled:
    """Fill one column.

    Parameters
    ----------
    n : int
        Cases.
    others : mapping of str to Words or numpy.ndarray
        The columns that this one needs, of the same cases.

    Returns
    -------
    Words or numpy.ndarray
        Numbers are int64 (money in minor units), days datetime64[D]. Cost: O(n log n).
    """
    if told.way == "by":
        return _parted(column, told, n, others, draw)
    if told.way in ("word", "counts", "shares", "evenly"):
        return _words(told, n, draw)
    if told.way == "map":
        parent = others[str(told.options["of"])]
        mapped = told.options["map"]
        known = tuple(dict.fromkeys(mapped.values()))
        at = {word: known.index(mapped[word]) for word in parent.known if word in mapped}
        return Words(
            known, np.array([at.get(word, 0) for word in parent.known], dtype=np.int64)[parent.index]
        )
    if told.way == "from":
        return _days(told, n, draw)
    return _numbers(column, told, n, others, draw)


def _parted(
    column: Column, told: ColumnTold, n: int, others: Mapping[str, Filled], draw: np.random.Generator
) -> Filled:
    """Fill the cases of each word of another column by themselves."""
    parent = others[str(told.options["by"])]
    made = []
    for k, word in enumerate(parent.known):
        places = np.flatnonzero(parent.index == k)
        if len(places):
            own = {name: _taken(values, places) for name, values in others.items()}
            made.append((places, filled(column, told.each[word], len(places), own, draw)))
    if isinstance(made[0][1], Words):
        known = tuple(dict.fromkeys(word for _, part in made for word in part.known))
        index = np.zeros(n, dtype=np.int64)
        for places, part in made:
            index[places] = np.array([known.index(word) for word in part.known], dtype=np.int64)[part.index]
        return Words(known, index)
    whole = np.zeros(n, dtype=made[0][1].dtype)
    for places, part in made:
        whole[places] = part
    return whole


def _taken(values: Filled, places: np.ndarray) -> Filled:
    return values.take(places) if isinstance(values, Words) else values[places]


def _words(told: ColumnTold, n: int, draw: np.random.Generator) -> Words:
    """Words with their counts, in random order."""
    if told.way == "word":
        return Words((str(told.options["word"]),), np.zeros(n, dtype=np.int64))
    given, rest = told.options[told.way], tuple(told.options.get("rest") or ())
    if told.way == "evenly":
        given, rest = {}, given
    counts = list(given.values())
    if told.way == "shares":
        weights = np.array([*counts, max(0.0, 1 - sum(counts))] if rest else counts, dtype=float)
        counts = largest_remainder(weights, n).tolist()[: len(given)]
    if sum(counts) > n or (sum(counts) < n and not rest):
        raise ValueError(f"{sum(counts)} cases are counted, of {n}")
    known = (*given, *rest)
    index = np.repeat(np.arange(len(given)), counts)
    others = len(given) + np.arange(n - len(index)) % max(1, len(rest))
    return Words(known, np.concatenate([index, others])[draw.permutation(n)])


def _days(told: ColumnTold, n: int, draw: np.random.Generator) -> np.ndarray:
    """Days spread evenly over a span, both ends included, in random order."""
    first, last = (datetime.date.fromisoformat(str(told.options[key])) for key in ("from", "to"))
    span = (last - first).days + 1
    after = (np.arange(n) * span // n)[draw.permutation(n)]
    return np.datetime64(first, "D") + after.astype("timedelta64[D]")


def minor_units(column: Column, value: object) -> int:
    """A declared number in the column's whole units: money in minor units, all else as it is."""
    scale = MINOR if column.kind == "money" else 1
    return int((Decimal(str(value)) * scale).to_integral_value())


def _numbers(
    column: Column, told: ColumnTold, n: int, others: Mapping[str, Filled], draw: np.random.Generator
) -> np.ndarray:
    options = told.options
    if told.way == "span":
        low, high = (minor_units(column, options[key]) for key in ("low", "high"))
        return low + (np.arange(n) * (high - low + 1) // n)[draw.permutation(n)]
    if told.way == "rest_of":
        rest = others[str(options["rest_of"])] - sum(others[name] for name in options["less"])
        if (rest < 0).any():
            raise ValueError(f"{int((rest < 0).sum())} cases have less than nothing left")
        return rest
    if told.way == "share":
        whole = others[str(options["of"])]
        spread = SHARE_SPREAD if options.get("spread") is None else float(options["spread"])
        total = int((Decimal(str(options["share"])) * int(whole.sum())).to_integral_value())
        weights = np.maximum(whole, 1e-9) * np.exp(spread * draw.standard_normal(n))
        return exact_total(weights, total, 0, whole)
    return _of_a_sum(column, told, n, others, draw)


def _of_a_sum(
    column: Column, told: ColumnTold, n: int, others: Mapping[str, Filled], draw: np.random.Generator
) -> np.ndarray:
    """Lognormal numbers between bounds whose mean or sum is the declared one, to the minor unit."""
    options = told.options
    spread = USUAL_SPREAD if options.get("spread") is None else float(options["spread"])
    times = n if told.way == "mean" else 1
    scale = MINOR if column.kind == "money" else 1
    total = int((Decimal(str(options[told.way])) * scale * times).to_integral_value())
    low = 1 if options.get("low") is None else minor_units(column, options["low"])
    high = None if options.get("high") is None else minor_units(column, options["high"])
    if options.get("within"):
        whole = others[str(options["within"])]
        high = whole if high is None else np.minimum(whole, high)
    return exact_total(np.exp(spread * draw.standard_normal(n)), total, low, high)
