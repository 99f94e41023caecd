"""Fractional multinomial logit as a route to effects on shares: parallel trends of log odds.

Papke & Wooldridge (1996, 2008) for shares by quasi-likelihood, Mullahy (2015) for several at once; Wooldridge (2023),
"Simple approaches to nonlinear difference-in-differences with panel data", section 4, for parallel trends of the index and
imputation. Effects are of hospitals, as in the linear estimators, or of cohorts: these stand for what is constant in
hospitals where all are there in all periods (Mundlak's device, since treatment is a matter of cohort and period).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from dipeval.design import PanelDesign
from dipeval.design.cells import imputation_fault
from dipeval.errors import DesignError, Problem
from dipeval.estimate.composition.amounts import Composition
from dipeval.estimate.composition.joint import Joint, joined
from dipeval.estimate.composition.multinomial_fit import Cells, MultinomialFit, fit_multinomial
from dipeval.estimate.lone_cohorts import warn_of_lone_cohorts
from dipeval.estimate.regression import FLOOR, Block, join_blocks
from dipeval.estimate.sample import Sample, make_sample
from dipeval.estimate.terms import group_facts, term_rows
from dipeval.estimate.threads import one_thread
from dipeval.results import Estimate

NAME = "fractional_multinomial"
ESTIMAND = "average effect on the shares of the treated, by parallel trends of log odds"
HOSPITAL, COHORT = "hospital", "cohort"


def fractional_effects(
    design: PanelDesign, found: Composition, *, effects: str = HOSPITAL, study: str = ""
) -> Joint:
    """Effects on shares by fractional multinomial logit; they sum to zero.

    Untreated rows give ``E s_j = exp(a_gj + b_tj) / Σ exp(…)``; the effect is the mean over treated rows, from the
    reform on, of the share minus what that says of them.

    Parameters
    ----------
    design : PanelDesign
    found : Composition
        Zeros need no rule here. A part that a group never has before the reform has a counterfactual of zero.
    effects : {"hospital", "cohort"}
        What a group is. Effects of hospitals carry the incidental-parameters problem, of the order of the
        dispersion of shares around their mean over the number of untreated periods: small, since a share of a
        hospital-period is a mean over many cases.

    Returns
    -------
    Joint
        One term, ``att``. Influence by cluster: that of the coefficients, H⁻¹ times scores summed by cluster, through
        the derivative of the means, and the treated rows' own around the mean of their cohort and period, as in
        imputation.

    Raises
    ------
    DesignError
        No maximum; no treated row that untreated rows inform.

    Notes
    -----
    Newton's method; see `fit_multinomial` for its cost.
    """
    sample = make_sample(design, found.shares[:, 0], (), "share", f"{study}/share/{NAME}".lstrip("/"))
    shares = np.column_stack([design.align(column) for column in found.shares.T])[sample.rows]
    with one_thread():
        return _fitted(sample, shares, found.parts, effects, study)


def _fitted(sample: Sample, shares: np.ndarray, parts: Sequence[str], effects: str, study: str) -> Joint:
    level = sample.unit if effects == HOSPITAL else sample.cohort
    groups, group = np.unique(level, return_inverse=True)
    n_periods = sample.design.n_periods
    fault = imputation_fault(group, sample.time, sample.treated, len(groups), n_periods)
    with np.errstate(invalid="ignore"):
        after = (sample.event_time >= 0) & (fault == 0)
    if not after.any():
        what = "no treated row has a counterfactual by untreated rows"
        raise DesignError("composition", [Problem(sample.part, what, "check the rows before the reform")])
    weights = np.ones(sample.n_obs) if sample.weights is None else sample.weights
    untreated = np.flatnonzero(~sample.treated)
    cells = Cells(
        group[untreated],
        sample.time[untreated],
        weights[untreated],
        shares[untreated],
        len(groups),
        n_periods,
    )
    fit = fit_multinomial(_summed(cells) if effects == COHORT else cells)
    if not fit.converged:
        what = "the quasi-likelihood has no maximum: a part is almost zero somewhere"
        todo = "add the part to another one; shares and log-ratios are not concerned"
        raise DesignError("composition", [Problem(sample.part, what, todo)])
    lost = int((fault > 0).sum())
    if lost:
        sample = sample.warn(f"{lost} treated hospital-periods have no counterfactual")
    by_row, att = _influence(sample, shares, fit, cells, group, untreated, after, weights, effects)
    made = _estimates(sample, parts, att, by_row, after)
    named = {
        part: replace(e, estimator=NAME, outcome=f"share:{part}", study=study) for part, e in made.items()
    }
    return joined(named, "share")


def _summed(cells: Cells) -> Cells:
    """Rows of a group and period as one."""
    place, at = np.unique(cells.group * cells.n_periods + cells.period, return_inverse=True)
    weight = np.bincount(at, cells.weight)
    sums = [np.bincount(at, cells.weight * column) for column in cells.shares.T]
    group, period = np.divmod(place, cells.n_periods)
    shares = np.column_stack(sums) / weight[:, None]
    return Cells(group, period, weight, shares, cells.n_groups, cells.n_periods)


def _influence(
    sample: Sample,
    shares: np.ndarray,
    fit: MultinomialFit,
    cells: Cells,
    group: np.ndarray,
    untreated: np.ndarray,
    after: np.ndarray,
    weights: np.ndarray,
    effects: str,
) -> tuple[np.ndarray, np.ndarray]:
    """Influence of each row (n, D) on the averages, and the averages (D,)."""
    own = weights[after] / weights[after].sum()
    effect = shares[after] - fit.means(group[after], sample.time[after])
    moved = replace(fit, cells=cells).multipliers(group[after], sample.time[after], own)
    residual = cells.weight[:, None] * (cells.shares - fit.means(cells.group, cells.period))
    by_row = np.zeros(shares.shape)
    by_row[untreated] = -np.einsum("nk,nkj->nj", residual, moved)
    # as in imputation by squared weights; with effects of cohorts as the pooled regression has it
    centring = weights[after] ** (2 if effects == HOSPITAL else 1)
    _, cell = np.unique(
        np.column_stack([sample.cohort[after], sample.time[after]]), axis=0, return_inverse=True
    )
    cell = cell.ravel()
    size = np.bincount(cell, centring)
    centre = np.column_stack([np.bincount(cell, centring * column) for column in effect.T]) / size[:, None]
    by_row[after] += own[:, None] * (effect - centre[cell])
    return by_row, own @ effect


def _estimates(
    sample: Sample, parts: Sequence[str], att: np.ndarray, by_row: np.ndarray, after: np.ndarray
) -> dict[str, Estimate]:
    """One estimate a part, with what stands behind it."""
    codes, facts = sample.clusters()
    influence = {
        name: np.column_stack([np.bincount(code, column, facts[name].n) for column in by_row.T])
        for name, code in codes.items()
    }
    floor = FLOOR * np.maximum(np.sqrt((by_row**2).sum(axis=0)), FLOOR / np.sqrt(after.sum()))
    behind, warned = group_facts(sample, np.where(after, 0, -1), 1), warn_of_lone_cohorts(sample)
    made = {}
    for j, part in enumerate(parts):
        mine = {name: values[:, [j]] for name, values in influence.items()}
        block = Block(term_rows("overall", behind, term=["att"]), att[[j]], mine, np.ones(1), floor[[j]])
        made[part] = join_blocks(sample, [block], warned, ESTIMAND, "normal")
    return made
