"""Cells from the numbers and sums that an engine gives back, in the smallest types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from .case_cells import CaseCells, CellOutcome
from .case_numbers import HOSPITAL, KEY, PERIOD, WEIGHT, Plan
from .case_words import CaseOutcome

UNIT = "unit"


@dataclass(frozen=True)
class Part:
    """Cells of some hospitals of a city: the place of their hospital-period, and what `CaseCells` holds."""

    place: np.ndarray
    n: np.ndarray
    codes: dict[str, np.ndarray]
    weights: np.ndarray | None
    outcomes: dict[str, CellOutcome]


def decoded(counts: pd.DataFrame, sizes: Mapping[str, int], plan: Plan) -> Part:
    """Codes and means from keys and sums, in the smallest types."""
    rest = counts.pop(KEY).to_numpy(np.int64)
    codes: dict[str, np.ndarray] = {}
    for name, size in reversed(list(sizes.items())[2:]):
        rest, code = np.divmod(rest, size)
        codes[name] = code.astype(np.min_scalar_type(-size))
    n = counts["cases"].to_numpy().astype(np.int32)
    for name in plan.covariates:
        codes[name][codes[name] == len(plan.levels[name])] = -1
    weights = plan.weight_values[codes[WEIGHT]] if plan.weights else None
    found = {outcome.name: _outcome(counts, k, outcome, n) for k, outcome in enumerate(plan.outcomes)}
    return Part(rest.astype(np.int32), n, {name: codes[name] for name in plan.covariates}, weights, found)


def _outcome(counts: pd.DataFrame, k: int, outcome: CaseOutcome, cases: np.ndarray) -> CellOutcome:
    n = counts[f"n{k}"].to_numpy().astype(np.int32)
    total, squares = (counts[f"{c}{k}"].to_numpy(float, na_value=np.nan) for c in "sq")
    mean = np.divide(total, n, out=np.full(len(n), np.nan), where=n > 0)
    within = np.where(n > 1, np.maximum(squares - mean * total, 0), 0)
    known = cases if np.array_equal(n, cases) else n
    return CellOutcome(known, mean * outcome.scale + outcome.shift, within * outcome.scale**2)


def named(parts: Sequence[Part], city: str, hospitals: list[str], plan: Plan) -> CaseCells:
    """The cells of one city with the names of its hospitals and periods."""
    place = np.concatenate([part.place for part in parts])
    n = np.concatenate([part.n for part in parts])
    cases = np.bincount(place, n, len(hospitals) * len(plan.periods)).astype(np.int64)
    seen = cases > 0
    at, period = np.divmod(np.flatnonzero(seen), len(plan.periods))
    names = np.array(hospitals, object)[at]
    frame = pd.DataFrame({"city": city, HOSPITAL: names, UNIT: [f"{city}/{name}" for name in names]})
    frame[PERIOD] = np.array(plan.periods, object)[period]
    row = (np.cumsum(seen, dtype=np.int32) - 1)[place]
    return CaseCells(
        frame.assign(cases=cases[seen]),
        row,
        n,
        {name: np.concatenate([part.codes[name] for part in parts]) for name in plan.covariates},
        plan.levels,
        _side_by_side([part.outcomes for part in parts]),
        {},
        np.concatenate([part.weights for part in parts]) if plan.weights else None,
    )


def _side_by_side(parts: Sequence[Mapping[str, CellOutcome]]) -> dict[str, CellOutcome]:
    """The outcomes of all parts, one after the other."""
    made = {}
    for name in parts[0]:
        found = [part[name] for part in parts]
        made[name] = CellOutcome(
            *(np.concatenate([getattr(o, word) for o in found]) for word in ("n", "mean", "within"))
        )
    return made


def joined(plan: Plan, parts: Sequence[CaseCells]) -> CaseCells | None:
    """The cells of all cities, one after the other."""
    if len(parts) < 2:
        return parts[0] if parts else None
    starts = np.cumsum([0, *(len(part.periods) for part in parts)]).astype(np.int32)
    return CaseCells(
        pd.concat([part.periods for part in parts], ignore_index=True),
        np.concatenate([part.row + start for part, start in zip(parts, starts, strict=False)]),
        np.concatenate([part.n for part in parts]),
        {name: np.concatenate([part.codes[name] for part in parts]) for name in plan.covariates},
        plan.levels,
        _side_by_side([part.outcomes for part in parts]),
        {},
        np.concatenate([part.weights for part in parts]) if plan.weights else None,
    )
