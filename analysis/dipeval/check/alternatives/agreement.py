"""Do alternatives say what the main estimate says?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dipeval.check.finding import FAILED, INFORMATIVE, PASSED, Alternative


def excludes_zero(one: Alternative) -> bool:
    """Whether its interval excludes zero; its p-value decides where it has no interval."""
    if np.isfinite(one.low) and np.isfinite(one.high):
        return one.low > 0 or one.high < 0
    return bool(np.isfinite(one.p_value) and one.p_value < 0.05)


def agreement(main: Alternative, others: Sequence[Alternative]) -> str:
    """The verdict on alternatives that a sound effect should survive.

    Returns
    -------
    {"passed", "failed", "informative"}
        Failed: the main interval excludes zero, and some alternative has the other sign or an interval that holds
        zero; or it does not, and some alternative excludes zero. Passed: none of these, and the main interval
        excludes zero. Informative: the main interval holds zero, so that nothing could be lost, or no alternative could
        be estimated.
    """
    known = [one for one in others if np.isfinite(one.value)]
    if not known or not np.isfinite(main.value):
        return INFORMATIVE
    if not excludes_zero(main):
        return FAILED if any(excludes_zero(one) for one in known) else INFORMATIVE
    kept = (np.sign(one.value) == np.sign(main.value) and excludes_zero(one) for one in known)
    return PASSED if all(kept) else FAILED


def spread(others: Sequence[Alternative]) -> tuple[float, float]:
    """Smallest and largest estimate; NaN where there is none."""
    known = [one.value for one in others if np.isfinite(one.value)]
    return (min(known), max(known)) if known else (np.nan, np.nan)
