"""What an estimate says of zero, and how far several lie apart."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dipeval.check.finding import Alternative


def is_judged(one: Alternative) -> bool:
    """Whether it has an interval or a p-value, without which it neither excludes zero nor holds it."""
    return bool(np.isfinite(one.low + one.high) or np.isfinite(one.p_value))


def excludes_zero(one: Alternative) -> bool:
    """Whether its interval excludes zero; its p-value decides where it has no interval."""
    if np.isfinite(one.low) and np.isfinite(one.high):
        return one.low > 0 or one.high < 0
    return bool(np.isfinite(one.p_value) and one.p_value < 0.05)


def spread(others: Sequence[Alternative]) -> tuple[float, float]:
    """Smallest and largest estimate; NaN where there is none."""
    known = [one.value for one in others if np.isfinite(one.value)]
    return (min(known), max(known)) if known else (np.nan, np.nan)
