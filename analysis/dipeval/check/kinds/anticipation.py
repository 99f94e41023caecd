"""Kind ``anticipation``: the periods before the reform, in which it may be anticipated."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dipeval.check.kind import CheckKind
from dipeval.study.grammar import Key

if TYPE_CHECKING:
    from dipeval.check.finding import Finding
    from dipeval.check.subject import Subject
    from dipeval.study.descriptions import DescriptionChoice


def check(subject: Subject, choice: DescriptionChoice) -> Finding:
    """A forest and a table: the effect with the last periods before the reform left out of the comparison, and the change already in them.

    The verdict is by the rule of `check.exclusions.line`; failed as well where the change before the reform is apart from
    zero, and passed only where a change of half the main effect would have been found there with a chance of 80 %.

    Cost: two estimates a number of periods.

    Raises
    ------
    DataError
        Numbers of periods below 1.
    """
    from dipeval.check.exclusions.around_reform import anticipation

    return anticipation(subject, choice)


KIND = CheckKind(
    check,
    {"periods": Key("integers", default=(1, 2, 3), doc="numbers of periods")},
    "Anticipation",
    "预期效应",
)
