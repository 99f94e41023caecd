"""Kind ``entry_exit``: entry and exit of hospitals as outcomes of the same design."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dipeval.check.kind import CheckKind
from dipeval.study.grammar import Key

if TYPE_CHECKING:
    from dipeval.check.finding import Finding
    from dipeval.check.subject import Subject
    from dipeval.study.descriptions import DescriptionChoice


def check(subject: Subject, choice: DescriptionChoice) -> Finding:
    """A table, the share that reports by cohort and an event study: ``<name>``, ``<name>_shares``, ``<name>_events``.

    Failed where the reform moves entry, exit or gaps at 5 %, adjusted for their number (`check.blaming`); passed where it does not and all intervals lie
    within ``tolerance``, or where nobody enters or leaves; else informative. Of the outcome only the rows of the
    panel matter, not its values.

    Cost: four estimates on all hospitals and periods.
    """
    from dipeval.check.selection.turnover import entry_exit

    return entry_exit(subject, choice)


KIND = CheckKind(
    check,
    {"tolerance": Key("number", default=0.05, low=0, high=1, doc="share of hospitals; less matters little")},
    "Entry and exit of hospitals",
    "医院的进入与退出",
)
