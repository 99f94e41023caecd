"""A vertical axis of numbers: its range, its marks, and the room that they need."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dipeval.present import style
from dipeval.present.sheet import text_width

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MARKS = 6
"""At most so many steps between the marks."""


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


def number_axis(values: np.ndarray, *, zero: bool = False) -> NumberAxis:
    """Fit an axis to numbers.

    Parameters
    ----------
    values : numpy.ndarray
        Of any shape; NaN is passed over.
    zero : bool
        Whether zero must be on the axis.
    """
    from matplotlib.ticker import MaxNLocator

    known = values[np.isfinite(values)]
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
    if zero:
        low, high = min(low, 0.0), max(high, 0.0)
    air = 0.05 * ((high - low) or abs(high) or 1.0)
    low, high = low - air, high + air
    marks = MaxNLocator(nbins=MARKS, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)
    marks = [float(mark) for mark in marks if low <= mark <= high]
    step = marks[1] - marks[0] if len(marks) > 1 else 1.0
    decimals = next((d for d in range(8) if abs(step * 10**d - round(step * 10**d)) < 1e-6), 8)
    words = [f"{mark + 0.0:,.{decimals}f}".replace("-", "−") for mark in marks]
    return NumberAxis(low, high, tuple(marks), tuple(words))
