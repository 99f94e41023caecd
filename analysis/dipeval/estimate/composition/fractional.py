"""Fractional multinomial logit with cohort and period effects: the composition that untreated shares imply.

Papke & Wooldridge (1996, 2008) for shares by quasi-likelihood, Mullahy (2015) for several at once; Wooldridge (2023),
"Simple approaches to nonlinear difference-in-differences with panel data", section 4, for parallel trends of the index:
cohort dummies stand for what is constant in hospitals (Mundlak's device, since treatment is a matter of cohort and
period), and with the canonical link imputation and the pooled regression with an effect for each treated cell agree.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from dipeval.design import PanelDesign
from dipeval.errors import DesignError, Problem
from dipeval.estimate.composition.amounts import Composition
from dipeval.estimate.composition.joint import Joint, joined
from dipeval.estimate.composition.multinomial_fit import MultinomialFit, fit_multinomial
from dipeval.estimate.lone_cohorts import warn_of_lone_cohorts
from dipeval.estimate.regression import FLOOR, Block, join_blocks
from dipeval.estimate.sample import Sample, make_sample
from dipeval.estimate.terms import group_facts, term_rows
from dipeval.estimate.threads import one_thread
from dipeval.results import Estimate

NAME = "fractional_multinomial"
ESTIMAND = "average effect on the shares of the treated, by parallel trends of log odds"


def fractional_effects(design: PanelDesign, found: Composition, study: str = "") -> Joint:
    """Effects on shares by fractional multinomial logit; they sum to zero.

    Untreated rows give ``E s_j = exp(a_j,cohort + b_j,period) / Σ exp(…)``; the effect is the mean over treated
    rows, from the reform on, of the share minus what that says of their cohort and period.

    Parameters
    ----------
    design : PanelDesign
    found : Composition
        Zeros need no rule here.

    Returns
    -------
    Joint
        One term, ``att``. Influence by cluster: that of the coefficients, H⁻¹ times scores summed by cluster, through
        the derivative of the means, and the treated rows' own around the mean of their cohort and period.

    Raises
    ------
    DesignError
        When a part is zero in all untreated rows of a cohort or period, where its log odds have no maximum; when no
        treated row has a cohort and period that untreated rows inform.

    Notes
    -----
    O(n D) for sums by cohort and period, then Newton's method with (cohorts + periods)(D − 1) coefficients.
    """
    sample = make_sample(design, found.shares[:, 0], (), "share", f"{study}/share/{NAME}".lstrip("/"))
    shares = np.column_stack([design.align(column) for column in found.shares.T])[sample.rows]
    with one_thread():
        return _fitted(sample, shares, found.parts, study)


def _fitted(sample: Sample, shares: np.ndarray, parts: Sequence[str], study: str) -> Joint:
    cohorts, cohort = np.unique(sample.cohort, return_inverse=True)
    n_cohorts, n_periods = len(cohorts), sample.design.n_periods
    cell = cohort * n_periods + sample.time
    n_cells = n_cohorts * n_periods
    weights = np.ones(sample.n_obs) if sample.weights is None else sample.weights
    untreated = ~sample.treated
    weight, sums = _by_cell(cell[untreated], weights[untreated], shares[untreated], n_cells)
    _refuse_separation(sums, weight, n_periods, parts, sample, cohorts)
    fit = fit_multinomial(_dummies(n_cohorts, n_periods, weight), weight, sums)
    if not fit.converged:
        raise DesignError("composition", [_no_maximum(sample.part, "a part is almost zero somewhere")])
    with np.errstate(invalid="ignore"):
        after = (sample.event_time >= 0) & fit.identified[cell]
    if not after.any():
        what = "no treated row has a cohort and period that untreated rows inform"
        raise DesignError("composition", [Problem(sample.part, what, "check the rows before the reform")])
    lost = int((sample.event_time >= 0).sum() - after.sum())
    if lost:
        sample = sample.warn(f"{lost} treated hospital-periods have no counterfactual by cohort and period")
    estimates = _effects(sample, shares, parts, fit, cell, weights, untreated, after)
    made = {part: _named(e, part, study) for part, e in estimates.items()}
    return joined(made, "share")


def _by_cell(
    cell: np.ndarray, weights: np.ndarray, shares: np.ndarray, n_cells: int
) -> tuple[np.ndarray, np.ndarray]:
    weight = np.bincount(cell, weights, n_cells)
    sums = [np.bincount(cell, weights * column, n_cells) for column in shares.T]
    return weight, np.column_stack(sums)


def _dummies(n_cohorts: int, n_periods: int, weight: np.ndarray) -> np.ndarray:
    """One column a cohort and a period that has untreated rows; cells of others stay unidentified."""
    cohort = np.repeat(np.eye(n_cohorts), n_periods, axis=0)
    period = np.tile(np.eye(n_periods), (n_cohorts, 1))
    return np.hstack([cohort, period])


def _effects(
    sample: Sample,
    shares: np.ndarray,
    parts: Sequence[str],
    fit: MultinomialFit,
    cell: np.ndarray,
    weights: np.ndarray,
    untreated: np.ndarray,
    after: np.ndarray,
) -> dict[str, Estimate]:
    """The average by part, its influence by cluster, and what stands behind it."""
    n_cells, own = len(fit.means), weights[after] / weights[after].sum()
    share_of_cell, mean_sums = _by_cell(cell[after], own, shares[after], n_cells)
    att = mean_sums.sum(axis=0) - share_of_cell @ fit.means
    moved = fit.multipliers(share_of_cell)
    by_row = np.zeros(shares.shape)
    residual = weights[untreated, None] * (shares - fit.means[cell])[untreated]
    by_row[untreated] = -np.einsum("nk,nkj->nj", residual, moved[cell[untreated]])
    centre = mean_sums / np.where(share_of_cell > 0, share_of_cell, 1.0)[:, None]
    by_row[after] += own[:, None] * (shares[after] - centre[cell[after]])
    codes, facts = sample.clusters()
    influence = {
        name: np.column_stack([np.bincount(code, column, facts[name].n) for column in by_row.T])
        for name, code in codes.items()
    }
    scale = np.sqrt(np.average(residual**2, axis=0)) if len(residual) else np.ones(len(parts))
    floor = FLOOR * np.maximum(scale, FLOOR) / np.sqrt(after.sum())
    behind = group_facts(sample, np.where(after, 0, -1), 1)
    warned = warn_of_lone_cohorts(sample)
    made = {}
    for j, part in enumerate(parts):
        mine = {name: values[:, [j]] for name, values in influence.items()}
        rows = term_rows("overall", behind, term=["att"])
        block = Block(rows, att[[j]], mine, np.ones(1), floor[[j]])
        made[part] = join_blocks(sample, [block], warned, ESTIMAND, "normal")
    return made


def _named(made: Estimate, part: str, study: str) -> Estimate:
    return replace(made, estimator=NAME, outcome=f"share:{part}", study=study)


def _refuse_separation(
    sums: np.ndarray,
    weight: np.ndarray,
    n_periods: int,
    parts: Sequence[str],
    sample: Sample,
    cohorts: np.ndarray,
) -> None:
    """A part without any amount in a cohort or period has log odds of minus infinity there."""
    problems = []
    labels: Mapping[int, Sequence[str]] = {
        1: ["never" if np.isinf(c) else sample.design.cohort_label(c) for c in cohorts],
        0: sample.design.period_labels,
    }
    for axis, word in ((1, "cohort"), (0, "period")):
        seen = weight.reshape(-1, n_periods).sum(axis=axis) > 0
        zero = (sums.reshape(-1, n_periods, len(parts)).sum(axis=axis) == 0) & seen[:, None]
        for j in np.flatnonzero(zero.any(axis=0)):
            where = [str(labels[axis][k]) for k in np.flatnonzero(zero[:, j])]
            what = f"{parts[j]} is zero in all untreated rows of {word} {', '.join(where[:3])}"
            problems.append(_no_maximum(sample.part, what))
    if problems:
        raise DesignError("composition", problems)


def _no_maximum(where: str, what: str) -> Problem:
    todo = "add the part to another one; shares and log-ratios are not concerned"
    return Problem(where, f"{what}: its log odds have no maximum", todo)
