"""Could a placebo have found an effect as large as the actual one?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dipeval.check.finding import Alternative

POWER = 0.8


def detectable(one: Alternative, level: float, power: float = POWER) -> float:
    """Smallest effect that an estimate would have found with this power: half its interval, with room for the draw.

    ``(z(1 - α/2) + z(power)) σ`` with σ read from the interval (Bloom 1995, *Evaluation Review* 19(5)); NaN where there
    is no interval.
    """
    from scipy.special import ndtri

    half = (one.high - one.low) / 2
    return float(half * (1 + ndtri(power) / ndtri((1 + level) / 2)))


def could_find(placebos: Sequence[Alternative], effect: float, level: float) -> int:
    """How many placebos would have found an effect of this size with 80 % power."""
    least = np.array([detectable(one, level) for one in placebos], dtype=float)
    return int((least <= abs(effect)).sum())
