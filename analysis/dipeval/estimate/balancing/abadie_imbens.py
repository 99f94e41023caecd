"""The matching estimate of the mean effect on the treated, and its error.

τ = Σ_i [ΔY_i − mean of ΔY over the matches of i] / N₁ over treated hospitals with a match. Error of Abadie &
Imbens (2006, Econometrica 74:235, theorem 7), with matched hospitals that serve k times in whole or in part; bias
adjustment of Abadie & Imbens (2011, JBES 29:1); correction for the estimated score of Abadie & Imbens (2016,
Econometrica 84:781, theorem 2). Hospitals are taken as independent. The bootstrap is not valid (Abadie & Imbens 2008).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dipeval.errors import DesignError, Problem
from dipeval.estimate.balancing.changes import Changes
from dipeval.estimate.balancing.like_covariates import mean_of_like
from dipeval.estimate.balancing.nearest import Matches, nearest

STAGE = "balance hospitals"
LEAST_PAIRS = 2


@dataclass(frozen=True)
class MatchedEffect:
    """The estimate and what its error is made of.

    Attributes
    ----------
    effect : float
    variance : float
        Under a score that is known.
    correction : float
        What the estimated score adds (mostly below 0); NaN where it is not computed.
    n_matched, n_pool : int
        Treated hospitals with a match, and hospitals that serve as one.
    adjusted : bool
        Whether the bias is adjusted.
    """

    effect: float
    variance: float
    correction: float
    n_matched: int
    n_pool: int
    adjusted: bool

    @property
    def std_error(self) -> float:
        """With the correction where it is known."""
        total = self.variance + (0.0 if np.isnan(self.correction) else self.correction)
        return float(np.sqrt(total)) if total > 0 else float("nan")


@dataclass(frozen=True)
class ScoreFit:
    """What the correction needs of the score: regressors (N, p), logit and probability (N,), and the Hessian (p, p)."""

    x: np.ndarray
    logit: np.ndarray
    score: np.ndarray
    hessian: np.ndarray


def matched_effect(
    changes: Changes,
    fit: ScoreFit,
    matches: Matches,
    *,
    neighbours: int = 2,
    adjust: bool = False,
    correct: bool = True,
) -> MatchedEffect:
    """Estimate the mean effect on the treated hospitals that have a match.

    Parameters
    ----------
    changes : Changes
        Of N hospitals, all known.
    fit : ScoreFit
    matches : Stretches or Mates
        Of the treated, in their order, among the others, in theirs.
    neighbours : int
        Hospitals of the same group, nearest in score, that tell its variance.
    adjust : bool
        Whether matches are adjusted for what covariates still differ: by a linear regression of changes on
        covariates among the matched, each as often as it serves.
    correct : bool
        Whether the error takes the estimated score into account; for one cohort only.

    Returns
    -------
    MatchedEffect
        Cost O(N (log N + C + p²)).

    Raises
    ------
    DesignError
        Fewer than two treated hospitals have a match; an adjustment by more covariates than there are matches.
    """
    d = changes.cohort >= 0
    own, pool = changes.own[d], changes.values[~d]
    cohort, found = changes.cohort[d], matches.count > 0
    if found.sum() < LEAST_PAIRS:
        what = f"{int(found.sum())} treated hospitals have a match: no error can be told"
        raise DesignError(STAGE, [Problem("matches", what, "widen the caliper, or take fewer covariates")])
    other = _at(matches.means(pool), cohort)
    if adjust:
        other = other + _adjustment(fit.x[d], fit.x[~d], pool, cohort, matches)
    apart = (own - other)[found]
    effect, n = float(apart.mean()), int(found.sum())
    variance = (
        ((apart - effect) ** 2).sum() + _reuse(fit.logit[~d], pool, cohort, matches, neighbours)
    ) / n**2
    correction = float("nan")
    if correct and len(changes.cohorts) == 1:
        y = np.where(d, changes.own, changes.values[:, 0])
        correction = score_correction(y, d, fit, effect, neighbours)
    used = int((matches.uses()[0] > 0).sum())
    return MatchedEffect(effect, float(variance), correction, n, used, adjust)


def _at(values: np.ndarray, cohort: np.ndarray) -> np.ndarray:
    """The column of each treated hospital's own cohort."""
    return values[np.arange(len(cohort)), cohort]


