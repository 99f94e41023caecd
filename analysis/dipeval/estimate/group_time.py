"""Group-time effects of Callaway and Sant'Anna, and their averages.

Callaway & Sant'Anna (2021), *Journal of Econometrics* 225(2): for each cohort g and period t the effect
ATT(g, t) compares the change since a period before the reform with that of hospitals not treated (yet).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dipeval.errors import DesignError, Problem, nearest
from dipeval.estimate.estimands import GROUP_TIME
from dipeval.estimate.group_time_cells import UNIVERSAL, VARYING, group_time_cells
from dipeval.estimate.group_time_fit import METHODS
from dipeval.estimate.group_time_panel import complete_units, unit_panel
from dipeval.estimate.group_time_result import WEIGHTS_OF, group_time_effects
from dipeval.estimate.group_time_terms import OVERALL, Averaging
from dipeval.estimate.regression import join_blocks
from dipeval.estimate.sample import Sample
from dipeval.results import Estimate

AGGREGATES = ("overall", "event_time", "cohort", "period", "cell")
SHOWN = ("overall", "event_time", "cohort")
BASES = (VARYING, UNIVERSAL)


def group_time(
    sample: Sample,
    *,
    method: str = "doubly_robust",
    base_period: str = VARYING,
    overall: str = "simple",
    aggregate: Sequence[str] = SHOWN,
    balance: int | None = None,
    weights_of: str = "base_of_cell",
) -> Estimate:
    """Group-time effects of Callaway & Sant'Anna, averaged.

    Parameters
    ----------
    sample : Sample
        Comparison set and anticipation are those of its design.
    method : {"doubly_robust", "outcome_regression", "inverse_probability"}
        How covariates enter; all three agree without covariates.
    base_period : {"varying", "universal"}
        What periods before the reform are compared with: the period before each, or the last one
        before the reform, which then is the reference row.
    overall : {"simple", "dynamic", "group", "calendar"}
        Which average is the overall effect; its weights stand in the estimand of its row.
    aggregate : sequence of {"overall", "event_time", "cohort", "period", "cell"}
    balance : int, optional
        Average event times over cohorts that are observed for at least this many periods after
        their reform, and show event times up to it.
    weights_of : {"base_of_cell", "base_of_cohort", "first_period"}
        Period whose weights count where weights vary in time.

    Returns
    -------
    Estimate
        Equals did's ``att_gt`` and ``aggte`` (``panel = TRUE``); errors are the analytic ones, by
        cluster without a small-sample factor under CR0. Influence includes that of cohort shares.

    Raises
    ------
    DesignError
        An option is unknown, or no hospital is there in every period.

    Notes
    -----
    O(N T q M) in matrix products for M cohort × comparison pairs, and M logits.
    """
    _check_options(method, base_period, overall, aggregate, balance, weights_of)
    panel = unit_panel(complete_units(sample))
    cohorts = np.unique(panel.cohort[np.isfinite(panel.cohort)])
    design = sample.design
    cells = group_time_cells(
        cohorts,
        panel.periods,
        comparison=design.comparison,
        base_period=base_period,
        anticipation=design.anticipation,
    )
    result = group_time_effects(panel, cells, method=method, weights_of=weights_of)
    averaging = Averaging(result, balance)
    terms = {
        "overall": lambda: [(averaging.overall(overall), OVERALL[overall])],
        "event_time": lambda: [(terms, None) for terms in averaging.event_times()],
        "cohort": lambda: [(averaging.cohorts(), None)],
        "period": lambda: [(averaging.periods(), None)],
        "cell": lambda: [(averaging.cells(), None)],
    }
    asked = [pair for kind in AGGREGATES if kind in aggregate for pair in terms[kind]()]
    return join_blocks(
        panel.sample, averaging.blocks(asked), panel.sample.clusters()[1], GROUP_TIME, "normal"
    )


def _check_options(
    method: str,
    base_period: str,
    overall: str,
    aggregate: Sequence[str],
    balance: int | None,
    weights_of: str,
) -> None:
    words = [aggregate] if isinstance(aggregate, str) else list(aggregate)
    problems = [
        Problem(f"option {option}", f"{word!r} is unknown", nearest(str(word), known))
        for option, given, known in (
            ("method", [method], METHODS),
            ("base_period", [base_period], BASES),
            ("overall", [overall], tuple(OVERALL)),
            ("aggregate", words, AGGREGATES),
            ("weights_of", [weights_of], WEIGHTS_OF),
        )
        for word in given
        if word not in known
    ]
    if not words:
        problems.append(
            Problem("option aggregate", "is empty", "name at least one of " + ", ".join(AGGREGATES))
        )
    if balance is not None and (isinstance(balance, bool) or not isinstance(balance, int) or balance < 0):
        problems.append(
            Problem("option balance", "is not a number of periods", "write 0 or more", (repr(balance),))
        )
    if problems:
        raise DesignError("estimate", problems)
