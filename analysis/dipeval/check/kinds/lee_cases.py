"""Kind ``lee_cases``: bounds of the effect on cases that are admitted with and without the reform."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dipeval.check.kind import CASES, CheckKind
from dipeval.study.grammar import Key

if TYPE_CHECKING:
    from dipeval.check.finding import Finding
    from dipeval.check.subject import Subject
    from dipeval.study.descriptions import DescriptionChoice


def check(subject: Subject, choice: DescriptionChoice) -> Finding:
    """A forest and, with ``by``, cases over those expected by stratum: ``<name>`` and ``<name>_strata``.

    The outcome must be a mean over cases. Verdict as of `lee_bounds`.

    Cost: two groupings of the cases and one sort of their distinct values.
    """
    from dipeval.check.selection.lee import lee_cases

    return lee_cases(subject, choice)


KIND = CheckKind(
    check,
    {
        "by": Key(
            "text", default="", doc="strata: a column of cases, like level, age_group or diagnosis_chapter"
        )
    },
    "Bounds for selective admission (Lee)",
    "选择性入院的边界（Lee）",
    CASES,
)
