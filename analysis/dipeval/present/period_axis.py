"""A time axis of periods, ticked at years where there are many."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dipeval.design.calendar import period_code, period_frequency, period_label
from dipeval.present import style
from dipeval.present.sheet import text_width

if TYPE_CHECKING:
    from matplotlib.axes import Axes

STEPS = {
    "month": (1, 2, 3, 6, 12, 24, 36, 60, 120),
    "quarter": (1, 2, 4, 8, 20, 40),
    "year": (1, 2, 3, 5, 10, 20),
}
PER_YEAR = {"month": 12, "quarter": 4, "year": 1}


def calendar(periods: Sequence[str]) -> list[str]:
    """Every period from the first to the last, also those that do not occur."""
    codes = [period_code(p) for p in periods]
    frequency = period_frequency(periods[0])
    return [period_label(code, frequency) for code in range(min(codes), max(codes) + 1)]


def ticks(periods: Sequence[str], width: float, size: float = style.TEXT_PT) -> list[tuple[int, str]]:
    """Period codes to mark and what to write there, as dense as the labels allow.

    Parameters
    ----------
    periods : sequence of str
        The calendar in order.
    width : float
        Length of the axis in millimetres.
    size : float
        Point size of the labels.
    """
    frequency = period_frequency(periods[0])
    first, last = period_code(periods[0]), period_code(periods[-1])
    per_period = width / (last - first + 1)
    for step in STEPS[frequency]:
        whole_years = step % PER_YEAR[frequency] == 0
        marks = [code for code in range(first, last + 1) if code % step == 0]
        words = [_word(code, frequency, whole_years) for code in marks]
        needed = max((text_width(word, size) for word in words), default=0.0) + 2.0
        if needed <= step * per_period:
            break
    return list(zip(marks, words, strict=True))


def _word(code: int, frequency: str, whole_years: bool) -> str:
    label = period_label(code, frequency)
    return label[:4] if whole_years else label


def mark_periods(axes: Axes, periods: Sequence[str], width: float, size: float = style.TEXT_PT) -> None:
    """Tick an axis whose x is the period code."""
    marks = ticks(periods, width, size)
    axes.set_xticks([code for code, _ in marks], [word for _, word in marks], fontsize=size)
