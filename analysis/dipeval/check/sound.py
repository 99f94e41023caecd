"""P-values of what should be zero that keep their level with few cities.

Errors by cluster reject far too often with a dozen cities (docs/inference.md: 17 % of sound panels by imputation with 6 of 12
treated, at a nominal 5 %), so a verdict by them would blame designs that hold. Dealing the reform calendar anew among the
cities needs no error, and its draws are joint over all that is tested.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from dipeval.check.exclusions.change import effect_influence, effect_weights
from dipeval.check.finding import Words
from dipeval.check.subject import effect_of
from dipeval.design import PanelDesign
from dipeval.errors import DesignError
from dipeval.infer import infer
from dipeval.infer.adjusted_p import holm
from dipeval.infer.calendars import all_calendars, count_calendars, random_calendars
from dipeval.infer.stepdown import romano_wolf
from dipeval.results import Estimate

FEW = 40
"""With more clusters than this the study's own errors decide."""
LEAST = 40
"""Fewer calendars than this cannot tell one chance in twenty from two."""
DRAWS = 199
SEED = 20_200_101
DEALT: Words = (
    "Verdicts go by the reform calendar dealt anew among the {cluster} clusters ({n} calendars), the p-values adjusted for"
    " their number by stepdown (Romano and Wolf 2005): errors by cluster reject too often with so few.",
    "判定依据为在各{cluster}间重新分配改革时点（{n}种），并按逐步法（Romano 和 Wolf 2005）调整 p 值：聚类数较少时聚类标准误拒绝过多。",
)
CLUSTERS: dict[str, Words] = {"city": ("city", "城市"), "hospital": ("hospital", "医院")}
OWN: Words = (
    "Verdicts go by the study's own p-values, adjusted for their number (Holm 1979).",
    "判定依据为研究自身的 p 值，按检验个数调整（Holm 1979）。",
)


@dataclass(frozen=True)
class Sound:
    """P-values of M hypotheses that something is zero.

    Attributes
    ----------
    p_values, adjusted : numpy.ndarray, shape (M,)
        Before and after the adjustment for their number; NaN where there is none.
    rule : (str, str)
        How they came about, a note in English and Chinese.
    dealt : bool
        Whether calendars were dealt anew.
    """

    p_values: np.ndarray
    adjusted: np.ndarray
    rule: Words
    dealt: bool


def sound_p_values(
    fits: Sequence[Estimate | None], cluster: str, *, n_draws: int = DRAWS, seed: int = SEED
) -> Sound:
    """Test that the effects of several estimates are zero, all together.

    Parameters
    ----------
    fits : sequence of Estimate or None
        With the study's inference and their data at hand; None where there is no estimate. The effect is the overall one, or
        the mean over the event times from the reform on where the estimator has none.
    cluster : str
        Clustering variable of the designs at which the reform was assigned.
    n_draws : int
        Calendars, where not all are enumerated.
    seed : int

    Returns
    -------
    Sound
        By randomisation where each cluster has one date, the clusters are no more than `FEW` and the calendars no fewer than
        `LEAST`; else by the estimates' own p-values.

    Notes
    -----
    Two estimates a hypothesis and calendar; two-way fixed effects all calendars at once. Draws are joint over estimates
    whose clusters are dealt alike; over such groups p-values are multiplied by the number of groups (Bonferroni).
    """
    p_values, adjusted = np.array([own_p_value(one) for one in fits]), np.full(len(fits), np.nan)
    known = [int(k) for k in np.flatnonzero(np.isfinite(p_values))]
    patterns = {k: _pattern(fits[k].origin.design, cluster) for k in known if fits[k].origin is not None}
    if not known or len(patterns) < len(known) or None in patterns.values():
        return Sound(p_values, holm(p_values), OWN, False)
    groups: dict[tuple[int, ...], list[int]] = {}
    for k in known:
        groups.setdefault(patterns[k], []).append(k)
    n_dealt = 0
    for members in groups.values():
        null = [_draws(fits[k], cluster, n_draws, seed) for k in members]
        observed = np.array([one[0] for one in null])
        drawn = np.column_stack([one[1] for one in null])
        exact = null[0][2]
        n_dealt = len(drawn)
        for j, k in enumerate(members):
            p_values[k] = romano_wolf(observed[[j]], drawn[:, [j]], exact=exact)[0]
        stepped = romano_wolf(observed, drawn, exact=exact)
        adjusted[members] = np.minimum(stepped * len(groups), 1.0)
    words = CLUSTERS.get(cluster, (cluster, cluster))
    rule = tuple(text.format(cluster=word, n=n_dealt) for text, word in zip(DEALT, words, strict=True))
    return Sound(p_values, adjusted, (rule[0], rule[1]), True)


