"""Names of distributional effects, and an estimate made of values with their influence by cluster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from dipeval.design import PanelDesign
from dipeval.estimate.distribution.value_classes import ValueClasses
from dipeval.estimate.regression import FLOOR, Block, join_blocks
from dipeval.estimate.sample import Sample, make_sample
from dipeval.estimate.terms import group_facts, of_whole_sample, repeated, term_rows
from dipeval.results import Estimate

MEAN, SPREAD, GINI = "mean", "standard_deviation", "gini"
NOT_DETERMINED = "not identified: a group is empty, or the level lies beyond the distribution"


def quantile_term(level: float) -> str:
    """``quantile=0.5``"""
    return f"quantile={level:g}"


def weighted_by_cases(design: PanelDesign, classes: ValueClasses) -> PanelDesign:
    """The design with the cases of each hospital-period as its weight."""
    cases = design.align(classes.cases_of_row)
    return replace(design, weights=np.where(cases > 0, cases, 1.0), n_cases=cases)


def means_sample(design: PanelDesign, classes: ValueClasses, part: str) -> Sample:
    """Hospital-periods with a case, weighted by their number."""
    return make_sample(weighted_by_cases(design, classes), means_by_row(classes), (), classes.name, part)


def means_by_row(classes: ValueClasses) -> np.ndarray:
    """Mean of the outcome of each hospital-period (P,); NaN without cases."""
    cases = classes.cases_of_row
    return np.divide(classes.total_of_row, cases, out=np.full(len(cases), np.nan), where=cases > 0)


def estimate_of(
    design: PanelDesign,
    classes: ValueClasses,
    names: Sequence[str],
    values: np.ndarray,
    influence: Mapping[str, np.ndarray],
    estimand: str,
    study: str,
    estimator: str,
) -> Estimate:
    """Put K values and their influence by cluster (G, K) into an estimate without a small-sample factor."""
    sample = means_sample(design, classes, f"{study}/{classes.name}/{estimator}".lstrip("/"))
    facts = group_facts(sample, np.where(sample.treated, 0, -1), 1)
    facts = repeated(of_whole_sample(facts, sample), len(names))
    known = np.isfinite(values)
    notes = ["" if k else NOT_DETERMINED for k in known]
    terms = term_rows("overall", facts, term=list(names), estimand=estimand, note=notes)
    _, clusters = sample.unit_clusters()
    by_cluster = {name: np.where(known, influence[name], np.nan) for name in clusters}
    first = next(iter(by_cluster.values()))
    floor = FLOOR * FLOOR * (np.abs(values) + np.abs(first).max(axis=0, initial=0.0))
    block = Block(terms, values, by_cluster, np.ones(len(names)), floor)
    made = join_blocks(sample, [block], clusters, estimand, "t")
    return replace(made, estimator=estimator, outcome=classes.name, study=study)


def chosen_terms(estimate: Estimate, names: Mapping[str, str]) -> Estimate:
    """Some terms of an estimate under other names, in the order of `names` (old to new)."""
    at = [list(estimate.params.index).index(name) for name in names]
    new = list(names.values())
    return replace(
        estimate,
        terms=estimate.terms.iloc[at].reset_index(drop=True).assign(term=new),
        params=estimate.params.iloc[at].set_axis(new),
        influence={name: values[:, at].copy() for name, values in estimate.influence.items()},
        cr1_factor={name: values[at] for name, values in estimate.cr1_factor.items()},
        error_floor=estimate.error_floor[at],
        row_errors=None,
        inference=None,
        moments=None,
        by_period=None,
        origin=None,
    )
