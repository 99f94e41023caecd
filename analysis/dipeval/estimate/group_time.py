"""Group-time effects of Callaway and Sant'Anna, and their averages.

Callaway & Sant'Anna (2021), *Journal of Econometrics* 225(2): for each cohort g and period t the effect
ATT(g, t) compares the change since a period before the reform with that of hospitals not treated (yet).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from dipeval.errors import Problem
from dipeval.estimate.estimands import GROUP_TIME, RANDOM_TIMING
from dipeval.estimate.group_time_cells import UNIVERSAL, VARYING, group_time_cells
from dipeval.estimate.group_time_fit import METHODS as BY_BLOCKS
from dipeval.estimate.group_time_panel import (
    complete_units,
    seen_cohort,
    seen_periods,
    seen_twice,
    unit_panel,
    without_past,
)
from dipeval.estimate.group_time_random import check_random_timing, random_timing
from dipeval.estimate.group_time_result import GroupTime, group_time_effects
from dipeval.estimate.group_time_rows import RowEffects, row_effects
from dipeval.estimate.group_time_terms import OVERALL, Averaging
from dipeval.estimate.lone_cohorts import warn_of_lone_cohorts
from dipeval.estimate.option_words import one_word_problems, refuse, shown_event_times, word_problems
from dipeval.estimate.regression import join_blocks
from dipeval.estimate.sample import Sample
from dipeval.results import Estimate

AGGREGATES = ("overall", "event_time", "cohort", "period", "cell")
SHOWN = ("overall", "event_time", "cohort")
BASES = (VARYING, UNIVERSAL)
METHODS = (*BY_BLOCKS, "doubly_robust_improved", "inverse_probability_raw")
SIMPLE = ("doubly_robust_simple", "doubly_robust_improved_simple")
WEIGHTS_OF = ("base_of_cell", "base_of_cohort", "first_period", "varying")
GAPS = ("pairs", "leave_out", "cross_sections")
ESTIMAND = {"parallel_trends": GROUP_TIME, "random": RANDOM_TIMING}
KNOWN = {
    "method": (*METHODS, *SIMPLE),
    "base_period": BASES,
    "overall": tuple(OVERALL),
    "weights_of": WEIGHTS_OF,
    "gaps": GAPS,
    "timing": ("parallel_trends", "random"),
}


def group_time(
    sample: Sample,
    *,
    method: str = "doubly_robust",
    base_period: str = VARYING,
    overall: str = "simple",
    aggregate: Sequence[str] = SHOWN,
    horizons: Sequence[int] | str | None = None,
    balance: int | None = None,
    weights_of: str = "base_of_cell",
    gaps: str = "pairs",
    timing: str = "parallel_trends",
) -> Estimate:
    """Group-time effects of Callaway & Sant'Anna, averaged.

    Parameters
    ----------
    sample : Sample
        Comparison set and anticipation are those of its design.
    method : str
        How covariates enter; all agree without covariates. ``doubly_robust``, ``outcome_regression``,
        ``inverse_probability``; ``doubly_robust_improved`` with the propensity that balances and the
        regression weighted by it; ``inverse_probability_raw`` with weights that do not sum to one. In
        cross-sections ``doubly_robust`` and its improved variant are locally efficient, and
        ``doubly_robust_simple`` and ``doubly_robust_improved_simple`` are not.
    base_period : {"varying", "universal"}
        What periods before the reform are compared with: the period before each, or the last one
        before the reform, which then is the reference row.
    overall : {"simple", "dynamic", "group", "calendar"}
        Which average is the overall effect; its weights stand in the estimand of its row.
    aggregate : sequence of {"overall", "event_time", "cohort", "period", "cell"}
    horizons : sequence of int or "all", optional
        Event times that are shown, leads among them; default: the event window of the design.
    balance : int, optional
        Average event times over cohorts that are observed for at least this many periods after
        their reform, and show event times up to it.
    weights_of : {"base_of_cell", "base_of_cohort", "first_period", "varying"}
        Weights that count where they vary in time: of the earlier period of each comparison, of the
        last period before the cohort's reform, of the first period, or of each row (the comparison is
        then made as in cross-sections). Rows of cross-sections always have their own.
    gaps : {"pairs", "leave_out", "cross_sections"}
        Hospitals that lack periods: each comparison takes those seen in both of its periods; or they
        are left out altogether; or rows are compared as if drawn anew in each period, with the
        influence of a hospital summed over its rows and the hospital counted once in its cohort's share
        (rows of cross-sections count each, unless this word is given).
    timing : {"parallel_trends", "random"}
        What is assumed of the reform's timing. Random: differences before the reform are taken off by
        the share that makes the variance smallest, cohort sizes count as given, and the error is
        Neyman's (Roth & Sant'Anna 2023); complete panels without covariates and weights only.

    Returns
    -------
    Estimate
        Equals did's ``att_gt`` and ``aggte``; errors are the analytic ones, by cluster without a
        small-sample factor under CR0. Influence includes that of cohort shares.

    Raises
    ------
    DesignError
        An option is unknown or does not fit the others, no hospital is there in every period
        (``leave_out``), no cohort is seen before its reform.

    Notes
    -----
    Without gaps O(N T q M) in matrix products for M cohort × comparison pairs, and M logits. With gaps
    or in cross-sections one fit a cell, O(rows of its two periods × q²) a step of the propensity.
    """
    words = {"method": method, "base_period": base_period, "overall": overall}
    words |= {"weights_of": weights_of, "gaps": gaps, "timing": timing}
    _check_options(words, aggregate, horizons, balance)
    if timing == "random":
        check_random_timing(sample, gaps)
    needed = timing == "random" or bool({"event_time", "cell"} & {*aggregate})
    result = estimate_cells(
        sample, method=method, base_period=base_period, weights_of=weights_of, gaps=gaps, before=needed
    )
    averaging = Averaging(random_timing(result) if timing == "random" else result, balance, horizons)
    terms = {
        "overall": lambda: [(averaging.overall(overall), OVERALL[overall])],
        "event_time": lambda: [(terms, None) for terms in averaging.event_times()],
        "cohort": lambda: [(averaging.cohorts(), None)],
        "period": lambda: [(averaging.periods(), None)],
        "cell": lambda: [(averaging.cells(), None)],
    }
    asked = [pair for kind in AGGREGATES if kind in aggregate for pair in terms[kind]()]
    sample = result.sample
    return join_blocks(
        sample, averaging.blocks(asked), warn_of_lone_cohorts(sample), ESTIMAND[timing], "normal"
    )


def estimate_cells(
    sample: Sample, *, method: str, base_period: str, weights_of: str, gaps: str, before: bool = True
) -> GroupTime | RowEffects:
    """Every cell, from sums over blocks where hospitals are there in all periods, else one by one.

    Parameters are those of `group_time`, where they are checked one by one; without `before` the cells before
    the reform, which no average from the reform on needs, are left out.

    Raises
    ------
    DesignError
        Options do not fit each other, or no hospital or cohort is left.
    """
    sections = sample.design.sampling != "panel" or gaps == "cross_sections"
    _check_together(method, weights_of, sections)
    sample = without_past(sample)
    if not sections:
        sample = complete_units(sample) if gaps == "leave_out" else seen_twice(sample)
    design, periods = sample.design, seen_periods(sample)
    cohort = np.unique(seen_cohort(sample.unit_cohort, periods, design.anticipation))
    cells = group_time_cells(
        cohort[np.isfinite(cohort)],
        periods,
        comparison=design.comparison,
        base_period=base_period,
        anticipation=design.anticipation,
    )
    if not before:
        cells = cells.where(periods[cells.time] >= cohort[cells.cohort])
    if sample.layout.shared is not None and not sections and method in BY_BLOCKS and weights_of != "varying":
        return group_time_effects(unit_panel(sample), cells, method=method, weights_of=weights_of)
    return row_effects(sample, cells, method=method, weights_of=weights_of, gaps=gaps, sections=sections)


def _check_together(method: str, weights_of: str, sections: bool) -> None:
    """Problems of options that do not fit each other."""
    problems = []
    if method in SIMPLE and not sections and weights_of != "varying":
        todo = f"write {method.removesuffix('_simple')}: hospitals seen in both periods have one form"
        problems.append(Problem("option method", f"{method!r} is for cross-sections", todo))
    if sections and weights_of in ("base_of_cohort", "first_period"):
        todo = "leave it out: rows of cross-sections count with their own weights"
        problems.append(
            Problem("option weights_of", f"{weights_of!r} needs hospitals that are followed", todo)
        )
    refuse(problems)


def _check_options(
    words: Mapping[str, str],
    aggregate: Sequence[str],
    horizons: Sequence[int] | str | None,
    balance: int | None,
) -> None:
    problems = [p for option, word in words.items() for p in one_word_problems(option, word, KNOWN[option])]
    problems += word_problems("aggregate", aggregate, AGGREGATES)
    shown_event_times(horizons, (0, 0), np.empty(0, int), problems)
    if balance is not None and (isinstance(balance, bool) or not isinstance(balance, int) or balance < 0):
        problems.append(
            Problem("option balance", "is not a number of periods", "write 0 or more", (repr(balance),))
        )
    refuse(problems)
