"""Cohorts that are a single cluster: what the clustered error cannot know about them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from dipeval.estimate.sample import Sample
from dipeval.results import ClusterFacts


def warn_of_lone_cohorts(sample: Sample, cluster: np.ndarray, facts: ClusterFacts, name: str) -> ClusterFacts:
    """Warn of cohorts that are a single cluster: centring on their own mean hides their variation.

    Parameters
    ----------
    sample : Sample
        Of n rows.
    cluster : numpy.ndarray, shape (n,), int
    facts : ClusterFacts
    name : str
        Of the clustering variable.

    Returns
    -------
    ClusterFacts
        With one warning more where there are such cohorts.
    """
    every = np.array(sample.design.cohorts)
    pair = np.searchsorted(every, sample.cohort[sample.treated]) * facts.n + cluster[sample.treated]
    held = np.bincount(pair, minlength=len(every) * facts.n).reshape(-1, facts.n) > 0
    cohorts, counts = every[held.any(1)], held.sum(1)[held.any(1)]
    alone = ", ".join(sample.design.cohort_label(c) for c in cohorts[counts == 1])
    if not alone or facts.mixed:
        return facts
    warning = (
        f"cohorts of a single {name} ({alone}): effects are centred by cohort and period, so how they "
        f"vary between clusters is not in the error by {name}, which is too small"
    )
    return replace(facts, warnings=(*facts.warnings, warning))
