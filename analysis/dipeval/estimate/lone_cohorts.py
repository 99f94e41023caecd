"""Cohorts that are a single cluster: what the clustered error cannot know about them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from dipeval.estimate.sample import Sample
from dipeval.results import ClusterFacts


def warn_of_lone_cohorts(sample: Sample) -> dict[str, ClusterFacts]:
    """Facts about the clusters, with a warning of cohorts that are a single one.

    Centring effects on the mean of their cohort hides how they vary between clusters where there is one.
    Cost O(N) for N hospitals.
    """
    codes, facts = sample.unit_clusters()
    every = np.array(sample.design.cohorts)
    seen = sample.layout.last >= sample.first_treated
    position = np.searchsorted(every, sample.unit_cohort[seen])
    return {name: _warned(sample, every, position, codes[name][seen], facts[name], name) for name in facts}


def _warned(
    sample: Sample, every: np.ndarray, position: np.ndarray, code: np.ndarray, facts: ClusterFacts, name: str
) -> ClusterFacts:
    held = np.bincount(position * facts.n + code, minlength=len(every) * facts.n).reshape(-1, facts.n) > 0
    cohorts, counts = every[held.any(1)], held.sum(1)[held.any(1)]
    alone = ", ".join(sample.design.cohort_label(c) for c in cohorts[counts == 1])
    if not alone or facts.mixed:
        return facts
    warning = (
        f"cohorts of a single {name} ({alone}): effects are centred by cohort and period, so how they "
        f"vary between clusters is not in the error by {name}, which is too small"
    )
    return replace(facts, warnings=(*facts.warnings, warning))
