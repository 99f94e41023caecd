"""An axis of numbers: its range, its marks, and the room that they need."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dipeval.present import style
from dipeval.present.sheet import text_width

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MARKS = 6
"""At most so many steps between the marks."""
SHORT = 6.0
"""A scale of ratios that ends at so many times its begin has too few powers of ten to be marked by them."""


@dataclass(frozen=True)
class NumberAxis:
    """Limits and marks of an axis.

    Attributes
    ----------
    low, high : float
        Limits.
    marks : tuple of float
    words : tuple of str
        The marks, all with the same number of decimals.
    """

    low: float
    high: float
    marks: tuple[float, ...]
    words: tuple[str, ...]

    @property
    def room(self) -> float:
        """Millimetres from the sheet's edge to the axis."""
        return style.MARGIN_MM + max((text_width(word) for word in self.words), default=0.0) + 2.2

    def put_on(self, axes: Axes) -> None:
        """Give axes these limits and marks."""
        axes.set_ylim(self.low, self.high)
        axes.set_yticks(self.marks, self.words)

    def put_under(self, axes: Axes) -> None:
        """Give axes these limits and marks as their horizontal ones."""
        axes.set_xlim(self.low, self.high)
        axes.set_xticks(self.marks, self.words)


def number_axis(
    values: np.ndarray, *, zero: bool = False, marks: int = MARKS, whole: bool = False
) -> NumberAxis:
    """Fit an axis to numbers.

    Parameters
    ----------
    values : numpy.ndarray
        Of any shape; what is not finite is passed over.
    zero : bool
        Whether zero must be on the axis.
    marks : int
        At most so many steps between the marks.
    whole : bool
        Whether marks are whole numbers alone.
    """
    from matplotlib.ticker import MaxNLocator

    known = values[np.isfinite(values)]
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
    if zero:
        low, high = min(low, 0.0), max(high, 0.0)
    air = 0.05 * ((high - low) or abs(high) or 1.0)
    low, high = low - air, high + air
    places = MaxNLocator(nbins=marks, steps=[1, 2, 2.5, 5, 10], integer=whole).tick_values(low, high)
    places = [float(mark) for mark in places if low <= mark <= high]
    return NumberAxis(low, high, tuple(places), tuple(_words(places)))


def level_axis(
    values: np.ndarray, width: float, *, zero: bool = False, log: bool = False, whole: bool = False
) -> NumberAxis:
    """Fit a horizontal axis to numbers, with as many marks as its words leave room for.

    Parameters
    ----------
    values : numpy.ndarray
        Of any shape; what is not finite (with `log`, not positive) is passed over.
    width : float
        Length of the axis in millimetres.
    zero : bool
        Whether zero must be on the axis.
    log : bool
        Whether the axis is one of ratios; its marks are 1, 2 and 5 times powers of ten.
    whole : bool
        Whether marks are whole numbers alone.
    """
    if log:
        return _log_axis(values[np.isfinite(values) & (values > 0)], width)
    for count in range(MARKS, 1, -1):
        found = number_axis(values, zero=zero, marks=count, whole=whole)
        if _fits(found.words, np.array(found.marks), found.low, found.high, width):
            break
    return found


def _log_axis(known: np.ndarray, width: float) -> NumberAxis:
    low, high = (float(known.min()), float(known.max())) if known.size else (1.0, 10.0)
    air = (high / low) ** 0.05 if high > low else 1.5
    low, high = low / air, high * air
    for places in _log_places(low, high):
        words = [f"{mark:,.12g}" for mark in places]
        if _fits(words, np.log(places), np.log(low), np.log(high), width):
            break
    return NumberAxis(low, high, tuple(places), tuple(words))


def _log_places(low: float, high: float) -> Iterator[list[float]]:
    """Marks of a scale of ratios, the denser first; short scales have evenly spaced ones."""
    if high / low < SHORT:
        for count in range(MARKS, 1, -1):
            yield list(number_axis(np.array([low, high]), marks=count).marks)
    powers = range(int(np.floor(np.log10(low))), int(np.ceil(np.log10(high))) + 1)
    for steps in ((1, 2, 5), (1, 3), (1,)):
        places = [step * 10.0**power for power in powers for step in steps]
        yield [mark for mark in places if low <= mark <= high]


def _fits(words: Sequence[str], places: np.ndarray, low: float, high: float, width: float) -> bool:
    """Whether the words stand apart from one another."""
    at = (places - low) / (high - low) * width
    half = np.array([text_width(word) / 2 for word in words])
    return bool((np.diff(at) > half[1:] + half[:-1] + 1.6).all())


def _words(places: Sequence[float]) -> list[str]:
    """Marks with as many decimals as their step needs."""
    step = places[1] - places[0] if len(places) > 1 else 1.0
    decimals = next((d for d in range(8) if abs(step * 10**d - round(step * 10**d)) < 1e-6), 8)
    return [f"{mark + 0.0:,.{decimals}f}".replace("-", "−") for mark in places]
