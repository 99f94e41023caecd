"""When there are too few clusters for the usual error, said beside the number.

Clustered errors rest on many clusters. With few, or with few treated ones, they are too small and
tests reject true nulls far too often (Cameron & Miller 2015, section VI; MacKinnon & Webb 2018;
MacKinnon, Nielsen & Webb 2023). There is no exact border: 42 clusters is the folklore of Angrist &
Pischke (2009, chapter 8), Cameron & Miller speak of "20 to 50"; we warn below 40 clusters, and
below 10 treated or untreated clusters where the reform was assigned to whole clusters.
"""

from __future__ import annotations

from collections.abc import Mapping

from dipeval.results import ClusterFacts, Inference

ONE_EACH = (
    "one treated and one comparison {name}: the variance between {name} clusters is not identified, and errors by "
    "{cluster} leave it out"
)
LONE = "a single {side} {cluster}: "
LONE_WILD = (
    "the restricted wild bootstrap hardly ever rejects here and the unrestricted one far too often "
    "(MacKinnon & Webb 2017)"
)
LONE_SUBCLUSTER = "draws by {draw_by} are right only where clusters are alike in size and in their errors (MacKinnon & Webb 2018)"
LONE_CLUSTER = "{rule} does not see how that cluster varies; its p-values are not valid (Conley & Taber 2011)"
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


def lone_cluster_warnings(
    inference: Inference, clusters: Mapping[str, ClusterFacts], draw_by: str | None
) -> list[str]:
    """Sentences about designs in which one cluster stands alone on its side; none where there are more.

    Parameters
    ----------
    inference : Inference
    clusters : mapping of str to ClusterFacts
        All clustering variables of the estimate.
    draw_by : str or None
        The finer level by which a wild bootstrap drew.
    """
    here, said = inference.cluster or "row", []
    for name, facts in clusters.items():
        if not facts.mixed and facts.n == 2 and facts.n_treated == 1:
            said.append(ONE_EACH.format(name=name, cluster=here))
    facts = clusters.get(inference.cluster)
    if facts is None or facts.mixed or 1 not in (facts.n_treated, facts.n - facts.n_treated):
        return said
    lone = LONE.format(side="treated" if facts.n_treated == 1 else "comparison", cluster=inference.cluster)
    if inference.method == "wild":
        said.append(lone + (LONE_SUBCLUSTER.format(draw_by=draw_by) if draw_by else LONE_WILD))
    elif inference.method == "cluster" and inference.small_sample in ("CR2", "CR3"):
        said.append(lone + LONE_CLUSTER.format(rule=inference.small_sample))
    return said