def own_p_value(fitted: Estimate | None) -> float:
    """The p-value of the effect by the estimate's own inference; NaN where there is none."""
    if fitted is None:
        return np.nan
    try:
        return effect_of(fitted, ("", ""), 0.95).p_value
    except DesignError:
        return np.nan


def _pattern(design: PanelDesign, cluster: str) -> tuple[int, ...] | None:
    """Which clusters share a date, as ranks of the dates; None where calendars cannot be dealt, or say too little."""
    if cluster not in design.unit_clusters or design.unit_ended is not None or not design.has_units:
        return None
    codes, n = design.unit_clusters[cluster], len(design.cluster_names[cluster])
    dates = np.full(n, np.nan)
    dates[codes] = design.unit_cohort
    if n > FEW or (design.unit_cohort != dates[codes]).any():
        return None
    if count_calendars(dates, np.zeros(n)) < LEAST:
        return None
    return tuple(int(rank) for rank in np.unique(dates, return_inverse=True)[1])


def _draws(fitted: Estimate, cluster: str, n_draws: int, seed: int) -> tuple[float, np.ndarray, bool]:
    """Size of the effect's t statistic, its sizes (D,) under other calendars, and whether these are all."""
    overall = np.flatnonzero((fitted.terms["kind"] == "overall") & np.isfinite(fitted.params.to_numpy()))
    if not len(overall):
        return _draws_of_path(fitted, cluster, n_draws, seed)
    place = int(overall[0])
    asked = {
        "statistic": "t",
        "n_draws": n_draws,
        "seed": seed,
        "terms": [str(fitted.terms["term"].iloc[place])],
    }
    null = infer(fitted, "randomisation", cluster=cluster, **asked).inference.null_draws
    return float(null.observed[place]), null.drawn[:, place], null.exact


def _draws_of_path(fitted: Estimate, cluster: str, n_draws: int, seed: int) -> tuple[float, np.ndarray, bool]:
    """The same for the mean over event times, under the same calendars: one estimate each."""
    origin = fitted.origin
    codes, n = origin.design.unit_clusters[cluster], len(origin.design.cluster_names[cluster])
    dates, strata = np.full(n, np.nan), np.zeros(n)
    dates[codes] = origin.design.unit_cohort
    exact = count_calendars(dates, strata) <= n_draws
    found = all_calendars(dates, strata) if exact else random_calendars(dates, strata, n_draws, seed)
    drawn = []
    for calendar in found:
        try:
            design = replace(origin.design, unit_cohort=calendar[codes])
            drawn.append(_size(origin.again(design, origin.values), cluster))
        except DesignError:
            drawn.append(np.nan)
    return _size(fitted, cluster), np.array(drawn), exact


def _size(fitted: Estimate, cluster: str) -> float:
    weights = effect_weights(fitted)
    used = weights > 0
    if not used.any():
        return np.nan
    error = float(np.sqrt(sum(part**2 for part in effect_influence(fitted, cluster).values())))
    value = float(fitted.params.to_numpy()[used] @ weights[used])
    return abs(value) / error if error > 0 else np.nan
