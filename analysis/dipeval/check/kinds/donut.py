"""Kind ``donut``: the main effect without the periods next to the reform."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dipeval.check.kind import CheckKind
from dipeval.study.grammar import Key

if TYPE_CHECKING:
    from dipeval.check.finding import Finding
    from dipeval.check.subject import Subject
    from dipeval.study.descriptions import DescriptionChoice


def check(subject: Subject, choice: DescriptionChoice) -> Finding:
    """A forest and a table: one line a number of periods left out on each side of the reform.

    The verdict is by the rule of `check.exclusions.line`.

    Cost: one estimate a number of periods.

    Raises
    ------
    DataError
        Numbers of periods below 1.
    """
    from dipeval.check.exclusions.around_reform import donut

    return donut(subject, choice)


KIND = CheckKind(
    check,
    {"periods": Key("integers", default=(1, 2, 3), doc="numbers of periods")},
    "Without periods around the reform",
    "剔除改革前后时期",
)
