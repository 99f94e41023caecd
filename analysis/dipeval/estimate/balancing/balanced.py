"""A design whose treated and untreated hospitals are alike in covariates: trimmed, then matched or weighted.

Weights of hospitals become weights of the design, so every estimator runs on the balanced panel unchanged.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from dipeval.design import PanelDesign
from dipeval.design.reweighting import reweighted
from dipeval.errors import DesignError, Problem
from dipeval.estimate.balancing.entropy import entropy_tilt, tilt_influence, tilted
from dipeval.estimate.balancing.hospitals import STAGE, Hospitals, hospitals_before
from dipeval.estimate.balancing.nearest import Matches, nearest, nearest_once
from dipeval.estimate.balancing.plan import ENTROPY, MATCHING, BalancePlan
from dipeval.estimate.balancing.score_weights import score_weights
from dipeval.estimate.balancing.standardised import moments
from dipeval.estimate.propensity import fit_logit, is_singular, logistic

REMEDY_OVERLAP = "leave out the covariate that tells the groups apart, or hospitals that have no like"


@dataclass(frozen=True)
class Score:
    """A fitted propensity score of N hospitals.

    Attributes
    ----------
    coefficients : numpy.ndarray, shape (1 + q,)
    hessian : numpy.ndarray, shape (1 + q, 1 + q)
        Σ weight × e (1 − e) x x'.
    logit, score : numpy.ndarray, shape (N,)
    """

    coefficients: np.ndarray
    hessian: np.ndarray
    logit: np.ndarray
    score: np.ndarray


@dataclass(frozen=True)
class Tuned:
    """How weights follow from fitted coefficients, and what each hospital adds to these.

    Attributes
    ----------
    coefficients : numpy.ndarray, shape (r,)
    weights_at : callable
        From coefficients to weights of the hospitals (N,).
    influence : numpy.ndarray, shape (N, r)
        Of each hospital on the coefficients.
    """

    coefficients: np.ndarray
    weights_at: Callable[[np.ndarray], np.ndarray]
    influence: np.ndarray


@dataclass(frozen=True)
class Balanced:
    """Hospitals before and after.

    Attributes
    ----------
    plan : BalancePlan
    whole, compared : Hospitals
        All with known covariates, and those left by trimming.
    first, score : Score
        Of the whole, and of those compared.
    weights : numpy.ndarray, shape (N,)
        Of the hospitals compared; 0 for one that is not matched. The base weights of the design come on top.
    tuned : Tuned or None
        None for matching, whose weights jump.
    matches : Stretches or Mates or None
        Of the treated hospitals compared among the others, in their order.
    design : PanelDesign
        The balanced one: hospitals with a weight, weighted; its ledger tells who left.
    """

    plan: BalancePlan
    whole: Hospitals
    compared: Hospitals
    first: Score
    score: Score
    weights: np.ndarray
    tuned: Tuned | None
    matches: Matches | None
    design: PanelDesign


def balance(design: PanelDesign, covariates: pd.DataFrame, plan: BalancePlan) -> Balanced:
    """Make treated and untreated hospitals alike in what they were before the reform.

    Parameters
    ----------
    design : PanelDesign
        Treated are hospitals whose reform comes within the window, whenever; all others compare.
    covariates : pandas.DataFrame
        Indexed by the names of the hospitals; see `hospitals_before`.
    plan : BalancePlan

    Returns
    -------
    Balanced

    Raises
    ------
    DesignError
        As `hospitals_before`; covariates that tell the groups apart (no overlap), trimming that leaves nothing of
        a group, a caliper within which nobody has a match, moments that no weights reach.

    Notes
    -----
    Cost O(N q²) a step of the fit, O(N log N) for matches.
    """
    whole = hospitals_before(design, covariates)
    first = fit_score(whole, will_trim=bool(plan.trim) or plan.common_support)
    compared = _trimmed(whole, first, plan)
    score = first if compared is whole else fit_score(compared)
    if plan.method == MATCHING:
        matches = _matches(compared, score, plan)
        weights, tuned = _matched_weights(compared, matches), None
        rule, note = "without_match", "no match within the caliper, or not needed as one"
    else:
        matches, tuned = None, _tuned(compared, score, plan)
        weights = tuned.weights_at(tuned.coefficients)
        rule, note = "weighted", "every hospital has a weight above 0"
    made = reweighted(compared.design, weights, rule, f"{plan.method}: {note}")
    return Balanced(plan, whole, compared, first, score, weights, tuned, matches, made)


def fit_score(hospitals: Hospitals, will_trim: bool = False) -> Score:
    """Logit of being treated on the covariates, hospitals counted by their base weights.

    Parameters
    ----------
    hospitals : Hospitals
    will_trim : bool
        Whether hospitals that are as good as certain to be treated are left out afterwards, so that they may be.

    Raises
    ------
    DesignError
        The covariates tell the groups apart, so there is no overlap.
    """
    x, d = hospitals.regressors, hospitals.treated
    found = fit_logit(x, d, hospitals.base, np.zeros(x.shape[1]))
    if found.reason and not (will_trim and not is_singular(found.hessian)):
        apart = _apart(hospitals)
        what = "tell treated hospitals from the others: no overlap of the propensity scores"
        raise DesignError(STAGE, [Problem("covariates", what, REMEDY_OVERLAP, apart, len(apart))])
    logit = x @ found.coefficients
    return Score(found.coefficients, found.hessian, logit, logistic(logit))


def _apart(hospitals: Hospitals) -> tuple[str, ...]:
    """Covariates by how far the means of both groups are apart, the furthest first."""
    d, x = hospitals.treated, hospitals.standardised
    gaps = x[d].mean(0) - x[~d].mean(0)
    order = np.argsort(-np.abs(gaps), kind="stable")[:5]
    return tuple(f"{hospitals.names[k]}: {gaps[k]:+.2f} standard deviations" for k in order)


def _trimmed(whole: Hospitals, score: Score, plan: BalancePlan) -> Hospitals:
    """Hospitals within the bounds; each bound is an entry of the ledger."""
    made, at = whole, score.score
    if plan.trim:
        inside = (at >= plan.trim) & (at <= 1 - plan.trim)
        note = f"score below {plan.trim:g} or above {1 - plan.trim:g}"
        made, at = _left(made, inside, "score_out_of_bounds", note), at[inside]
    if plan.common_support:
        d = made.treated
        low, high = max(at[d].min(), at[~d].min()), min(at[d].max(), at[~d].max())
        inside = (at >= low) & (at <= high)
        made = _left(made, inside, "outside_common_support", "score outside the range of the other group")
    return made


def _left(hospitals: Hospitals, inside: np.ndarray, rule: str, note: str) -> Hospitals:
    if inside.all():
        return hospitals
    kept = hospitals.kept(reweighted(hospitals.design, inside.astype(float), rule, note))
    varies = np.ptp(kept.values, axis=0) > 0
    if not varies.any():
        what = "leaves hospitals that all have the same covariates"
        raise DesignError(STAGE, [Problem(rule, what, "trim less")])
    names = tuple(name for name, on in zip(kept.names, varies, strict=True) if on)
    return replace(kept, names=names, values=kept.values[:, varies])


def spread_of_logit(hospitals: Hospitals, score: Score) -> float:
    """Standard deviation of the logit, the variances of both groups averaged (Austin 2011, Pharm Stat 10:150)."""
    d = hospitals.treated
    return float(np.sqrt((score.logit[d].var(ddof=1) + score.logit[~d].var(ddof=1)) / 2))


def _matches(hospitals: Hospitals, score: Score, plan: BalancePlan) -> Matches:
    d = hospitals.treated
    reach = plan.caliper * spread_of_logit(hospitals, score) if plan.has_caliper else np.inf
    find = nearest if plan.replacement else nearest_once
    found = find(score.logit[d], score.logit[~d], plan.neighbours, reach)
    if not found.count.any():
        what = f"of {plan.caliper:g} standard deviations: no treated hospital has a match within it"
        raise DesignError(STAGE, [Problem("caliper", what, "widen it, or take other covariates")])
    return found


def _matched_weights(hospitals: Hospitals, matches: Matches) -> np.ndarray:
    """1 for treated hospitals with a match, for others how often they serve; (N,)."""
    weights, d = np.zeros(len(hospitals.treated)), hospitals.treated
    weights[d] = matches.count > 0
    weights[~d] = matches.uses()[0]
    return weights


def _tuned(hospitals: Hospitals, score: Score, plan: BalancePlan) -> Tuned:
    x, d, base = hospitals.regressors, hospitals.treated, hospitals.base
    if plan.method == ENTROPY:
        return _tilt(hospitals, plan)
    influence = np.linalg.solve(score.hessian, ((d - score.score) * base * x.T)).T

    def weights_at(coefficients: np.ndarray) -> np.ndarray:
        return score_weights(d, logistic(x @ coefficients), plan.method).weight

    return Tuned(score.coefficients, weights_at, influence)


def _tilt(hospitals: Hospitals, plan: BalancePlan) -> Tuned:
    """Entropy balancing; weights are in units of the base weight."""
    x, d, base = hospitals.regressors, hospitals.treated, hospitals.base
    if plan.moments == 2:
        x = _with_squares(hospitals)
    found = entropy_tilt(x, d, base)
    if found.reason:
        todo = "balance fewer moments or covariates, or trim"
        raise DesignError(STAGE, [Problem("entropy balancing", found.reason, todo, _apart(hospitals))])

    def weights_at(coefficients: np.ndarray) -> np.ndarray:
        return tilted(x, d, base, coefficients) / base

    return Tuned(found.coefficients, weights_at, tilt_influence(x, d, base, found.coefficients))


def _with_squares(hospitals: Hospitals) -> np.ndarray:
    """Squares of distances from the mean of the treated, of covariates with more than two values."""
    d, x = hospitals.treated, hospitals.standardised
    centre = np.array([moments(x[d, k], hospitals.base[d])[0] for k in range(x.shape[1])])
    squares = (x - centre) ** 2
    several = [k for k in range(x.shape[1]) if len(np.unique(x[:, k])) > 2]
    made = squares[:, several]
    return np.column_stack([hospitals.regressors, (made - made.mean(0)) / made.std(0)])
