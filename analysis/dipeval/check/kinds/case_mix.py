"""Kind ``case_mix``: case mix, age and coding of the panel as outcomes of the same design."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dipeval.check.kind import CheckKind
from dipeval.study.grammar import Key
from dipeval.vocabulary import outcomes

if TYPE_CHECKING:
    from dipeval.check.finding import Finding
    from dipeval.check.subject import Subject
    from dipeval.study.descriptions import DescriptionChoice


def check(subject: Subject, choice: DescriptionChoice) -> Finding:
    """A table in their own units and a forest in standard deviations: ``<name>`` and ``<name>_deviations``.

    Failed where a trait moves with the reform at 5 %, adjusted for their number (`check.blaming`); passed where none does and the interval of each lies
    within ``tolerance`` standard deviations; else informative. Of a study on log costs whose panel knows expected costs,
    the effect at constant case mix goes to the summary.

    Cost: one estimate a trait.
    """
    from dipeval.check.selection.mix import case_mix

    return case_mix(subject, choice)


KIND = CheckKind(
    check,
    {
        "outcomes": Key(
            "texts", default=(), choices=tuple(outcomes()), doc="default: age, case mix, coding, volume"
        ),
        "tolerance": Key(
            "number", default=0.25, low=0, high=10, doc="standard deviations; less matters little"
        ),
    },
    "Case mix and coding as outcomes",
    "病例组合与编码作为结果变量",
)
