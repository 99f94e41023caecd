"""Placebos in time: the reform moved ahead of its date, on data from before it alone.

Abadie, Diamond & Hainmueller (2015, *American Journal of Political Science* 59(2), section "placebo tests") call it
backdating. Nothing happened at a fake date, so an effect there is one that trends make by themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from dipeval.design import PanelDesign
from dipeval.design.calendar import period_code
from dipeval.errors import DesignError, Problem
from dipeval.results import Estimate

STAGE = "placebo_time"
REMEDY = "name a date with data on both sides, or leave the dates out: then every one that has is taken"


@dataclass(frozen=True)
class FakeDate:
    """The reform of all cohorts moved ahead by as many periods.

    Attributes
    ----------
    earlier : int
        Periods between the fake date and the actual one. Anticipation moves both, so these are the fake periods after.
    cohorts : tuple of float
        Time codes of the actual dates of the cohorts that have data on both sides of the fake one.
    left_out : tuple of float
        Those of the cohorts that have not; their hospitals are left out.
    dates : tuple of str
        Labels of the fake dates, in the order of `cohorts`.
    before, after : int
        Periods with data on each side, of the cohort that has most.
    """

    earlier: int
    cohorts: tuple[float, ...]
    left_out: tuple[float, ...]
    dates: tuple[str, ...]
    before: int
    after: int


@dataclass(frozen=True)
class Backdated:
    """A fake date and the estimate there; None with a reason where there is none."""

    date: FakeDate
    estimate: Estimate | None
    reason: str = ""


def fake_dates(
    estimate: Estimate, *, periods: int = 1, earlier: Sequence[int] = (), dates: Sequence[str] = ()
) -> tuple[FakeDate, ...]:
    """Every fake date before the reform that has data on both sides, the nearest to the reform first.

    Parameters
    ----------
    estimate : Estimate
        With its data at hand.
    periods : int
        Periods with data that must lie on each side.
    earlier : sequence of int
        Only these distances from the actual date.
    dates : sequence of str
        Only these fake dates of the first cohort; later cohorts move by as many periods.

    Raises
    ------
    DesignError
        No fake date has data on both sides, or one that was asked for has not: all of them at once.

    Notes
    -----
    O(n), and O(C T²) for C cohorts and T periods.
    """
    design = _design_of(estimate)
    seen = _seen_before(estimate)
    asked = [*earlier, *(_distance(design, seen, label) for label in dates)]
    names = [*(f"{k} periods earlier" for k in earlier), *dates]
    every = {k: found for k in range(1, design.n_periods) if (found := _fake_date(design, seen, k, periods))}
    if not asked:
        if not every:
            what = f"no fake date has {periods} period(s) with data on each side: too few periods before the reform"
            raise DesignError(STAGE, [Problem("fake dates", what, "begin the study earlier")])
        return tuple(every.values())
    known = f"those from {min(every)} to {max(every)} periods earlier have" if every else "none has"
    problems = [
        Problem(f"fake date {name}", f"has no data on both sides: {_lacking(k, periods)}; {known}", REMEDY)
        for k, name in zip(asked, names, strict=True)
        if k not in every
    ]
    if problems:
        raise DesignError(STAGE, problems)
    return tuple(every[k] for k in sorted(set(asked)))


def backdated(estimate: Estimate, date: FakeDate) -> Backdated:
    """The estimator at a fake date, on hospital-periods from before the actual reform alone.

    Periods in which no cohort of the fake date is observed before its reform are left out for the others too.
    One estimate.
    """
    design, outcome = _design_of(estimate), estimate.origin.values
    moved = np.isin(design.unit_cohort, date.cohorts)
    kept = ~np.isin(design.unit_cohort, date.left_out)
    before = np.where(
        kept, np.minimum(design.first_treated, max(date.cohorts) - design.anticipation), -np.inf
    )
    outcome[design.rows[design.time >= design.layout.spread(before)]] = np.nan
    cohort = np.where(moved, design.unit_cohort - date.earlier, design.unit_cohort)
    try:
        made = estimate.origin.again(replace(design, unit_cohort=cohort, unit_ended=None), outcome)
    except DesignError as error:
        return Backdated(date, None, "; ".join(problem.what for problem in error.problems))
    return Backdated(date, made)


def _design_of(estimate: Estimate) -> PanelDesign:
    if estimate.origin is None:
        what = "the data of this estimate are not at hand"
        raise DesignError(STAGE, [Problem("estimate", what, "estimate again in this session")])
    return estimate.origin.design


def _seen_before(estimate: Estimate) -> dict[float, np.ndarray]:
    """Periods in which each cohort that is reformed within the window is observed before it, sorted."""
    design, values = estimate.origin.design, estimate.origin.values
    known = np.isfinite(values[design.rows]) & (design.time < design.layout.spread(design.first_treated))
    inside = [c for c in design.cohorts if c - design.anticipation < design.n_periods]
    return {c: np.unique(design.time[known & (design.cohort == c)]) for c in inside}


def _fake_date(
    design: PanelDesign, seen: dict[float, np.ndarray], earlier: int, periods: int
) -> FakeDate | None:
    """The date so many periods earlier; None where no cohort has data on both sides."""
    sides = {}
    for cohort, times in seen.items():
        start = cohort - design.anticipation - earlier
        sides[cohort] = int((times < start).sum()), int((times >= start).sum())
    cohorts = tuple(c for c, side in sides.items() if min(side) >= periods)
    if not cohorts:
        return None
    return FakeDate(
        earlier=earlier,
        cohorts=cohorts,
        left_out=tuple(c for c in sides if c not in cohorts),
        dates=tuple(design.cohort_label(c - earlier) for c in cohorts),
        before=max(sides[c][0] for c in cohorts),
        after=max(sides[c][1] for c in cohorts),
    )


def _distance(design: PanelDesign, seen: dict[float, np.ndarray], label: str) -> int:
    """Periods from a date to that of the first cohort; 0 where there is no cohort."""
    try:
        code = period_code(label) - period_code(design.period_labels[0])
    except ValueError as error:
        problem = Problem(f"fake date {label}", str(error), "write it as the panel's periods are")
        raise DesignError(STAGE, [problem]) from error
    return int(min(seen) - code) if seen else 0


def _lacking(earlier: int, periods: int) -> str:
    if earlier < 1:
        return "it does not lie before the reform"
    return f"fewer than {periods} period(s) before or after it, before the reform"
