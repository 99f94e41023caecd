"""Edges of histogram bins that people can read: round numbers that follow from the data, or those declared."""

from __future__ import annotations

from math import ceil, floor, log10

STEPS = (
    (1.0, 1.25, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0),
    (1.0, 1.5, 2.0, 3.0, 5.0, 7.0),
    (1.0, 2.0, 5.0),
    (1.0,),
)
"""A decade in nearly equal ratios, all of them round, the finest first."""
WIDTHS = (1, 2, 5, 7, 14, 30)
MOST_BINS = 30


def ratio_edges(low: float, high: float) -> tuple[float, ...]:
    """Round edges of nearly equal ratios from below `low` to above `high`, both above 0.

    Returns
    -------
    tuple of float
        At least two, rising: the finest of `STEPS` that makes at most `MOST_BINS` bins.
    """
    first, last = floor(log10(low)), ceil(log10(high))
    found: tuple[float, ...] = ()
    for steps in STEPS:
        every = [float(f"{step}e{k}") for k in range(first, last + 1) for step in steps]
        below = [edge for edge in every if edge <= low]
        above = [edge for edge in every if edge >= high and edge > below[-1]]
        found = tuple(edge for edge in every if below[-1] <= edge <= above[0])
        if len(found) <= MOST_BINS + 1:
            break
    return found


def step_edges(low: float, high: float, whole: bool) -> tuple[float, ...]:
    """Round edges of equal width from below `low` to above `high`.

    Parameters
    ----------
    whole : bool
        Widths are whole numbers (days, years).
    """
    width = _width(high - low, whole)
    first, last = floor(low / width), ceil(high / width)
    last = max(last, first + 1)
    return tuple(_clean(k * width) for k in range(first, last + 1))


def _width(span: float, whole: bool) -> float:
    if whole:
        return float(
            next(
                (w for w in WIDTHS if span / w <= MOST_BINS), WIDTHS[-1] * ceil(span / WIDTHS[-1] / MOST_BINS)
            )
        )
    if span <= 0:
        return 1.0
    size = 10.0 ** floor(log10(span / MOST_BINS))
    return next(step * size for step in (1.0, 2.0, 5.0, 10.0, 20.0) if span / (step * size) <= MOST_BINS)


def _clean(edge: float) -> float:
    return float(f"{edge:.12g}")
