"""Kind ``exclude_transition``: the time between announcement, simulated and actual payment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dipeval.check.kind import CheckKind
from dipeval.study.grammar import Key

if TYPE_CHECKING:
    from dipeval.check.finding import Finding
    from dipeval.check.subject import Subject
    from dipeval.study.descriptions import DescriptionChoice


def check(subject: Subject, choice: DescriptionChoice) -> Finding:
    """A forest and a table: the span left out, and the reform dated at its begin.

    The verdict is by the rule of `check.exclusions.line`.

    Cost: two estimates.

    Raises
    ------
    DataError
        No reformed city has the dates, or they are too coarse or not in order.
    """
    from dipeval.check.exclusions.transition import exclude_transition

    return exclude_transition(subject, choice)


KIND = CheckKind(
    check,
    {
        "since": Key("text", default="simulated", choices=("announced", "simulated", "payment")),
        "until": Key("text", default="payment", choices=("payment", "full")),
        "how": Key("texts", default=("leave_out", "start"), choices=("leave_out", "start")),
    },
    "Transition to actual payment",
    "向实际付费的过渡",
)
