"""Kind ``lee_bounds``: bounds of the effect on hospitals that are observed with and without the reform."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dipeval.check.kind import CheckKind
from dipeval.study.grammar import Key

if TYPE_CHECKING:
    from dipeval.check.finding import Finding
    from dipeval.check.subject import Subject
    from dipeval.study.descriptions import DescriptionChoice


def check(subject: Subject, choice: DescriptionChoice) -> Finding:
    """A forest and bounds by event time: ``<name>`` and ``<name>_events``.

    Passed where the interval of the bounds excludes zero on the side of the main effect; failed where the reform moves who
    is observed at 5 % and the bounds reach zero though the main interval does not; else informative.

    Cost: one sort of the hospitals a cohort and period.
    """
    from dipeval.check.selection.lee import lee_bounds

    return lee_bounds(subject, choice)


KIND = CheckKind(
    check,
    {
        "base": Key(
            "integer", default=0, low=0, high=120, doc="periods before it that are the base; 0: a year"
        ),
        "block": Key("integer", default=0, low=0, high=120, doc="periods after it taken together; 0: a year"),
    },
    "Bounds for selective observation of hospitals (Lee)",
    "医院选择性观测的边界（Lee）",
)