def _of_cohort(matches: Matches, cohort: np.ndarray, g: int) -> tuple[np.ndarray, np.ndarray]:
    """How often others serve treated hospitals of one cohort, and the squared parts."""
    return matches.part(cohort == g).uses()


def _reuse(
    logit: np.ndarray, pool: np.ndarray, cohort: np.ndarray, matches: Matches, neighbours: int
) -> float:
    """Σ over others of the variance that serving several times adds: k'Σk − Σ_g k²_g Σ_gg.

    For one cohort (K² − K') σ²(x). σ² is J/(J + 1) times the squared distance from the mean of the J nearest
    (Abadie & Imbens 2006, equation 14).
    """
    near = nearest(logit, logit, neighbours + 1)
    count = near.count - 1
    rest = (near.means(pool) * near.count[:, None] - pool) / np.maximum(count, 1)[:, None]
    apart = (pool - rest) * np.sqrt(count / (count + 1))[:, None]
    whole, squares = np.zeros(len(pool)), np.zeros(len(pool))
    for g in range(pool.shape[1]):
        used, squared = _of_cohort(matches, cohort, g)
        whole += used * apart[:, g]
        squares += squared * apart[:, g] ** 2
    return float((whole**2 - squares).sum())


def _adjustment(
    x: np.ndarray, x_pool: np.ndarray, pool: np.ndarray, cohort: np.ndarray, matches: Matches
) -> np.ndarray:
    """Predicted change at the treated hospital's covariates less that at its matches', (N₁,)."""
    gap, made = x - matches.means(x_pool), np.zeros(len(x))
    for g in range(pool.shape[1]):
        used = _of_cohort(matches, cohort, g)[0]
        on = used > 0
        if on.sum() <= x.shape[1]:
            what = f"{int(on.sum())} matched hospitals cannot tell {x.shape[1] - 1} covariates apart"
            raise DesignError(
                STAGE, [Problem("bias adjustment", what, "take fewer covariates, or do without")]
            )
        root = np.sqrt(used[on])
        slope = np.linalg.lstsq(x_pool[on] * root[:, None], pool[on, g] * root, rcond=None)[0]
        here = cohort == g
        made[here] = gap[here] @ slope
    return made


def score_correction(y: np.ndarray, d: np.ndarray, fit: ScoreFit, effect: float, neighbours: int) -> float:
    """What estimating the score adds to the variance: −c'I⁻¹c + δ'I⁻¹δ (Abadie & Imbens 2016, theorem 2).

    Parameters
    ----------
    y : numpy.ndarray, shape (N,)
        Change of each hospital over the one reform.
    d : numpy.ndarray, shape (N,), bool
    fit : ScoreFit
    effect : float
    neighbours : int

    Notes
    -----
    c is the covariance of the matching estimate with the score of the likelihood,
    N₁c = Σ f x (μ₁(F) − μ₀(F) − τ) + Σ f [cov(x, μ₁ | F) + F/(1−F) cov(x, μ₀ | F)], f = F(1−F); δ the derivative of
    the effect on the treated by the coefficients, N₁δ = Σ f x (μ₁(x) − μ₀(x) − τ). Means and covariances given F are
    those of the hospitals of a group nearest in score, μ(x) those nearest in covariates.
    """
    slope, n = fit.score * (1 - fit.score), d.sum()
    means, covariances = [], []
    for arm in (False, True):
        here = d == arm
        near = nearest(fit.logit, fit.logit[here], neighbours + 1)
        y_near, x_near = near.means(y[here]), near.means(fit.x[here])
        products = near.means(fit.x[here] * y[here, None])
        size = near.count[:, None]
        means.append(y_near)
        covariances.append((products - x_near * y_near[:, None]) * size / np.maximum(size - 1, 1))
    odds = fit.score / (1 - fit.score)
    c = fit.x.T @ (slope * (means[1] - means[0] - effect))
    c += (slope[:, None] * (covariances[1] + odds[:, None] * covariances[0])).sum(0)
    covariates, by_x = fit.x[:, 1:], np.empty(len(y))
    spread = np.cov(covariates, rowvar=False)
    for arm, sign in ((False, -1.0), (True, 1.0)):
        own, other = d == arm, d != arm
        like = mean_of_like(covariates[own], covariates[other], y[other], spread)
        by_x[own] = sign * (y[own] - like)
    delta = fit.x.T @ (slope * (by_x - effect))
    bread = np.linalg.inv(fit.hessian)
    return float((delta @ bread @ delta - c @ bread @ c) / n**2)
