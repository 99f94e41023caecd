"""Kind ``placebo_time``: the effect at every fake date before the reform."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dipeval.check.kind import CheckKind
from dipeval.study.grammar import Key

if TYPE_CHECKING:
    from dipeval.check.finding import Finding
    from dipeval.check.subject import Subject
    from dipeval.study.descriptions import DescriptionChoice


def check(subject: Subject, choice: DescriptionChoice) -> Finding:
    """A forest and a table of fake dates.

    Passed where no fake date has an effect once p-values are adjusted for their number, and one at least would have
    found an effect as large as the actual one with 80 % power; failed where some fake date has an effect; else
    informative.

    Cost: one estimate a fake date.

    Raises
    ------
    DesignError
        A date without data on both sides, or no date that has.
    """
    from dipeval.check.placebos.in_time import placebo_time

    return placebo_time(subject, choice)


KIND = CheckKind(
    check,
    {
        "periods": Key("integer", default=1, low=1, doc="periods with data that must lie on each side"),
        "earlier": Key("integers", default=(), doc="so many periods before the actual date; default: all"),
        "dates": Key(
            "texts", default=(), doc="fake dates of the first cohort, others move along; default: all"
        ),
    },
    "Placebo in time",
    "时间安慰剂检验",
)
