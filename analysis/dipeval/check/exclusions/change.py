"""How far an effect moves when rows are left out, and whether that is more than chance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dipeval.results import Estimate
from dipeval.results.student import critical_value, two_sided_p

FEWEST_LOST = 10
"""Fewer clusters than these that are wholly left out give a change no error: it would rest on them alone."""
QUANTILES = 2000


@dataclass(frozen=True)
class Change:
    """Another estimate less the main one.

    Attributes
    ----------
    value : float
    std_error : float
        From the difference of both influences, summed by cluster; NaN where it has none.
    p_value : float
        Of no change but by chance.
    power : float
        How often the verdict's rule would find that the effect is gone without the rows, were it so.
    """

    value: float
    std_error: float = np.nan
    p_value: float = np.nan
    power: float = np.nan

    @property
    def is_empty(self) -> bool:
        """Whether nothing was left out that the effect stands on, so that nothing could have been found."""
        return self.value == 0 and self.std_error == 0


NO_CHANGE = Change(0.0, 0.0, 1.0)


def effect_weights(estimate: Estimate) -> np.ndarray:
    """Weights (K,) of the terms in the effect: the overall term, else the mean of event times from the reform on."""
    terms = estimate.terms
    known = np.isfinite(estimate.params.to_numpy())
    overall = (terms["kind"] == "overall").to_numpy()
    if overall.any():
        return np.eye(len(terms))[int(np.argmax(overall))]
    after = (terms["kind"] == "event_time").to_numpy() & ~terms["is_reference"].to_numpy(bool) & known
    return after / after.sum() if after.any() else np.full(len(terms), np.nan)


def effect_influence(estimate: Estimate, cluster: str) -> dict[str, float]:
    """Influence of the effect by cluster's name."""
    weights = effect_weights(estimate)
    used = np.isnan(weights) | (weights != 0)
    influence = np.asarray(estimate.influence[cluster])[:, used] @ weights[used]
    return dict(zip(estimate.clusters[cluster].names, influence.tolist(), strict=True))


def change_between(main: Estimate, other: Estimate, cluster: str, level: float = 0.95) -> Change:
    """An effect on other rows or by another design, less the main one.

    Parameters
    ----------
    main, other : Estimate
        Of one outcome on overlapping rows.
    cluster : str
        Clustering variable of both.
    level : float
        One less the size of the test whose power is told.

    Returns
    -------
    Change
        The error is the root of ``G/(G-1) Σ_g (ψ'_g - ψ_g)²`` with ψ_g and ψ'_g the influence of cluster g on either
        estimate (0 where it is not in it), compared with t(G-1): estimates on overlapping rows are correlated, and
        their difference has no more error than that (Hausman 1978, with clusters; Clogg, Petkova & Haritou 1995). There
        is none where one to nine clusters are left out whole: then the sum is these clusters' own.

    Notes
    -----
    O(G K).
    """
    value = _effect(other) - _effect(main)
    if cluster not in main.influence or cluster not in other.influence:
        return Change(value)
    before, after = effect_influence(main, cluster), effect_influence(other, cluster)
    names = sorted(before.keys() | after.keys())
    lost = len(before.keys() ^ after.keys())
    if 0 < lost < FEWEST_LOST or len(names) < 2 or not np.isfinite(value):
        return Change(value)
    moved = np.array([after.get(name, 0.0) - before.get(name, 0.0) for name in names])
    error = float(np.sqrt(len(names) / (len(names) - 1) * (moved**2).sum()))
    scale = float(np.sqrt((np.array(list(before.values())) ** 2).sum()))
    if error <= 1e-9 * scale and abs(value) <= 1e-9 * scale:
        return NO_CHANGE
    if not error > 1e-9 * scale:
        return Change(value)
    df = len(names) - 1.0
    return Change(
        value,
        error,
        float(two_sided_p(value / error, df)),
        power_of(abs(_effect(main)) / error, df, level),
    )


def power_without_error(main: float, half_interval: float, degrees: float, level: float) -> float:
    """Chance that the rule for changes without an error finds that the whole effect rests on what is left out.

    It fails where less than half of the main effect is left and its interval holds zero. Then the effect without is zero
    but for its own error σ: at least Φ(min(|θ|/2, half the interval) / σ), with σ read from the interval.
    """
    from scipy.special import ndtr

    error = half_interval / float(critical_value(level, degrees))
    if not error > 0 or not np.isfinite(main):
        return np.nan
    return float(ndtr(min(abs(main) / 2, half_interval) / error))


def power_of(distance: float, degrees: float, level: float) -> float:
    """Chance that a two-sided t test rejects when the truth lies `distance` errors away.

    The mean of the normal power over the distribution of the estimated error, at 2,000 of its quantiles: the
    noncentral t, to 1e-5, without the overflow that its series has far out.
    """
    from scipy.special import chdtri, ndtr

    if not np.isfinite(distance):
        return np.nan
    bound, error = float(critical_value(level, degrees)), np.ones(1)
    if np.isfinite(degrees):
        error = np.sqrt(chdtri(degrees, (np.arange(QUANTILES) + 0.5) / QUANTILES) / degrees)
    return float(np.mean(ndtr(distance - bound * error) + ndtr(-distance - bound * error)))


def _effect(estimate: Estimate) -> float:
    weights = effect_weights(estimate)
    used = np.isnan(weights) | (weights != 0)
    return float(estimate.params.to_numpy()[used] @ weights[used])
