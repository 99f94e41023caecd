"""Kind ``placebo_outcome``: outcomes that the reform cannot change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dipeval.check.kind import CheckKind
from dipeval.study.grammar import Key

if TYPE_CHECKING:
    from dipeval.check.finding import Finding
    from dipeval.check.subject import Subject
    from dipeval.study.descriptions import DescriptionChoice


def check(subject: Subject, choice: DescriptionChoice) -> Finding:
    """A forest in standard deviations and a table in the units of the outcomes.

    Passed where no outcome has an effect once p-values are adjusted for their number, and one at least would have
    shown an effect as large as the main one (in standard deviations within hospitals) with 80 % power; failed where
    some outcome has an effect; else informative.

    Cost: one estimate an outcome.

    Raises
    ------
    DataError
        No outcomes, unknown ones, or the one whose effect is checked.
    """
    from dipeval.check.placebos.in_outcome import placebo_outcome

    return placebo_outcome(subject, choice)


KIND = CheckKind(
    check,
    {"outcomes": Key("texts", required=True, doc="those that the reform cannot change, like mean_age")},
    "Placebo in outcomes",
    "结局安慰剂检验",
)
