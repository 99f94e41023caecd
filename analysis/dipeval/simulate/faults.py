"""A pinch of real faults in the raw files, at known rates, each of them listed.

The cleaning must reject the second of two equal rows and the stays whose costs do not add up, and
must read amounts in full-width digits or with thousands commas as what they are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .streams import stream

RATES = {
    "duplicate_row": 0.0005,
    "full_width_digits": 0.0005,
    "thousands_commas": 0.0005,
    "costs_do_not_add_up": 0.0002,
}
"""Share of a city's rows; at least one row of each."""
TOTAL_ROW = "total_row"
EXCESS_MINOR_UNITS = 12_300
"""By how much the total of a stay that does not add up is too high: 123 yuan."""
LEAST_WITH_COMMA = 1000
"""A thousands comma needs a thousand whole units of the amount."""


@dataclass(frozen=True)
class Faults:
    """Which discharges of a city are faulty: indices in the order of :class:`Patients`, by fault."""

    rows: dict[str, np.ndarray]

    def rejected(self, n: int) -> np.ndarray:
        """Return a mask, shape (n,), of the stays that cleaning must reject altogether."""
        mask = np.zeros(n, dtype=bool)
        mask[self.rows["costs_do_not_add_up"]] = True
        return mask

    def in_unit(self, total: np.ndarray, minor_per_unit: int) -> Faults:
        """Return the faults that amounts in a unit can have: 0.123456 ten thousand yuan takes no comma."""
        chosen = self.rows["thousands_commas"]
        large = total[chosen] >= LEAST_WITH_COMMA * minor_per_unit
        return Faults({**self.rows, "thousands_commas": chosen[large]})


def invent_faults(seed: int, city: str, n: int) -> Faults:
    """Choose the faulty ones among the `n` discharges of a city, none for two faults."""
    order = stream(seed, city, "faults").permutation(n)
    rows, used = {}, 0
    for fault, rate in RATES.items():
        count = max(1, round(rate * n))
        rows[fault] = np.sort(order[used : used + count])
        used += count
    return Faults(rows)


def full_width(text: str) -> str:
    """Return an amount in full-width digits, as some input methods write it: 12.30 → １２．３０."""
    return "".join(chr(ord(c) + 0xFEE0) for c in text)


def with_commas(text: str) -> str:
    """Return an amount with thousands commas: 12345.60 → 12,345.60."""
    whole, _, decimals = text.partition(".")
    return f"{int(whole):,}" + (f".{decimals}" if decimals else "")
