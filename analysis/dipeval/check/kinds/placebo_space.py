"""Kind ``placebo_space``: fake pilot cities among the untreated."""

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
    """The density of effects of fake pilots with the actual one in it, and a table.

    Passed where the share of placebos as large as the actual effect is at most 1 less the study's level; failed where
    the study's own p-value is, but that share is more than twice as large; else informative.

    Cost: one estimate a placebo; two-way fixed effects O(G T²) each.

    Raises
    ------
    DesignError
        Too few untreated, clusters with several dates, hospitals that leave the reform.
    """
    from dipeval.check.placebos.among_others import placebo_space

    return placebo_space(subject, choice)


KIND = CheckKind(
    check,
    {
        **drawn_keys(),
        "number": Key(
            "integer",
            low=1,
            doc="fake pilots at a time; default: as many as actual ones where twice as many are untreated, else 1",
        ),
    },
    "Placebo in space",
    "空间安慰剂检验",
)
