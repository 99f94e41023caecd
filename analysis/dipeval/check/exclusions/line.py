"""What the main effect becomes under one exclusion, and what all of them say together.

The rule of the verdict. A conclusion is the sign of the effect and whether its interval excludes zero. An exclusion *turns* it
where the effect is no longer (or only now) apart from zero, or is so with the other sign. It turns it *for more than chance* where
the change itself is apart from zero, its p-value adjusted for the number of exclusions (Holm), or, where the change has no
error, where less than half of the effect is left. Failed: some exclusion turns the conclusion for more than chance. Passed:
the main effect is apart from zero, all exclusions can be estimated, some leaves out what the effect stands on, none turns
it, and one that took all of the effect away would have been
found with a chance of at least 80 % in each. Informative: all else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dipeval.check.alternatives.agreement import excludes_zero, is_judged
from dipeval.check.exclusions.change import Change
from dipeval.check.finding import FAILED, INFORMATIVE, PASSED, Alternative, Words
from dipeval.infer.adjusted_p import holm

HOLDS, WEAKER, TURNS, APPEARS, NONE_STILL, NO_ERROR, UNKNOWN = (
    "holds",
    "weaker",
    "turns",
    "appears",
    "none_still",
    "no_error",
    "unknown",
)
STATES: dict[str, Words] = {
    HOLDS: ("holds", "成立"),
    WEAKER: ("no longer apart from zero", "不再显著"),
    TURNS: ("other sign", "方向相反"),
    APPEARS: ("only now apart from zero", "转为显著"),
    NONE_STILL: ("still not apart from zero", "仍不显著"),
    NO_ERROR: ("no interval", "无置信区间"),
    UNKNOWN: ("not estimated", "无法估计"),
}
TURNED = (WEAKER, TURNS, APPEARS)
LEFT = 0.5
"""Below this part of the main effect a change without an error counts for more than chance."""
ENOUGH = 0.8
"""Least power of a check that is passed."""


@dataclass(frozen=True)
class Line:
    """One exclusion.

    Attributes
    ----------
    effect : Alternative
    change : Change or None
        None where nothing could be estimated.
    rows : int
        Hospital-periods left out.
    said : (str, str) or None
        What the line comes to, where it is no version of the main effect.
    section : (str, str)
        Heading that the line stands below.
    """

    effect: Alternative
    change: Change | None = None
    rows: int = 0
    said: Words | None = None
    section: Words = ("", "")


def state_of(main: Alternative, line: Line) -> str:
    """What becomes of the conclusion; see `STATES`."""
    if not np.isfinite(line.effect.value) or not np.isfinite(main.value):
        return UNKNOWN
    if not is_judged(main) or not is_judged(line.effect):
        return NO_ERROR
    apart = excludes_zero(line.effect)
    if not excludes_zero(main):
        return APPEARS if apart else NONE_STILL
    if not apart:
        return WEAKER
    return HOLDS if np.sign(line.effect.value) == np.sign(main.value) else TURNS


def beyond_chance(main: Alternative, lines: Sequence[Line], level: float) -> np.ndarray:
    """Which changes are more than chance (L,), bool; see the module."""
    p = np.array([np.nan if line.change is None else line.change.p_value for line in lines])
    found = np.where(np.isfinite(p), holm(p) <= 1 - level, False)
    for k, line in enumerate(lines):
        if np.isnan(p[k]) and np.isfinite(line.effect.value) and excludes_zero(main):
            found[k] = line.effect.value * np.sign(main.value) < LEFT * abs(main.value)
    return found.astype(bool)


def least_power(lines: Sequence[Line]) -> float:
    """Smallest power of the exclusions; NaN where none has one."""
    known = [line.change.power for line in lines if line.change is not None]
    known = [power for power in known if np.isfinite(power)]
    return min(known) if known else np.nan


def verdict_of(main: Alternative, lines: Sequence[Line], level: float) -> str:
    """Passed, failed or informative, by the rule of the module."""
    states = [state_of(main, line) for line in lines]
    turned = np.array([state in TURNED for state in states], bool)
    if (turned & beyond_chance(main, lines, level)).any():
        return FAILED
    if any(state != HOLDS for state in states) or all(
        line.change is None or line.change.is_empty for line in lines
    ):
        return INFORMATIVE
    power = least_power(lines)
    return PASSED if np.isnan(power) or power >= ENOUGH else INFORMATIVE
