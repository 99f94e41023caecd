"""When there are too few clusters for the usual error, said beside the number.

Clustered errors rest on many clusters. With few, or with few treated ones, they are too small and
tests reject true nulls far too often (Cameron & Miller 2015, section VI; MacKinnon & Webb 2018;
MacKinnon, Nielsen & Webb 2023). There is no exact border: 42 clusters is the folklore of Angrist &
Pischke (2009, chapter 8), Cameron & Miller speak of "20 to 50"; we warn below 40 clusters, and
below 10 treated or untreated clusters where the reform was assigned to whole clusters.
"""

from __future__ import annotations

from dipeval.results import ClusterFacts

FEW_CLUSTERS = 40
FEW_ON_ONE_SIDE = 10


def few_cluster_warning(name: str, facts: ClusterFacts) -> str:
    """A sentence about a clustering variable with too few clusters; empty when there are enough.

    Parameters
    ----------
    name : str
    facts : ClusterFacts
    """
    untreated = facts.n - facts.n_treated
    one_sided = not facts.mixed and (facts.n_treated < FEW_ON_ONE_SIDE or 0 < untreated < FEW_ON_ONE_SIDE)
    if facts.n >= FEW_CLUSTERS and not one_sided:
        return ""
    size = f"{facts.n} clusters ({name}), {facts.n_treated} treated"
    if facts.n_treated <= 1 and not facts.mixed:
        return (
            f"{size}: with a single treated cluster the clustered error is not valid; its p-values and "
            "intervals say nothing about other clusters (Conley & Taber 2011; MacKinnon & Webb 2018)"
        )
    return (
        f"{size}: the usual clustered error is too small; read p-values as too low and intervals as too "
        "short (Cameron & Miller 2015; MacKinnon, Nielsen & Webb 2023)"
    )
