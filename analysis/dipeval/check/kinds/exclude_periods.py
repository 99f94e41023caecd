"""Kind ``exclude_periods``: the main effect without windows of time, like those of the epidemic."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dipeval.check.kind import CheckKind
from dipeval.study.grammar import Key, Named, Table

if TYPE_CHECKING:
    from dipeval.check.finding import Finding
    from dipeval.check.subject import Subject
    from dipeval.study.descriptions import DescriptionChoice

WINDOW = {
    "start": Key("period", default="", doc="first period left out"),
    "end": Key("period", default="", doc="last period left out"),
    "cities": Key("texts", default=(), doc="only there; default: everywhere"),
    "label_en": Key("text", default=""),
    "label_zh": Key("text", default=""),
    "source": Key("text", default="", doc="where the dates were read"),
}


def check(subject: Subject, choice: DescriptionChoice) -> Finding:
    """A forest and a table, one line a window and one for all of them.

    The verdict is by the rule of `check.exclusions.line`.

    Cost: one estimate a window.

    Raises
    ------
    DataError
        Windows without dates, outside the panel, or of cities that it does not know.
    """
    from dipeval.check.exclusions.periods import exclude_periods

    return exclude_periods(subject, choice)


KIND = CheckKind(
    check,
    {
        "windows": Named(
            Table(WINDOW),
            doc="by name; default: covid_2020 and covid_2022_reopening where they are in the panel",
        )
    },
    "Without special periods",
    "剔除特殊时期",
)
