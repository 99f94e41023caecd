"""P-values of what should be zero that keep their level with few cities.

Errors by cluster reject far too often with a dozen cities (docs/inference.md: 17 % of sound panels by imputation with 6 of 12
treated, at a nominal 5 %), so a verdict by them would blame designs that hold. Dealing the reform calendar anew among the
cities needs no error, and its draws are joint over all that is tested.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dipeval.check.finding import Words
from dipeval.design import PanelDesign
from dipeval.infer import infer
from dipeval.infer.adjusted_p import holm
from dipeval.infer.calendars import count_calendars
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
    """Test that the overall effects of several estimates are zero, all together.

    Parameters
    ----------
    fits : sequence of Estimate or None
        With the study's inference and their data at hand; None where there is no estimate.
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
    places = [_overall(one) for one in fits]
    known = [k for k, place in enumerate(places) if place is not None]
    p_values, adjusted = np.full(len(fits), np.nan), np.full(len(fits), np.nan)
    for k in known:
        p_values[k] = float(fits[k].pvalues.iloc[places[k]])
    patterns = {k: _pattern(fits[k].origin.design, cluster) for k in known if fits[k].origin is not None}
    if not known or len(patterns) < len(known) or None in patterns.values():
        return Sound(p_values, holm(p_values), OWN, False)
    groups: dict[tuple[int, ...], list[int]] = {}
    for k in known:
        groups.setdefault(patterns[k], []).append(k)
    n_dealt = 0
    for members in groups.values():
        null = [_draws(fits[k], cluster, places[k], n_draws, seed) for k in members]
        observed = np.array([one.observed[places[k]] for one, k in zip(null, members, strict=True)])
        drawn = np.column_stack([one.drawn[:, places[k]] for one, k in zip(null, members, strict=True)])
        exact = null[0].exact
        n_dealt = len(drawn)
        for j, k in enumerate(members):
            p_values[k] = romano_wolf(observed[[j]], drawn[:, [j]], exact=exact)[0]
        stepped = romano_wolf(observed, drawn, exact=exact)
        adjusted[members] = np.minimum(stepped * len(groups), 1.0)
    words = CLUSTERS.get(cluster, (cluster, cluster))
    rule = tuple(text.format(cluster=word, n=n_dealt) for text, word in zip(DEALT, words, strict=True))
    return Sound(p_values, adjusted, (rule[0], rule[1]), True)


def _overall(fitted: Estimate | None) -> int | None:
    """Row of the overall effect that has an estimate; None without one."""
    if fitted is None:
        return None
    found = np.flatnonzero((fitted.terms["kind"] == "overall") & np.isfinite(fitted.params.to_numpy()))
    return int(found[0]) if len(found) else None


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


def _draws(fitted: Estimate, cluster: str, place: int, n_draws: int, seed: int) -> object:
    term = str(fitted.terms["term"].iloc[place])
    dealt = infer(
        fitted,
        "randomisation",
        cluster=cluster,
        statistic="t",
        n_draws=n_draws,
        seed=seed,
        terms=[term],
    )
    return dealt.inference.null_draws
