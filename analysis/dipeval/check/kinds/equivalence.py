"""Kind ``equivalence``: trends before the reform are alike up to a bound."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dipeval.check.kind import CheckKind
from dipeval.check.pretrends.violation import WINDOW
from dipeval.study.grammar import Key

if TYPE_CHECKING:
    from dipeval.check.finding import Finding
    from dipeval.check.subject import Subject
    from dipeval.study.descriptions import DescriptionChoice


def check(subject: Subject, choice: DescriptionChoice) -> Finding:
    """Tests of equivalence of Dette & Schumann (2024), and the smallest bound that each rejects.

    Passed: every lead by itself excludes the bound (default: the size of the estimated effect). Failed: some
    lead exceeds it, at the study's level for all leads together. Informative: neither, the leads are too
    imprecise.

    Cost: about ten integrals over a box of the leads.
    """
    from dipeval.check.pretrends.alike import equivalence

    return equivalence(subject, choice)


KIND = CheckKind(
    check,
    {
        "bound": Key("number", doc="in units of the outcome; default: the size of the estimated effect"),
        "window": WINDOW,
        "seed": Key("integer", default=1, doc="of the order of clusters in the test of the mean square"),
    },
    "Equivalence of pre-trends",
    "事前趋势等价性",
)
