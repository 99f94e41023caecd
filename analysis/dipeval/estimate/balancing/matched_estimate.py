"""The matching estimate of a panel as an `Estimate`, with its own error or with errors by cluster."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd

from dipeval.design import PanelDesign
from dipeval.design.reweighting import reweighted
from dipeval.estimate.balancing.abadie_imbens import MatchedEffect, ScoreFit, matched_effect
from dipeval.estimate.balancing.balanced import Balanced, balance
from dipeval.estimate.balancing.changes import Changes, changes_of
from dipeval.estimate.balancing.plan import BalancePlan
from dipeval.estimate.regression import FLOOR, Block, join_blocks
from dipeval.estimate.sample import make_sample
from dipeval.estimate.terms import group_facts, of_whole_sample, term_rows
from dipeval.results import Estimate, Inference
from dipeval.results.origin import Origin
from dipeval.results.student import critical_value, two_sided_p

NAME = "matched_changes"
ESTIMAND = (
    "mean over treated hospitals with a match of their change from before the reform to after it, less the change of "
    "their matches over the same periods"
)
UNKNOWN = "no outcome before or after a reform that it is compared over"
ALIKE = "hospitals count alike: weights of the design are not used"
BELOW = "no standard error: the correction for the estimated score exceeds the variance under a known one"


def matched_estimate(
    design: PanelDesign,
    outcome_values: np.ndarray | pd.Series,
    covariates: pd.DataFrame,
    plan: BalancePlan,
    *,
    outcome: str = "y",
    study: str = "",
    adjust: bool = False,
    neighbours: int = 2,
    level: float = 0.95,
) -> Estimate:
    """Match hospitals and compare their changes, with the error of Abadie and Imbens.

    Parameters
    ----------
    design, outcome_values, outcome, study
        As `dipeval.estimate.estimate`.
    covariates, plan
        As `dipeval.estimate.balancing.balanced.balance`; the plan's method is matching.
    adjust, neighbours
        As `dipeval.estimate.balancing.abadie_imbens.matched_effect`.
    level : float

    Returns
    -------
    Estimate
        One term, ``att``, inferred by Abadie and Imbens. Its influence by cluster takes the matches as given;
        `dipeval.infer.infer` puts errors by cluster in place of the first.

    Raises
    ------
    DesignError
        As `balance` and `matched_effect`.

    Notes
    -----
    With matches of one each, no gaps and one cohort the estimate is that of every estimator on the matched panel.
    """
    design, changes = _known(design, outcome_values)
    made = balance(design, covariates, plan)
    inside = design.units.get_indexer(made.compared.design.units)
    mine = Changes(changes.cohorts, changes.values[inside], changes.cohort[inside])
    score = made.score
    fit = ScoreFit(made.compared.regressors, score.logit, score.score, score.hessian)
    again = partial(
        _again,
        covariates=covariates,
        plan=plan,
        outcome=outcome,
        study=study,
        adjust=adjust,
        neighbours=neighbours,
    )
    found = matched_effect(
        mine, fit, made.matches, neighbours=neighbours, adjust=adjust, correct=plan.replacement
    )
    bare = _estimate(made, mine, found, outcome_values, f"{study}/{outcome}/{NAME}".lstrip("/"))
    told = (ALIKE,) if design.weights is not None else ()
    named = replace(
        bare, estimator=NAME, outcome=outcome, study=study, origin=Origin(design, outcome_values, again)
    )
    return named.with_inference(_inference(found, level), *told)


def _again(
    design: PanelDesign, values: np.ndarray, *, only_overall: bool = False, **words: object
) -> Estimate:
    """The same for another design or outcome; there is an overall effect alone."""
    return matched_estimate(design, values, **words)


def _known(design: PanelDesign, values: np.ndarray | pd.Series) -> tuple[PanelDesign, Changes]:
    """The design of hospitals whose changes are known."""
    changes = changes_of(design, values)
    known = changes.known
    if known.all():
        return design, changes
    design = reweighted(design, known.astype(float), "change_unknown", UNKNOWN)
    return design, changes_of(design, values)


def _estimate(
    made: Balanced, changes: Changes, found: MatchedEffect, values: np.ndarray | pd.Series, part: str
) -> Estimate:
    """The number with its influence under given matches."""
    sample = make_sample(made.design, values, (), "outcome", part)
    facts = of_whole_sample(group_facts(sample, np.where(sample.treated, 0, -1), 1), sample)
    codes, clusters = sample.unit_clusters()
    by_hospital = _influence(made, changes, found)[made.weights > 0]
    influence = {
        name: np.bincount(codes[name], by_hospital, facts_of.n)[:, None]
        for name, facts_of in clusters.items()
    }
    terms = term_rows("overall", facts, term=["att"], estimand=[ESTIMAND])
    floor = np.array([FLOOR * FLOOR * (abs(found.effect) + np.abs(by_hospital).max())])
    block = Block(terms, np.array([found.effect]), influence, np.ones(1), floor)
    return join_blocks(sample, [block], clusters, ESTIMAND, "t")


def _influence(made: Balanced, changes: Changes, found: MatchedEffect) -> np.ndarray:
    """Of each hospital compared, (N,): its share of the two means, as if matches were drawn with it."""
    d, n = changes.cohort >= 0, found.n_matched
    own, pool, cohort = changes.own[d], changes.values[~d], changes.cohort[d]
    here = made.matches.count > 0
    made_of = np.zeros(len(d))
    made_of[d] = np.where(here, own - own[here].mean(), 0.0) / n
    other = np.zeros(len(pool))
    mean = made.matches.means(pool)[np.arange(len(cohort)), cohort][here].mean()
    for g in range(pool.shape[1]):
        other -= made.matches.part(cohort == g).uses()[0] * (pool[:, g] - mean) / n
    made_of[~d] = other
    return made_of


def _inference(found: MatchedEffect, level: float) -> Inference:
    error = found.std_error
    corrected = not np.isnan(found.correction)
    reach = critical_value(level, np.inf) * error
    rule = "Abadie and Imbens (2006), hospitals independent" + (
        ", with the correction for the estimated score (2016)" if corrected else ", the score taken as known"
    )
    return Inference(
        method="abadie_imbens",
        rule=rule,
        label="Abadie–Imbens",
        cluster="hospital",
        small_sample="",
        df=np.inf,
        level=level,
        cov=np.array([[error**2]]),
        std_error=np.array([error]),
        p_value=two_sided_p(np.array([found.effect / error]), np.inf),
        conf_low=np.array([found.effect - reach]),
        conf_high=np.array([found.effect + reach]),
        notes=("" if np.isfinite(error) else BELOW,),
        n_clusters=found.n_matched + found.n_pool,
        n_treated_clusters=found.n_matched,
    )
