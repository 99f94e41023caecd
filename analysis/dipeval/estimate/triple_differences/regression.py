"""Triple differences as one regression with effects of unit, side × period and what both sides share.

``y_ut = α_u + γ_{q(u)t} + λ_{s(u)t} + β D_ut Q_u + ε_ut``: α for each unit (a hospital's group of patients,
or a hospital on one side), γ for each side and period, λ for each cohort or hospital and period (Olden &
Møen 2022, *Econometrics Journal* 25(3)). As in every two-way regression β weighs effects that differ
unequally; `group_time` does not.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from dipeval.design.partition import Partition
from dipeval.errors import DesignError, Problem
from dipeval.estimate.absorbed import absorbed_regression, without_single_levels
from dipeval.estimate.option_words import one_word_problems, refuse
from dipeval.estimate.sample import Sample, make_sample
from dipeval.estimate.terms import group_facts, of_whole_sample, repeated, stack, term_rows
from dipeval.estimate.threads import one_thread
from dipeval.estimate.triple_differences.partition_origin import with_origin
from dipeval.estimate.triple_differences.words import TRIPLE
from dipeval.results import Estimate

COMMON = ("within_period", "cohort_period", "treated")
SIDE, SHARED = "side_period", "shared_period"
TERM = "triple_difference"


def triple_regression(
    partition: Partition,
    values: np.ndarray,
    *,
    outcome: str = "y",
    study: str = "",
    common: str = "within_period",
) -> Estimate:
    """Three-way fixed effects.

    Parameters
    ----------
    partition : Partition
    values : array, shape (design.n_rows_in,)
    outcome, study : str
    common : {"within_period", "cohort_period", "treated"}
        What both sides share: effects of `Partition.within` × period (hospital × period); of cohort ×
        period; or one coefficient of the reform, as with eligible hospitals beside others in one city.

    Returns
    -------
    Estimate
        Term ``triple_difference``, with ``common="treated"`` also ``covariate=treated``, the effect on those
        not eligible. Equals fixest's ``feols(y ~ treated:eligible | unit + side^period + hospital^period)``.

    Raises
    ------
    DesignError
        Hospital × period effects for a partition without `within`, or all that `make_sample` refuses.

    Notes
    -----
    As `dipeval.estimate.absorbed`; within hospitals `dipeval.design.gaps` is the same regression at a
    fraction of the cost, with all methods of inference.
    """
    refuse(one_word_problems("common", common, COMMON))
    if common == "within_period" and not partition.within:
        todo = 'write common = "cohort_period" or "treated"'
        raise DesignError(
            "estimate", [Problem("option common", "needs units of both sides in one place", todo)]
        )
    design = partition.design
    side = design.layout.spread(partition.eligible)
    columns = {SIDE: side * float(design.n_periods) + design.time}
    if common == "treated":
        columns["treated"] = design.treated.astype(float)
    else:
        columns[SHARED] = _place(partition, common) * float(design.n_periods) + design.time
    part = f"{study}/{outcome}/triple_regression".lstrip("/")
    sample = make_sample(replace(design, covariates=columns), values, tuple(columns), outcome, part)
    absorb = [name for name in columns if name != "treated"]
    with one_thread():
        sample = without_single_levels(sample, absorb)
        result = _regress(sample, partition, absorb)
    result = replace(result, estimator="triple_regression", outcome=outcome, study=study)
    return with_origin(result, triple_regression, partition, values, {"common": common})


def _place(partition: Partition, common: str) -> np.ndarray:
    design = partition.design
    if common == "within_period":
        return design.clusters[partition.within]
    return np.unique(design.cohort, return_inverse=True)[1]


def _regress(sample: Sample, partition: Partition, absorb: list[str]) -> Estimate:
    eligible = partition.eligible if sample.units is None else partition.eligible[sample.units]
    group = np.where(sample.treated & sample.layout.spread(eligible), 0, -1)
    facts = of_whole_sample(group_facts(sample, group, 1), sample)
    terms = term_rows("overall", facts, term=[TERM], estimand=TRIPLE)
    slopes = [name for name in sample.covariate_names if name not in absorb]
    if slopes:
        terms = stack(
            terms,
            term_rows(
                "covariate", repeated(facts, len(slopes)), term=[f"covariate={name}" for name in slopes]
            ),
        )
    return absorbed_regression(sample, group, terms, np.arange(1 + len(slopes)), absorb, TRIPLE)
