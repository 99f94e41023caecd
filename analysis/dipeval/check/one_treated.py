"""One reformed city: errors by cluster say nothing of it, and so neither do verdicts by them."""

from __future__ import annotations

from dataclasses import replace

from dipeval.check.finding import INFORMATIVE, Finding, Words
from dipeval.check.subject import Subject

RANKED = ("placebo_space", "placebo_calendar")
"""Kinds that rank the effect among others and need no error."""
NO_VERDICT: Words = (
    " With one reformed {cluster} the errors by {cluster} leave out what is peculiar to it, so this is no verdict.",
    "仅有一个改革聚类单位，聚类标准误不含其特有的波动，故不作判定。",
)


def without_verdict_of_one(subject: Subject, kind: str, finding: Finding) -> Finding:
    """The finding, informative where its verdict stands on errors clustered by what only one of was reformed.

    Clustered errors are then those of the untreated: far too small (MacKinnon & Webb 2017, *Journal of Applied
    Econometrics* 32(2); Conley & Taber 2011), so that passing and failing by them both say too much.
    """
    known = subject.main.inference
    if kind in RANKED or finding.verdict == INFORMATIVE or known is None or known.method != "cluster":
        return finding
    cluster = str(known.cluster)
    if cluster not in subject.design.unit_clusters or subject.design.n_treated_clusters(cluster) != 1:
        return finding
    words = tuple(text.format(cluster=cluster) for text in NO_VERDICT)
    said = finding.sentence[0] + words[0], finding.sentence[1] + words[1]
    return replace(finding, verdict=INFORMATIVE, sentence=said)
