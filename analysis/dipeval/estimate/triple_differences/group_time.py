"""Triple differences by cohort and period, doubly robust, with staggered reforms.

Ortiz-Villavicencio & Sant'Anna (2025), *Better understanding triple differences estimators*,
arXiv:2505.09942. For cohort g, period t and a cohort g' not treated yet, equation (4.8) adds and takes off
three comparisons of the eligible of g: with those of g not eligible, with the eligible of g', and with those
of g' not eligible. What each g' says of ATT(g, t) is put together by the weights of smallest variance (4.11,
4.12).

Pooling all g' into one comparison, as differences in differences may, is wrong here: cohorts weigh
differently on the eligible side of the pool and on the other wherever they hold different shares of eligible
units, so that trends of cohorts no longer cancel. Within hospitals that bring both sides alike the shares
are equal, and pooling is harmless.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from dipeval.design.partition import Partition
from dipeval.errors import Problem
from dipeval.estimate.group_time_cells import group_time_cells
from dipeval.estimate.group_time_panel import seen_cohort, seen_periods, seen_twice, without_past
from dipeval.estimate.group_time_rows import RowEffects
from dipeval.estimate.group_time_shares import cohort_shares, share_influence
from dipeval.estimate.group_time_terms import OVERALL, Averaging
from dipeval.estimate.lone_cohorts import warn_of_lone_cohorts
from dipeval.estimate.option_words import one_word_problems, refuse, shown_event_times, word_problems
from dipeval.estimate.regression import join_blocks
from dipeval.estimate.sample import Sample, make_sample
from dipeval.estimate.threads import one_thread
from dipeval.estimate.triple_differences.cells import COMBINE, METHODS, Sides, triple_cells
from dipeval.estimate.triple_differences.partition_origin import with_origin
from dipeval.estimate.triple_differences.words import TRIPLE_GROUP_TIME
from dipeval.results import Estimate

AGGREGATES = ("overall", "event_time", "cohort", "period", "cell")
SHARES = ("eligible", "all")


def triple_group_time(
    partition: Partition,
    values: np.ndarray,
    *,
    outcome: str = "y",
    study: str = "",
    covariates: Sequence[str] | None = None,
    method: str = "doubly_robust",
    base_period: str = "varying",
    combine: str = "optimal",
    overall: str = "simple",
    shares: str = "eligible",
    aggregate: Sequence[str] = ("overall", "event_time", "cohort"),
    horizons: Sequence[int] | str | None = None,
    balance: int | None = None,
) -> Estimate:
    """Group-time triple differences, averaged.

    Parameters
    ----------
    partition : Partition
        Comparison set, anticipation and event window are those of its design.
    values : array, shape (design.n_rows_in,)
    outcome, study : str
    covariates : sequence of str, optional
        Names among the design's; default all.
    method : {"doubly_robust", "outcome_regression", "inverse_probability"}
    base_period : {"varying", "universal"}
    combine : {"optimal", "pooled"}
        How cohorts of comparison are put together; ``pooled`` is the mistake that the paper warns of.
    overall : {"simple", "dynamic", "group", "calendar"}
        Which average is the overall effect.
    shares : {"eligible", "all"}
        Whose shares weigh cohorts in averages: those of the eligible, whom the effect is on (the paper's
        equation 4.13, and diff-diff), or of all units (moderndid). They differ where cohorts hold different
        shares of eligible units.
    aggregate, horizons, balance
        As `dipeval.estimate.group_time.group_time`.

    Returns
    -------
    Estimate
        Terms as group-time effects; counts are of the eligible.

    Raises
    ------
    DesignError
        An option is unknown, or no cohort is left.

    Notes
    -----
    O(N C² T q²) for C cohorts, N units and q covariates.
    """
    _check(method, base_period, combine, overall, shares, aggregate, horizons)
    design = partition.design
    part = f"{study}/{outcome}/triple_group_time".lstrip("/")
    with one_thread():
        sample = seen_twice(without_past(make_sample(design, values, covariates, outcome, part)))
        result = _effects(sample, partition, method, base_period, combine, shares)
        averaging = Averaging(result, balance, horizons)
        terms = {
            "overall": lambda: [(averaging.overall(overall), OVERALL[overall])],
            "event_time": lambda: [(made, None) for made in averaging.event_times()],
            "cohort": lambda: [(averaging.cohorts(), None)],
            "period": lambda: [(averaging.periods(), None)],
            "cell": lambda: [(averaging.cells(), None)],
        }
        asked = [pair for kind in AGGREGATES if kind in aggregate for pair in terms[kind]()]
        blocks = averaging.blocks(asked)
    made = join_blocks(sample, blocks, warn_of_lone_cohorts(sample), TRIPLE_GROUP_TIME, "normal")
    options = {"covariates": covariates, "method": method, "base_period": base_period, "combine": combine}
    options |= {"overall": overall, "shares": shares, "aggregate": tuple(aggregate)}
    options |= {"horizons": horizons, "balance": balance}
    made = replace(made, estimator="triple_group_time", outcome=outcome, study=study)
    return with_origin(made, triple_group_time, partition, values, options)


def _effects(
    sample: Sample, partition: Partition, method: str, base_period: str, combine: str, shares: str
) -> RowEffects:
    """All cells, with the eligible as the sample that stands behind them."""
    design, periods = sample.design, seen_periods(sample)
    eligible = partition.eligible if sample.units is None else partition.eligible[sample.units]
    cohort = seen_cohort(sample.unit_cohort, periods, design.anticipation)
    cohorts = np.unique(cohort[np.isfinite(cohort)])
    position = np.searchsorted(cohorts, cohort)
    cells = group_time_cells(
        cohorts,
        periods,
        comparison=design.comparison,
        base_period=base_period,
        anticipation=design.anticipation,
    )
    codes, facts = sample.unit_clusters()
    by = codes[partition.within] if partition.within else np.arange(len(eligible))
    att, notes, influence = triple_cells(
        Sides(sample, position, sample.unit_cohort, eligible, by), cells, method, combine
    )
    weight = np.ones(len(eligible))
    if sample.weights is not None:
        weight = sample.weights[sample.layout.starts[:-1]]
    counted = eligible if shares == "eligible" else np.ones(len(eligible), bool)
    c = len(cohorts)
    return RowEffects(
        sample.where(sample.layout.spread(eligible)),
        cohorts,
        periods,
        cells,
        att,
        notes,
        cohort_shares(position[counted], weight[counted], c),
        {name: _summed(influence, code, facts[name].n) for name, code in codes.items()},
        {
            name: share_influence(code[counted], facts[name].n, position[counted], weight[counted], c)
            for name, code in codes.items()
        },
    )


def _summed(influence: np.ndarray, code: np.ndarray, n: int) -> np.ndarray:
    """Influence by unit (m, K) summed by cluster (n, K)."""
    total = np.zeros((n, influence.shape[1]))
    np.add.at(total, code, influence)
    return total


def _check(
    method: str,
    base_period: str,
    combine: str,
    overall: str,
    shares: str,
    aggregate: Sequence[str],
    horizons: Sequence[int] | str | None,
) -> None:
    words = {
        "method": (method, METHODS),
        "base_period": (base_period, ("varying", "universal")),
        "combine": (combine, COMBINE),
        "overall": (overall, tuple(OVERALL)),
        "shares": (shares, SHARES),
    }
    problems: list[Problem] = [
        p for name, (word, known) in words.items() for p in one_word_problems(name, word, known)
    ]
    problems += word_problems("aggregate", aggregate, AGGREGATES)
    shown_event_times(horizons, (0, 0), np.empty(0, int), problems)
    refuse(problems)
