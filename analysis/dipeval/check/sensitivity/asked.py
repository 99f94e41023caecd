"""What a study asks of its event study, and the bounds that it looks at."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor, isfinite, log10

import numpy as np

from dipeval.check.event_vector import EventVector
from dipeval.check.sensitivity.analysis import FIXED_LENGTH, USUAL, Analysis
from dipeval.check.sensitivity.restrictions import SMOOTHNESS
from dipeval.check.sensitivity.robust_interval import FIXED_LENGTH_HYBRID, LEAST_FAVOURABLE
from dipeval.errors import DataError, Problem
from dipeval.study.descriptions import DescriptionChoice


def asked(events: EventVector, choice: DescriptionChoice, level: float) -> Analysis:
    """From the words of a study to the analysis.

    Raises
    ------
    dipeval.errors.DataError
        Weights that do not fit the effects, a method that does not go with the restriction, bounds below zero.
    """
    told = choice.options
    family, shaped = str(told["restriction"]), bool(told["bias"] or told["trend"])
    method = str(told["method"]) or _usual(family, shaped)
    problems = []
    if method in (FIXED_LENGTH, FIXED_LENGTH_HYBRID) and family != SMOOTHNESS:
        what = f"'{method}' goes with the smoothness restriction alone"
        problems.append(
            Problem("method", what, f"write '{LEAST_FAVOURABLE}' or restriction = '{SMOOTHNESS}'")
        )
    if method == FIXED_LENGTH and shaped:
        what = "'fixed_length' makes no use of a sign or a direction"
        problems.append(Problem("method", what, f"write '{FIXED_LENGTH_HYBRID}' or leave it out"))
    if any(not (isfinite(bound) and bound >= 0) for bound in told["bounds"]):
        problems.append(Problem("bounds", "a bound is below 0", "write numbers that are not below 0"))
    weights = (
        np.asarray(told["weights"], float)
        if told["weights"]
        else _average(str(told["average"]), events.n_post)
    )
    if len(weights) != events.n_post or not weights.any():
        first, last = int(events.effects[0]), int(events.effects[-1])
        what = f"{len(weights)} weights for the {events.n_post} event times {first} to {last}"
        problems.append(Problem("weights", what, "write one for each, not all 0, or set window"))
    if problems:
        raise DataError("sensitivity", problems)
    return Analysis(
        events.beta,
        events.cov,
        events.n_pre,
        events.degrees,
        weights,
        family,
        method,
        str(told["bias"]) or None,
        str(told["trend"]) or None,
        level,
    )


def _usual(family: str, shaped: bool) -> str:
    if family != SMOOTHNESS:
        return LEAST_FAVOURABLE
    return FIXED_LENGTH_HYBRID if shaped else FIXED_LENGTH


def _average(word: str, n: int) -> np.ndarray:
    return {"mean": np.full(n, 1 / n), "first": np.eye(n)[0], "last": np.eye(n)[-1]}[word]


def threshold(analysis: Analysis, said: float | None) -> float:
    """The bound that decides: as told, else 1 for ratios and the largest bend of the leads, to two digits; NaN for none."""
    if said is not None:
        return float(said)
    if analysis.family != SMOOTHNESS:
        return 1.0
    return two_digits(analysis.bend) if analysis.bend > 0 else float("nan")


def bounds(
    analysis: Analysis, told: Sequence[float], deciding: float
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """The bounds that are shown, and which of them were added since those before did not reach the breakdown value.

    Returns
    -------
    shown, added : tuple of float
        Ascending.
    """
    if told:
        asked_for = [float(bound) for bound in told]
    elif analysis.family != SMOOTHNESS:
        asked_for = list(USUAL)
    else:
        asked_for = [0.0, *(two_digits(m * analysis.unit) for m in USUAL)]
    if isfinite(deciding):
        asked_for.append(deciding)
    last, broken = max(asked_for), analysis.breakdown
    added: list[float] = []
    if isfinite(broken) and broken >= last:
        steps = [two_digits(last + (broken - last) / 2), two_digits(broken * 1.05)]
        added = [step for step in steps if step > last]
    return tuple(sorted({*asked_for, *added})), tuple(sorted(set(added)))


def two_digits(value: float) -> float:
    """Rounded up to two digits."""
    if value == 0:
        return 0.0
    places = 1 - floor(log10(value))
    return float(round(ceil(round(value * 10.0**places, 6)) / 10.0**places, max(places, 0)))
