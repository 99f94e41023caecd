"""Cells from the numbers and sums that an engine gives back, in the smallest types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from .case_cells import CaseCells, CellOutcome
from .case_numbers import HOSPITAL, KEY, PERIOD, WEIGHT, Plan
from .case_words import CaseOutcome

UNIT = "unit"
PLACE, CASES = "place", "cases"


def decoded(counts: pd.DataFrame, sizes: Mapping[str, int], plan: Plan) -> dict[str, np.ndarray]:
    """Arrays of the cells of some hospitals from keys and sums.

    Parameters
    ----------
    counts : pandas.DataFrame
        Rows ``cell``, ``cases`` and the sums of each outcome, in the order of the cells.
    sizes : mapping of str to int
        Radices of the key.

    Returns
    -------
    dict of str to numpy.ndarray
        ``place`` (hospital × periods + period), ``cases``, a covariate's codes under its name,
        ``weight``, and ``n0``, ``mean0``, ``within0``, … of the outcomes.
    """
    rest = counts[KEY].to_numpy(np.int64)
    made: dict[str, np.ndarray] = {CASES: counts["cases"].to_numpy().astype(np.int32)}
    for name, size in reversed(list(sizes.items())[2:]):
        rest, code = np.divmod(rest, size)
        made[name] = code.astype(np.min_scalar_type(-size))
    made[PLACE] = rest.astype(np.int32)
    for name in plan.covariates:
        made[name][made[name] == len(plan.levels[name])] = -1
    if plan.weights:
        made[WEIGHT] = plan.weight_values[made[WEIGHT]]
    for k, outcome in enumerate(plan.outcomes):
        made |= _outcome(counts, k, outcome)
    return made


def _outcome(counts: pd.DataFrame, k: int, outcome: CaseOutcome) -> dict[str, np.ndarray]:
    n = counts[f"n{k}"].to_numpy().astype(np.int32)
    total, squares = (counts[f"{c}{k}"].to_numpy(float, na_value=np.nan) for c in "sq")
    mean = np.divide(total, n, out=np.full(len(n), np.nan), where=n > 0)
    within = np.where(n > 1, np.maximum(squares - mean * total, 0), 0) * outcome.scale**2
    return {f"n{k}": n, f"mean{k}": mean * outcome.scale + outcome.shift, f"within{k}": within}


def assembled(
    parts: Sequence[dict[str, np.ndarray]], units: Sequence[tuple[str, str]], plan: Plan
) -> CaseCells:
    """All cells, with the names of their hospitals and periods; the parts are used up on the way.

    Parameters
    ----------
    parts : sequence of dict
        Of `decoded`, their places counted through all units.
    units : sequence of (str, str)
        City and hospital.
    """

    def whole(name: str) -> np.ndarray:
        return np.concatenate([part.pop(name) for part in parts])

    n = whole(CASES)
    row, periods = _periods(whole(PLACE), n, units, plan)
    outcomes = {}
    for k, outcome in enumerate(plan.outcomes):
        known = whole(f"n{k}")
        known = n if np.array_equal(known, n) else known
        outcomes[outcome.name] = CellOutcome(known, whole(f"mean{k}"), whole(f"within{k}"))
    codes = {name: whole(name) for name in plan.covariates}
    return CaseCells(
        periods, row, n, codes, plan.levels, outcomes, {}, whole(WEIGHT) if plan.weights else None
    )


def _periods(
    place: np.ndarray, n: np.ndarray, units: Sequence[tuple[str, str]], plan: Plan
) -> tuple[np.ndarray, pd.DataFrame]:
    """The hospital-period of each cell, and the frame of those with cases."""
    cases = np.bincount(place, n, len(units) * len(plan.periods)).astype(np.int64)
    seen = cases > 0
    at, period = np.divmod(np.flatnonzero(seen), len(plan.periods))
    frame = pd.DataFrame([units[k] for k in at], columns=["city", HOSPITAL])
    frame[UNIT] = [f"{city}/{hospital}" for city, hospital in frame.itertuples(index=False)]
    frame[PERIOD] = np.array(plan.periods, object)[period]
    return (np.cumsum(seen, dtype=np.int32) - 1)[place], frame.assign(cases=cases[seen])
