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

    The rule is that of `check.exclusions.line`, with the difference of two estimators on the same rows. Failed: one has
    another conclusion, and differs by more than chance. Passed: the main interval excludes zero, all agree, and one
    that gave no effect would have been told from it. Informative: all else, for example significance that is lost to
    an estimator of larger error.

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
