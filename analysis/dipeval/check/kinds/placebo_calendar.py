"""Kind ``placebo_calendar``: adoption dates dealt anew among all cities."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dipeval.check.kind import CheckKind
from dipeval.check.placebos.keys import drawn_keys
from dipeval.study.grammar import Key

if TYPE_CHECKING:
    from dipeval.check.finding import Finding
    from dipeval.check.subject import Subject
    from dipeval.study.descriptions import DescriptionChoice


def check(subject: Subject, choice: DescriptionChoice) -> Finding:
    """The density of effects under other calendars with the actual one in it, and a table.

    Passed where the share of calendars with an effect as large as the actual one is at most 1 less the study's level;
    failed where the study's own p-value is, but that share is more than twice as large; else informative.

    Cost: one estimate a calendar; two-way fixed effects O(G T²) each.

    Raises
    ------
    DesignError
        One date for all, clusters with several dates, hospitals that leave the reform, strata that clusters cut.
    """
    from dipeval.check.placebos.among_others import placebo_calendar

    return placebo_calendar(subject, choice)


KIND = CheckKind(
    check,
    {
        **drawn_keys(),
        "within": Key("text", default="", doc="column whose words are strata, among which dates are dealt"),
        "dates": Key(
            "text",
            default="actual",
            choices=("actual", "drawn"),
            doc="the actual dates, or others drawn at random",
        ),
    },
    "Calendar dealt anew",
    "改革时间表置换检验",
)
