"""The effect of a reform by its intensity, level and slope, over cohorts and periods.

Callaway, Goodman-Bacon & Sant'Anna (2024): each cohort and period is a comparison of its own (`comparisons`), averaged as
group-time effects are. Levels ATT(d|d) need parallel trends at each dose; slopes are effects of more dose only under the
strong form, that hospitals of other doses would have answered to a dose as those who have it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from dipeval.design import PanelDesign
from dipeval.errors import DesignError, Problem
from dipeval.estimate.dose.averages import Cell, averaged
from dipeval.estimate.dose.basis import DoseBasis, quantile_knots
from dipeval.estimate.dose.comparisons import compare
from dipeval.estimate.dose.terms import dose_estimate
from dipeval.estimate.option_words import one_word_problems
from dipeval.estimate.sample import Sample, make_sample
from dipeval.estimate.threads import one_thread
from dipeval.results import Estimate
from dipeval.results.origin import Origin

OVERALL = ("simple", "group")
PART = "dose_response"
CURVE = (0.1, 0.9)
"""Quantiles of the doses between which the curves are drawn at most."""
POINTS = 25


@dataclass(frozen=True)
class DoseResponse:
    """Effects by dose.

    Attributes
    ----------
    estimate : Estimate
        Terms ``att`` and ``acrt``, ``event_time=e`` of both, ``att(d)`` and ``acrt(d)`` of each dose.
    at : numpy.ndarray, shape (D,)
        Doses of the curves.
    level, slope : tuple of str, length D
        Their terms.
    basis : DoseBasis
    n_doses : int
        Different doses among treated hospitals.
    """

    estimate: Estimate
    at: np.ndarray
    level: tuple[str, ...]
    slope: tuple[str, ...]
    basis: DoseBasis
    n_doses: int


def dose_response(
    design: PanelDesign,
    values: np.ndarray,
    dose: np.ndarray,
    *,
    degree: int = 3,
    knots: int | Sequence[float] = 0,
    at: Sequence[float] | None = None,
    overall: str = "simple",
    outcome: str = "y",
    study: str = "",
) -> DoseResponse:
    """Estimate level and slope effects of the dose.

    Parameters
    ----------
    design : PanelDesign
        A panel; comparison, anticipation and event window are its own. Covariates are not used.
    values : numpy.ndarray, shape (design.n_rows_in,)
        The outcome, as for `dipeval.estimate.estimate`.
    dose : numpy.ndarray, shape (design.n_units,)
        Of each hospital, constant over time; of hospitals never treated it is zero, whatever stands here. Treated
        hospitals without one, or with zero, leave with an entry in the ledger.
    degree : int
        Of the B-splines.
    knots : int or sequence of float
        How many, at quantiles of the doses of treated hospitals; or at which doses.
    at : sequence of float, optional
        Doses of the curves, within those of the treated; default 25 from the 10 % to the 90 % quantile, as far as
        all cohorts reach.
    overall : {"simple", "group"}
        Averages over cohorts and periods: each by the cohort's weight, or periods of a cohort alike first.
    outcome, study : str

    Returns
    -------
    DoseResponse
        Influence is summed by cluster and holds that of the cohorts' shares. A dose that a cohort does not reach is
        averaged over the others, which the note says. Errors by `dipeval.infer.infer`.

    Raises
    ------
    DesignError
        All problems: doses missing, below zero or all alike, doses asked for outside, an impossible degree, no cohort
        with more doses than terms.

    Notes
    -----
    O(cells × hospitals × (K² + D)).
    """
    words = {"degree": degree, "knots": knots, "at": at, "overall": overall}
    sample, kept = _treated_with_dose(design, values, np.asarray(dose, float), words, outcome, study)
    basis, doses = _curve(kept, sample.unit_cohort, degree, knots, at)
    with one_thread():
        cells, why_not = _cells(sample, kept, basis, doses)
    if not any(cell.event_time >= 0 for cell in cells):
        todo = "lower the degree, take fewer knots, or use doses by hospital"
        evidence = tuple(dict.fromkeys(why_not.values()))[:5]
        what = "no cohort and period has more doses than the curve has terms, and a comparison"
        raise DesignError(PART, [Problem("dose", what, todo, evidence, len(why_not))])
    found = averaged(sample, cells, len(doses), overall)
    estimate = dose_estimate(sample, found, doses, why_not)
    again = partial(
        _again, dose=np.asarray(dose, float), words={**words, "at": tuple(doses)}, outcome=outcome
    )
    estimate = _named(estimate, study, outcome, Origin(design, values, again))
    level, slope = ([f"{word}({d:.6g})" for d in doses] for word in ("att", "acrt"))
    n_doses = len(np.unique(kept[np.isfinite(kept)]))
    return DoseResponse(estimate, doses, tuple(level), tuple(slope), basis, n_doses)


def _treated_with_dose(
    design: PanelDesign,
    values: np.ndarray,
    dose: np.ndarray,
    words: dict[str, object],
    outcome: str,
    study: str,
) -> tuple[Sample, np.ndarray]:
    """The rows whose hospitals are untreated throughout or have a dose; doses (m,), NaN for the untreated."""
    problems = _option_problems(design, dose, words)
    if problems:
        raise DesignError(PART, problems)
    sample = make_sample(design, values, (), outcome, f"{study}/{outcome}/{PART}".lstrip("/"))
    for rule, lost in (("dose_missing", ~np.isfinite(dose)), ("dose_zero", dose == 0)):
        ever = sample.layout.last >= sample.first_treated
        mine = dose if sample.units is None else dose[sample.units]
        gone = ever & (lost if sample.units is None else lost[sample.units])
        note = (
            "a treated hospital without a dose"
            if rule == "dose_missing"
            else "a treated hospital of dose zero"
        )
        if gone.any():
            n = int(gone.sum())
            sample = sample.drop(sample.layout.spread(gone), rule, note).warn(
                f"{n} treated hospitals are left out: {note}"
            )
    ever = sample.layout.last >= sample.first_treated
    mine = dose if sample.units is None else dose[sample.units]
    found = np.unique(mine[ever])
    if len(found) < 2:
        what = (
            "no treated hospital has one"
            if not len(found)
            else f"all treated hospitals have the same, {found[0]:g}"
        )
        todo = "the curve needs hospitals of unlike doses; for one dose use group_time"
        raise DesignError(PART, [Problem("dose", what, todo)])
    return sample, np.where(ever, mine, np.nan)


def _option_problems(design: PanelDesign, dose: np.ndarray, words: dict[str, object]) -> list[Problem]:
    problems = one_word_problems("overall", words["overall"], OVERALL)
    counted = [("degree", 1)] if isinstance(words["knots"], Sequence) else [("degree", 1), ("knots", 0)]
    for name, least in counted:
        value = words[name]
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= 10:
            todo = f"write a whole number from {least} to 10"
            problems.append(Problem(f"option {name}", f"is {value!r}", todo))
    if design.sampling != "panel":
        problems.append(Problem("design", "rows are drawn anew in each period", "follow hospitals: a panel"))
    if dose.shape != (design.n_units,):
        what = f"has shape {dose.shape}, the design {design.n_units} hospitals"
        problems.append(Problem("dose", what, "give one number a hospital, in the order of the design"))
    elif (dose[np.isfinite(design.unit_cohort)] < 0).any() or np.isinf(dose).any():
        n = int(((dose < 0) | np.isinf(dose)).sum())
        problems.append(Problem("dose", "is below zero or infinite", "mend the column", count=n))
    return problems


def _curve(
    dose: np.ndarray,
    cohort: np.ndarray,
    degree: int,
    knots: int | Sequence[float],
    at: Sequence[float] | None,
) -> tuple[DoseBasis, np.ndarray]:
    """The basis, and the doses at which it is drawn."""
    known = dose[np.isfinite(dose)]
    low, high = float(known.min()), float(known.max())
    where = quantile_knots(known, knots) if isinstance(knots, int) else tuple(sorted(map(float, knots)))
    problems = []
    if len({low, high, *where}) < len(where) + 2 or any(not low < k < high for k in where):
        what = f"{len(where)} knots among {len(np.unique(known))} different doses fall together or on an end"
        problems.append(Problem("option knots", what, "ask for fewer, inside the doses of the treated"))
    points = _points(dose, cohort) if at is None else np.unique(np.asarray(at, float))
    outside = points[(points < low) | (points > high)]
    if len(outside) or not len(points):
        todo = f"name doses from {low:.6g} to {high:.6g}: beyond them nobody is observed"
        evidence = tuple(f"{d:g}" for d in outside[:5])
        problems.append(
            Problem("option at", "lies outside the doses of the treated", todo, evidence, len(outside))
        )
    if problems:
        raise DesignError(PART, problems)
    return DoseBasis(low, high, where, degree), np.unique(points)


def _points(dose: np.ndarray, cohort: np.ndarray) -> np.ndarray:
    """Doses between two quantiles, as far as all cohorts reach: where one drops out, the curve would jump."""
    known = np.isfinite(dose)
    low, high = np.quantile(dose[known], CURVE)
    spans = [dose[known & (cohort == g)] for g in np.unique(cohort[known])]
    inner = max(low, *(part.min() for part in spans)), min(high, *(part.max() for part in spans))
    return np.linspace(*(inner if inner[0] < inner[1] else (low, high)), POINTS)


def _cells(
    sample: Sample, dose: np.ndarray, basis: DoseBasis, doses: np.ndarray
) -> tuple[list[Cell], dict[tuple[float, int], str]]:
    """Every comparison, and why others are none, by cohort and event time."""
    design, layout = sample.design, sample.layout
    shape = (layout.n_units, design.n_periods)
    outcome = np.full(shape, np.nan)
    outcome[layout.unit, layout.time] = sample.outcome
    weight = np.ones(shape)
    if sample.weights is not None:
        weight[layout.unit, layout.time] = sample.weights
    first, ever = sample.first_treated, np.isfinite(dose)
    seen = np.flatnonzero(np.isfinite(outcome).any(0))
    cells, why_not = [], {}
    for cohort in np.unique(sample.unit_cohort[ever]):
        base = int(cohort) - design.anticipation - 1
        mine = ever & (sample.unit_cohort == cohort)
        members = np.flatnonzero(mine & np.isfinite(outcome[:, base])) if base >= 0 else np.empty(0, int)
        reach = dose[members] if len(members) else np.zeros(1)
        covers = (doses >= reach.min()) & (doses <= reach.max())
        for time in seen[seen != base]:
            event = int(time - cohort)
            if not len(members):
                why_not[cohort, event] = (
                    f"cohort {design.cohort_label(cohort)} has no period before the reform"
                )
                continue
            change = outcome[:, time] - outcome[:, base]
            there = np.isfinite(change)
            later = (
                np.isinf(sample.unit_cohort)
                if design.comparison == "never_treated"
                else first > max(time, base)
            )
            found = compare(
                change,
                dose,
                weight[:, base],
                np.flatnonzero(there & mine),
                np.flatnonzero(there & later & ~mine),
                basis,
                doses,
            )
            if isinstance(found, str):
                why_not[cohort, event] = f"cohort {design.cohort_label(cohort)}: {found}"
                continue
            cells.append(Cell(cohort, int(time), event, found, covers, members, weight[members, base]))
    return cells, why_not


def _named(estimate: Estimate, study: str, outcome: str, origin: Origin) -> Estimate:
    return replace(estimate, study=study, outcome=outcome, origin=origin)


def _again(
    design: PanelDesign,
    values: np.ndarray,
    *,
    dose: np.ndarray,
    words: dict[str, object],
    outcome: str,
    only_overall: bool = False,
) -> Estimate:
    """The same curve for other data; `only_overall` is for estimators whose other terms cost time."""
    return dose_response(design, values, dose, outcome=outcome, **words).estimate
