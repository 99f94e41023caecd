"""Kind ``other_estimators``: the main effect by every other estimator of the study."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dipeval.check.kind import CheckKind
from dipeval.study.grammar import Key

if TYPE_CHECKING:
    from dipeval.check.finding import Finding
    from dipeval.check.subject import Subject
    from dipeval.study.descriptions import DescriptionChoice


def check(subject: Subject, choice: DescriptionChoice) -> Finding:
    """A forest of the study's estimators.

    Passed where every estimate that can be had lies inside the main interval or overlaps it and has its sign; failed
    where one is of the other sign with an interval that excludes zero; else informative.

    Cost: one estimate an estimator.
    """
    from dipeval.check.alternatives.estimators import other_estimators

    return other_estimators(subject, choice)


KIND = CheckKind(
    check,
    {"estimators": Key("texts", default=(), doc="default: all of [estimate]")},
    "Other estimators",
    "其他估计方法",
)
