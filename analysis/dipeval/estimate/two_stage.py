"""Two-stage estimator: untreated outcomes first, then the mean of what is left.

Gardner (2022), *Two-stage differences in differences*: fit ``y_it = α_i + γ_t + x_it'δ`` on untreated rows,
take the fit out of all rows, and regress what is left on treatment or event times. The points after the
reform are those of imputation; the errors are those of the two regressions as one GMM system (section 3),
without the centring of effects that imputation uses, and leads are means of the first stage's residuals.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from dipeval.estimate.estimands import TWO_STAGE
from dipeval.estimate.imputation_fit import impute
from dipeval.estimate.imputed_groups import by_cohort, by_event_time, by_period, group_blocks, overall
from dipeval.estimate.imputed_means import imputed_means, members
from dipeval.estimate.option_words import refuse, shown_event_times, word_problems
from dipeval.estimate.regression import Block, join_blocks
from dipeval.estimate.sample import Sample
from dipeval.estimate.terms import with_kinds
from dipeval.estimate.twfe import NEVER_NOTE
from dipeval.results import Estimate

AGGREGATES = ("overall", "event_time", "cohort", "period")
SHOWN = ("overall", "event_time", "cohort")
NOT_SEEN = "not identified: no hospital is observed here"


def two_stage(
    sample: Sample, *, aggregate: Sequence[str] = SHOWN, horizons: Sequence[int] | str | None = None
) -> Estimate:
    """Two-stage estimator of Gardner.

    Parameters
    ----------
    sample : Sample
    aggregate : sequence of {"overall", "event_time", "cohort", "period"}
        Second stages: on one treatment indicator, on event times, cohorts or calendar periods. All but event
        times run over event times from 0 on.
    horizons : sequence of int, "all" or None
        Event times shown; None: the event window. The reference event time is that of the design.

    Returns
    -------
    Estimate
        Terms ``att``; ``event_time=e``; ``cohort=g``; ``period=t``. Equals did2s's
        ``did2s(y, ~ x | unit + time, ~ i(treated))`` and, with ``~ i(event time, ref=c(-1, -Inf))``, its
        event study; did2s's errors are CR0 by cluster.

    Raises
    ------
    DesignError
        An option is not of its form, or no treated row has a counterfactual.

    Notes
    -----
    O(n p²), and O(N T²) where hospitals differ in their periods or weights.
    """
    design = sample.design
    problems = word_problems("aggregate", aggregate, AGGREGATES)
    ever = np.isfinite(sample.unit_cohort)
    last = (sample.layout.last - sample.unit_cohort)[ever]
    first = (sample.layout.first - sample.unit_cohort)[ever]
    seen = np.arange(first.min(initial=0), last.max(initial=0) + 1).astype(np.int64)
    shown = shown_event_times(horizons, design.event_window, seen, problems)
    refuse(problems)
    if design.comparison == "never_treated":
        sample = sample.warn(NEVER_NOTE)
    imputed = impute(sample)
    codes, facts = imputed.sample.unit_clusters()
    sizes = {name: fact.n for name, fact in facts.items()}
    every = imputed.everything
    cohorts = np.unique(every.unit_cohort[every.layout.last >= every.unit_cohort])
    periods = np.flatnonzero((imputed.cells.after & (imputed.panel.cell_rows > 0)).any(0))
    periods = np.union1d(periods, imputed.lost.time[imputed.lost.after])
    groups = {
        "overall": overall(),
        "event_time": by_event_time(shown, treated=False, reference=design.reference),
        "cohort": by_cohort(cohorts, design),
        "period": by_period(periods, design),
    }
    asked = [group for word, group in groups.items() if word in aggregate]
    member = members(*((group.averaged(imputed.cells), group.count) for group in asked))
    means = imputed_means(imputed, member, codes, sizes, centred_by_cell=False)
    blocks = [
        _as_leads(block, design.anticipation) if kind == "event_time" else block
        for kind, block in group_blocks(imputed, asked, means, NOT_SEEN).items()
    ]
    return join_blocks(imputed.sample, blocks, facts, TWO_STAGE, "normal")


def _as_leads(block: Block, anticipation: int) -> Block:
    kinds = ["lead" if event < -anticipation else "event_time" for event in block.terms["event_time"]]
    return replace(block, terms=with_kinds(block.terms, kinds))
