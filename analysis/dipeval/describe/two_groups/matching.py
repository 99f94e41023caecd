"""Nearest neighbours on the logit of the score, with replacement, ties kept and averaged.

Cases of one score are alike to a matching, so everything is a sum by score and group. Abadie & Imbens
(2016, Econometrica 84:781) correct the variance for the estimated score by covariances of covariates and
outcome among cases of one score. Here each combination of covariates has a score of its own, within which
covariates are constant: the correction is nil where every combination is found in both groups. Elsewhere it
is left out, which for the mean over all cases errs on the side of too large errors.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dipeval.describe.regressions.model_cells import Summed
from dipeval.describe.two_groups.effects import Effect
from dipeval.describe.two_groups.propensity import PropensityScore, TreatmentCells
from dipeval.describe.two_groups.weighting import ATE
from dipeval.estimate.balancing.nearest import EQUAL
from dipeval.estimate.balancing.nearest import nearest as nearest_scores


@dataclass(frozen=True)
class Matches:
    """Who is matched with whom, by score.

    Attributes
    ----------
    place : numpy.ndarray, shape (cells,), int
        The score of each cell, by number.
    eta : numpy.ndarray, shape (scores,)
        Linear predictor, ascending.
    neighbours : tuple of list of numpy.ndarray
        For control and treated, by score: the nearest scores of the other group; empty where there is none
        within the caliper, or no case.
    n : numpy.ndarray, shape (2, scores), int64
        Cases by group and score.
    """

    place: np.ndarray
    eta: np.ndarray
    neighbours: tuple[list[np.ndarray], list[np.ndarray]]
    n: np.ndarray

    def matched(self, arm: int) -> np.ndarray:
        """Which scores of a group have a match, (scores,) bool."""
        return np.array([len(found) > 0 for found in self.neighbours[arm]], bool)


def nearest(
    given: TreatmentCells, score: PropensityScore, caliper: float, counts: np.ndarray | None = None
) -> Matches:
    """Find the nearest scores of the other group, all that are equally near, within the caliper.

    Parameters
    ----------
    caliper : float
        Largest distance, in standard deviations of the logit of the score (Austin 2011: 0.2); infinity for none.
    counts : numpy.ndarray, shape (cells,), optional
        Cases to be matched by cell, by default all.

    Notes
    -----
    Cost O(scores × log scores).
    """
    cases = given.cells.cases if counts is None else counts
    order = np.argsort(score.eta, kind="stable")
    jumps = np.concatenate([[0], np.diff(score.eta[order]) > EQUAL])
    place = np.empty(len(order), np.int64)
    place[order] = np.cumsum(jumps)
    size = int(place.max()) + 1
    eta = np.empty(size)
    eta[place] = score.eta
    n = np.stack([np.bincount(place, cases * (given.treated == arm), size) for arm in (False, True)])
    reach = caliper * spread_of_logit(given, score)
    found = tuple(_neighbours(eta, n[arm] > 0, np.flatnonzero(n[1 - arm] > 0), reach) for arm in (0, 1))
    return Matches(place, eta, found, n.astype(np.int64))


def spread_of_logit(given: TreatmentCells, score: PropensityScore) -> float:
    """Standard deviation of the linear predictor, the variances of both groups averaged (Austin 2011)."""
    variances = []
    for arm in (False, True):
        n, eta = given.cells.cases[given.treated == arm], score.eta[given.treated == arm]
        mean = n @ eta / n.sum()
        variances.append(n @ (eta - mean) ** 2 / max(n.sum() - 1, 1))
    return float(np.sqrt(np.mean(variances)))


def _neighbours(
    eta: np.ndarray, asked: np.ndarray, others: np.ndarray, reach: float, k: int = 1
) -> list[np.ndarray]:
    """By score: those of `others` that are nearest, empty where it is not asked for."""
    near = nearest_scores(eta[asked], eta[others], k, reach)
    found = [others[:0]] * len(eta)
    for at, first, last in zip(np.flatnonzero(asked), near.first, near.last, strict=True):
        found[at] = others[near.order[first:last]]
    return found


def matching_weights(matches: Matches, given: TreatmentCells, estimand: str) -> np.ndarray:
    """How often a case counts: itself where it is matched (and asked for), and as a match; (cells,)."""
    used, _ = _uses(matches)
    own = np.stack([matches.matched(0) & (estimand == ATE), matches.matched(1)])
    arm = given.treated.astype(int)
    borrowed = used if estimand == ATE else np.stack([used[0], np.zeros(used.shape[1])])
    return own[arm, matches.place] + borrowed[arm, matches.place]


def _uses(matches: Matches) -> tuple[np.ndarray, np.ndarray]:
    """How often a case of each group and score is a match, and the sum of squared parts; both (2, scores)."""
    used, squared = np.zeros(matches.n.shape), np.zeros(matches.n.shape)
    for arm in (0, 1):
        for k, near in enumerate(matches.neighbours[arm]):
            if len(near):
                pool = matches.n[1 - arm, near].sum()
                used[1 - arm, near] += matches.n[arm, k] / pool
                squared[1 - arm, near] += matches.n[arm, k] / pool**2
    return used, squared


def matched_effect(
    given: TreatmentCells, score: PropensityScore, estimand: str, outcome: str, caliper: float
) -> Effect:
    """Mean difference between cases and their matches (Abadie & Imbens 2006, Econometrica 74:235).

    Parameters
    ----------
    estimand : {"ate", "att"}
        Of all cases, or of the treated.
    outcome : str
        Cases without a value are left out before matching.
    caliper : float
        As in :func:`nearest`.

    Notes
    -----
    Variance of theorem 7 there, with matches that share a case in parts; the variance given the score is
    that among cases of one score and group, or with the nearest score of that group where a case is alone.
    Cases are taken as independent. Cost O(scores).
    """
    sums = given.cells.outcomes[outcome]
    matches = nearest(given, score, caliper, sums.known)
    by_arm = tuple(
        Summed(
            *(np.where(given.treated == arm, part, 0) for part in (sums.known, sums.total, sums.squares))
        ).by(matches.place, matches.n.shape[1])
        for arm in (False, True)
    )
    sides = (1,) if estimand != ATE else (0, 1)
    n = sum(int(matches.n[arm, matches.matched(arm)].sum()) for arm in sides)
    if not n:
        return Effect(np.nan, np.nan, np.nan, np.nan, np.inf, 0)
    within = tuple(_conditional_variance(part, matches.eta) for part in by_arm)
    means = _matched_means(matches, by_arm, sides, n)
    variance = _variance(matches, by_arm, within, sides, n, 1.0, means[1] - means[0])
    log_variance = np.nan
    if min(means) > 0:
        ratio = means[1] / means[0]
        log_variance = _variance(matches, by_arm, within, sides, n, ratio, 0.0) / means[1] ** 2
    return Effect(means[1], means[0], variance, log_variance, np.inf, n)


def _matched_means(
    matches: Matches, by_arm: tuple[Summed, Summed], sides: tuple[int, ...], n: int
) -> tuple[float, float]:
    """Means as control and as treated over the cases of `sides`."""
    totals = [0.0, 0.0]
    for arm in sides:
        for k, near in enumerate(matches.neighbours[arm]):
            if len(near):
                other = by_arm[1 - arm]
                totals[arm] += by_arm[arm].total[k]
                totals[1 - arm] += matches.n[arm, k] * other.total[near].sum() / other.known[near].sum()
    return totals[0] / n, totals[1] / n


def _variance(
    matches: Matches,
    by_arm: tuple[Summed, Summed],
    within: tuple[np.ndarray, np.ndarray],
    sides: tuple[int, ...],
    n: int,
    scale: float,
    effect: float,
) -> float:
    """Variance of mean as treated less `scale` × mean as control, `effect` being its value."""
    total = 0.0
    for arm in sides:
        own, other = by_arm[arm], by_arm[1 - arm]
        a, b = (1.0, -scale) if arm == 1 else (-scale, 1.0)
        for k, near in enumerate(matches.neighbours[arm]):
            if len(near):
                shift = b * other.total[near].sum() / other.known[near].sum() - effect
                total += a * a * own.squares[k] + 2 * a * shift * own.total[k] + own.known[k] * shift**2
    used, squared = _uses(matches)
    for arm in (0, 1):
        if 1 - arm in sides:
            times = (
                used[arm] ** 2 - squared[arm] + (2 * used[arm] * matches.matched(arm) if arm in sides else 0)
            )
            factor = scale**2 if arm == 0 else 1.0
            total += factor * float(np.nansum(matches.n[arm] * times * within[arm]))
    return total / n**2


def _conditional_variance(sums: Summed, eta: np.ndarray) -> np.ndarray:
    """Variance of the outcome among cases of one score, (scores,); NaN where the group has none."""
    found = np.full(len(sums.known), np.nan)
    there = sums.known > 0
    # the nearest two among those of the group are a score itself and the next
    pairs = _neighbours(eta, sums.known == 1, np.flatnonzero(there), np.inf, 2)
    for k in np.flatnonzero(there):
        pool = pairs[k] if sums.known[k] == 1 else np.array([k])
        n, total, squares = sums.known[pool].sum(), sums.total[pool].sum(), sums.squares[pool].sum()
        found[k] = max(squares - total**2 / n, 0.0) / (n - 1) if n > 1 else np.nan
    return found
