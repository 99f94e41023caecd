"""Kind ``leave_out``: the main effect without each city, cohort, period, level or hospital in turn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dipeval.check.kind import CheckKind
from dipeval.study.grammar import Key

if TYPE_CHECKING:
    from dipeval.check.finding import Finding
    from dipeval.check.subject import Subject
    from dipeval.study.descriptions import DescriptionChoice


def check(subject: Subject, choice: DescriptionChoice) -> Finding:
    """A forest (a histogram without names for hospitals and for more than 60 groups) and a table.

    The verdict is by the rule of `check.exclusions.line`: failed where some leave-out turns sign or significance for more
    than chance, passed where none turns it.

    Cost: one estimate a group.

    Raises
    ------
    DataError
        A column that the panel lacks, or with a single value.
    """
    from dipeval.check.exclusions.leave_out import leave_out

    return leave_out(subject, choice)


KIND = CheckKind(
    check,
    {
        "by": Key(
            "text", default="city", doc="city, cohort, period, hospital or a column of words of the panel"
        )
    },
    "Leave one out",
    "逐一剔除",
)
