"""Two-by-two: one cohort against hospitals that stay untreated, before against after.

The textbook difference in differences (Card & Krueger 1994), as the two-way regression on exactly these
hospitals and periods, so that gaps, weights and covariates are handled and no other cohort has a say. In a
balanced panel it is the difference of two differences of means (Bertrand, Duflo & Mullainathan 2004, section
IV.C, collapse the periods the same way).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dipeval.errors import DesignError, Problem
from dipeval.estimate.cohort_panel import arrange
from dipeval.estimate.cohort_regression import CohortFit, cohort_regression
from dipeval.estimate.estimands import TWO_GROUPS
from dipeval.estimate.option_words import refuse
from dipeval.estimate.regression import FLOOR, Block, cr1_factor, join_blocks, residual_scale
from dipeval.estimate.sample import Sample, drop_singletons
from dipeval.estimate.terms import group_facts, stack, term_rows
from dipeval.results import Estimate

NO_BEFORE = "not identified: the cohort is not observed both before and after its reform"
NO_COMPARISON = "not identified: no hospital stays untreated over these periods"
COLLINEAR = "not identified: treatment does not vary beside hospitals, periods and covariates"


@dataclass(frozen=True)
class OneCohort:
    """The comparison of one cohort: its rows, its fit (None where there is none), and why there is none."""

    cohort: float
    part: Sample
    fit: CohortFit | None
    note: str

    @property
    def treated_weight(self) -> float:
        """Weight of the treated hospital-periods."""
        treated = self.part.treated
        return float(treated.sum() if self.part.weights is None else self.part.weights[treated].sum())


def two_by_two(
    sample: Sample, *, before: Sequence[int] | None = None, after: Sequence[int] | None = None
) -> Estimate:
    """Difference in differences of each cohort against hospitals that stay untreated.

    Parameters
    ----------
    sample : Sample
        With comparison ``not_yet_treated``, hospitals compare that are untreated over all periods used; with
        ``never_treated``, those never treated.
    before, after : sequence of int, optional
        Event times of the two sides; None: all that are observed before anticipation, and all from the reform
        on. Fewer periods after the reform let later cohorts serve as comparison.

    Returns
    -------
    Estimate
        Terms ``att``, the mean over cohorts by the weight of their treated hospital-periods; ``cohort=g``.
        One cohort equals fixest's ``feols(y ~ treated + x | unit + time)`` on its rows and those of its
        comparison; the small-sample factor is that of all these regressions stacked.

    Raises
    ------
    DesignError
        Event times that are not of their side, or no cohort has a comparison.

    Notes
    -----
    O(n C p²) for C cohorts.
    """
    sides = _sides(sample, before, after)
    every = [_one_cohort(sample, cohort, *sides) for cohort in np.unique(sample.cohort[sample.treated])]
    found = [one for one in every if one.fit is not None]
    if not found:
        todo = "give fewer periods in the option after, or add hospitals that stay untreated"
        reasons = tuple(sorted({one.note for one in every}))
        raise DesignError("estimate", [Problem("two_by_two", "no cohort has a comparison", todo, reasons)])
    rows = np.unique(np.concatenate([one.part.rows for one in found]))
    unused = ~np.isin(sample.rows, rows, assume_unique=True)
    sample = sample.drop(unused, "outside_comparison", "no cohort's comparison uses the row")
    return join_blocks(sample, [_block(sample, every, found)], sample.clusters()[1], TWO_GROUPS, "t")


def _sides(
    sample: Sample, before: Sequence[int] | None, after: Sequence[int] | None
) -> tuple[np.ndarray, np.ndarray]:
    """Event times of both sides."""
    last = -sample.design.anticipation - 1
    span = sample.design.n_periods
    rest = max(int(np.abs(sample.cohort[np.isfinite(sample.cohort)]).max(initial=0)), span)
    problems, sides = [], []
    for name, given, low, high in (("before", before, -rest, last), ("after", after, 0, span)):
        if given is None:
            sides.append(np.arange(low, high + 1))
            continue
        whole = isinstance(given, (Sequence, np.ndarray)) and not isinstance(given, str) and len(given)
        if whole and all(isinstance(e, (int, np.integer)) and low <= e <= high for e in given):
            sides.append(np.unique(np.array(list(given), int)))
            continue
        todo = f"give event times of at most {last}" if name == "before" else "give event times from 0 on"
        problems.append(Problem(f"option {name}", "is not of its form", todo, (repr(given),)))
    refuse(problems)
    return sides[0], sides[1]


def _one_cohort(sample: Sample, cohort: float, before: np.ndarray, after: np.ndarray) -> OneCohort:
    design, time = sample.design, sample.time
    own = sample.cohort == cohort
    wanted = np.zeros((2, design.n_periods), bool)
    for side, events in enumerate((before, after)):
        periods = int(cohort) + events
        wanted[side, periods[(periods >= 0) & (periods < design.n_periods)]] = True
    seen = np.bincount(time[own], minlength=design.n_periods) > 0
    wanted &= seen
    if not wanted.any(1).all():
        return OneCohort(cohort, sample.where(own & wanted.any(0)[time]), None, NO_BEFORE)
    last = np.flatnonzero(wanted.any(0))[-1]
    stays = sample.cohort - design.anticipation > last
    if design.comparison == "never_treated":
        stays &= np.isinf(sample.cohort)
    part = sample.where((own | stays) & wanted.any(0)[time])
    part = drop_singletons(part)
    if not (part.cohort != cohort).any():
        return OneCohort(cohort, part, None, NO_COMPARISON)
    fit = _fit(part, cohort, wanted[1])
    at = _treatment(fit)
    determined = fit.determined(*at)[0]
    return OneCohort(cohort, part, fit if determined else None, "" if determined else COLLINEAR)


def _fit(part: Sample, cohort: float, after: np.ndarray) -> CohortFit:
    panel = arrange(part)
    treated = (panel.cohorts == cohort)[:, None] & after
    eye = np.tile(np.eye(panel.n_periods), (len(panel.cohorts), 1, 1))
    shared = np.concatenate([eye, treated[:, :, None].astype(float)], axis=2)
    none = [np.zeros((panel.n_periods, 0))] * len(panel.cohorts)
    return cohort_regression(panel, part.outcome, shared, none, part.columns)


def _treatment(fit: CohortFit) -> tuple[list[np.ndarray], np.ndarray]:
    """The coefficient of treatment as a combination, for `CohortFit`."""
    at = np.zeros((len(fit.solution), 1))
    at[fit.panel.n_periods] = 1
    return [np.zeros((0, 1))] * len(fit.own), at


def _block(sample: Sample, every: Sequence[OneCohort], found: Sequence[OneCohort]) -> Block:
    """The overall mean and one term a cohort."""
    whole, facts = sample.clusters()
    names = [sample.design.cohort_label(one.cohort) for one in every]
    params = np.full(len(every), np.nan)
    variance = np.full(len(every), np.nan)
    influence = {name: np.full((fact.n, len(every)), np.nan) for name, fact in facts.items()}
    for k, one in enumerate(every):
        if one.fit is None:
            continue
        own, at = _treatment(one.fit)
        basis, dense, size = one.fit.multipliers(own, at)
        params[k], variance[k] = one.fit.value(own, at)[0], size[0]
        rows = np.searchsorted(sample.rows, one.part.rows)
        codes = {name: code[rows] for name, code in whole.items()}
        sizes = {name: fact.n for name, fact in facts.items()}
        for name, summed in one.fit.influence(basis, dense, codes, sizes).items():
            influence[name][:, k] = summed[:, 0]
    weight = np.array([one.treated_weight if one.fit is not None else 0.0 for one in every])
    weight /= weight.sum()
    known = weight > 0
    mean = {name: values[:, known] @ weight[known] for name, values in influence.items()}
    n_obs, n_parameters = (
        sum(x) for x in zip(*((o.part.n_obs, o.fit.n_parameters) for o in found), strict=True)
    )
    scale = max(residual_scale(o.fit.residuals, o.part.outcome, o.part.weights) for o in found)
    return Block(
        _rows(sample, every, names),
        np.r_[params[known] @ weight[known], params],
        {name: np.column_stack([mean[name], values]) for name, values in influence.items()},
        np.full(1 + len(every), cr1_factor(n_obs, n_parameters)),
        FLOOR * scale * np.sqrt(np.r_[variance[known] @ weight[known] ** 2, variance]),
        n_parameters,
    )


def _rows(sample: Sample, every: Sequence[OneCohort], names: Sequence[str]) -> pd.DataFrame:
    facts = [group_facts(one.part, np.zeros(one.part.n_obs, np.int64), 1) for one in every]
    overall = group_facts(sample, np.zeros(sample.n_obs, np.int64), 1)
    lost = [name for name, one in zip(names, every, strict=True) if one.fit is None]
    note = f"without cohorts that have no comparison: {', '.join(lost)}" if lost else ""
    labels = {
        "term": [f"cohort={name}" for name in names],
        "cohort": names,
        "note": [one.note for one in every],
    }
    return stack(
        term_rows("overall", overall, term=["att"], note=note),
        term_rows("cohort", pd.concat(facts), **labels),
    )
